// One person: the name large, what one would do, then what is known, each value a click from the clipboard; last what is
// the employee's own. Whoever is not held is shown too, with a button to keep them.

import { ArrowLeft, Star, Trash2, UserPlus, Ellipsis } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import {
  nameOf,
  shown,
  type Fields,
  type Own,
  type PersonalEntry,
  type Removed,
  type PersonId,
} from '../../../browser/browser.ts';
import { unseenOf, useBook, useEntry, useTheBook } from '../engine/use-book.ts';
import { IconButton } from '../kit/icon-button.tsx';
import { Key } from '../kit/key.tsx';
import { Menu } from '../kit/menu.tsx';
import { attempt, say, wordsOf } from '../kit/say.ts';
import { Portrait } from '../list/portrait.tsx';
import { quietLine } from '../list/row.tsx';
import { printedKeys, useKey } from '../shell/keys.ts';
import { Link } from '../shell/link.tsx';
import { go, type ListPlace } from '../shell/place.ts';
import { useTexts } from '../texts/texts.tsx';
import { Actions } from './actions.tsx';
import { FieldRow } from './field-row.tsx';
import { fieldGroups } from './fields.ts';
import { OwnText } from './own-text.tsx';
import buttons from '../kit/button.module.css';
import css from './person.module.css';

interface PersonProps {
  readonly person: PersonId;
  readonly list: ListPlace;
}

export function PersonPane({ person, list }: PersonProps): ReactNode {
  const texts = useTexts();
  const entry = useEntry(person);
  const found = useBook((snapshot) => snapshot.found.get(person));
  useKey('back', () => go(list));
  useSeen(person);
  return (
    <article className={css.pane}>
      <div className={css.bar}>
        <Link to={list} className={css.back} aria-label={texts.person.back}>
          <ArrowLeft size={20} aria-hidden />
        </Link>
        {entry !== undefined && <Held entry={entry} list={list} />}
      </div>
      {entry !== undefined ? (
        <Entry key={person} entry={entry} />
      ) : found !== undefined ? (
        <Found person={person} fields={found.fields} />
      ) : (
        <Unknown key={person} person={person} />
      )}
    </article>
  );
}

/** What is looked at for a moment has been seen. */
const seenAfterMilliseconds = 1500;

function useSeen(person: PersonId): void {
  const book = useTheBook();
  const unseen = useBook(({ prompts }) => unseenOf(prompts).get(person));
  useEffect(() => {
    if (unseen === undefined) return undefined;
    const timer = setTimeout(() => {
      if (document.visibilityState === 'visible') void book.seen(unseen);
    }, seenAfterMilliseconds);
    return () => clearTimeout(timer);
  }, [book, unseen]);
}

function Held({ entry, list }: { readonly entry: PersonalEntry; readonly list: ListPlace }): ReactNode {
  const texts = useTexts();
  const book = useTheBook();
  const { person, own } = entry;
  const favour = (): void => void attempt(texts, () => book.writeOwn(person, { favourite: !own.favourite }));
  useKey('favourite', favour);

  async function remove(): Promise<void> {
    const name = nameOf(entry);
    let removed: Removed | undefined;
    if (!(await attempt(texts, async () => (removed = await book.remove(person))))) return;
    go(list);
    say(texts.did.removed(name), {
      label: texts.did.undo,
      act: () => void attempt(texts, async () => removed && book.putBack(removed)),
    });
  }
  return (
    <>
      <IconButton
        icon={Star}
        label={own.favourite ? texts.person.unfavourite : texts.person.favourite}
        keys={printedKeys('favourite')}
        aria-pressed={own.favourite}
        onClick={favour}
      />
      <Menu
        icon={Ellipsis}
        label={texts.person.more}
        items={[{ kind: 'act', icon: Trash2, label: texts.person.remove, act: () => void remove() }]}
      />
    </>
  );
}

function Entry({ entry }: { readonly entry: PersonalEntry }): ReactNode {
  const texts = useTexts();
  const fields = shown(entry);
  return (
    <div className={css.content}>
      <Head person={entry.person} fields={fields} nickname={entry.own.nickname} />
      {entry.state === 'left' && <p className={css.notice}>{texts.person.left}</p>}
      {entry.state === 'kept' && <p className={css.notice}>{texts.person.kept}</p>}
      <Actions fields={fields} />
      <FieldGroups fields={fields} />
      <OwnPart entry={entry} />
    </div>
  );
}

function Found({ person, fields }: { readonly person: PersonId; readonly fields: Fields }): ReactNode {
  const texts = useTexts();
  const book = useTheBook();
  const keep = async (): Promise<void> => {
    if (await attempt(texts, () => book.keep(person)))
      say(texts.did.kept(fields.name ?? person), { label: texts.did.undo, act: () => void book.remove(person) });
  };
  useKey('keep', () => void keep());
  return (
    <div className={css.content}>
      <Head person={person} fields={fields} nickname="" />
      <div className={css.keep}>
        <button type="button" className={buttons.primary} onClick={() => void keep()}>
          <UserPlus size={17} aria-hidden />
          {texts.person.keepLong}
          <Key>↵</Key>
        </button>
        <p className={css.keepText}>{texts.person.notHeld}</p>
      </div>
      <Actions fields={fields} />
      <FieldGroups fields={fields} />
    </div>
  );
}

/** Whom an address names and nobody has seen yet: asked for, and told where there is nobody. */
function Unknown({ person }: { readonly person: PersonId }): ReactNode {
  const texts = useTexts();
  const book = useTheBook();
  const [trouble, setTrouble] = useState<string>();
  useEffect(() => {
    book.look(person).catch((fault: unknown) => setTrouble(wordsOf(fault, texts)));
  }, [book, person, texts]);
  if (trouble === undefined) return null;
  return (
    <div className={css.empty}>
      <h2 className={css.emptyTitle}>{texts.person.unknown}</h2>
      <p className={css.emptyText}>{trouble}</p>
      <Link to={{ kind: 'look-up', text: '' }} className={buttons.plain}>
        {texts.list.emptyAct}
      </Link>
    </div>
  );
}

interface HeadProps {
  readonly person: PersonId;
  readonly fields: Fields;
  readonly nickname: string;
}

function Head({ person, fields, nickname }: HeadProps): ReactNode {
  const other = fields.pinyin ?? fields.phoneticName;
  return (
    <header className={css.head}>
      <Portrait person={person} fields={fields} large />
      <div className={css.names}>
        <h1 className={css.name}>{fields.name ?? fields.chineseName ?? person}</h1>
        <p className={css.under}>{[nickname, other].filter((text) => text !== undefined && text !== '').join(' · ')}</p>
        <p className={css.quiet}>{quietLine(fields)}</p>
      </div>
    </header>
  );
}

function FieldGroups({ fields }: { readonly fields: Fields }): ReactNode {
  const texts = useTexts();
  return fieldGroups.map(({ name, fields: names }) => {
    const here = names.flatMap((field) => (fields[field] === undefined ? [] : [{ field, value: fields[field] }]));
    if (here.length === 0) return null;
    return (
      <section key={name} className={css.group} aria-labelledby={`group-${name}`}>
        <h2 id={`group-${name}`} className={css.groupTitle}>
          {texts.person[name]}
        </h2>
        <dl className={css.fields}>
          {here.map((each) => (
            <FieldRow key={each.field} {...each} />
          ))}
        </dl>
      </section>
    );
  });
}

function OwnPart({ entry: { person, own } }: { readonly entry: PersonalEntry }): ReactNode {
  const texts = useTexts();
  const book = useTheBook();
  const write = async (part: Partial<Own>, before: Partial<Own>): Promise<void> => {
    if (await attempt(texts, () => book.writeOwn(person, part)))
      say(texts.did.wrote, {
        label: texts.did.undo,
        act: () => void attempt(texts, () => book.writeOwn(person, before)),
      });
  };
  return (
    <section className={css.group} aria-labelledby="group-own">
      <h2 id="group-own" className={css.groupTitle}>
        {texts.person.own}
      </h2>
      <dl className={css.fields}>
        <OwnText
          id="nickname"
          label={texts.person.nickname}
          hint={texts.person.nicknameHint}
          value={own.nickname}
          write={(nickname) => void write({ nickname }, { nickname: own.nickname })}
        />
        <OwnText
          id="note"
          label={texts.person.note}
          hint={texts.person.noteHint}
          value={own.note}
          lines
          write={(note) => void write({ note }, { note: own.note })}
        />
      </dl>
    </section>
  );
}
