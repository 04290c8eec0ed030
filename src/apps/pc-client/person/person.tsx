// One person: the name large, what one would do, then what is known, each value a click from the clipboard; last what is
// the employee's own. Whoever is not held is shown too, with a button to keep them.

import { ArrowLeft, Star, Trash2, UserPlus, Ellipsis } from 'lucide-react';
import { lazy, Suspense, useEffect, type ReactNode } from 'react';
import {
  HostFault,
  shown,
  writtenNameOf,
  type Fields,
  type PersonalEntry,
  type PersonId,
} from '../../../browser/browser.ts';
import { useActs } from '../engine/acts.ts';
import { unseenOf, useBook, useEntry, useTheBook } from '../engine/use-book.ts';
import { personItems } from '../exchange/items.ts';
import { IconButton } from '../kit/icon-button.tsx';
import { Key } from '../kit/key.tsx';
import { Menu } from '../kit/menu.tsx';
import { soon } from '../kit/soon.ts';
import { attempt, say } from '../kit/say.ts';
import { Portrait } from '../list/portrait.tsx';
import { selectionNow } from '../list/selection.ts';
import { quietLine } from '../list/row.tsx';
import { useAsked } from '../organisation/asked.tsx';
import { OrganisationStrip } from '../organisation/strip.tsx';
import { printedKeys, useKey } from '../shell/keys.ts';
import { Link } from '../shell/link.tsx';
import { go, type ListPlace } from '../shell/place.ts';
import { Actions } from '../starting/actions.tsx';
import { useSeldomTexts, useTexts } from '../texts/texts.tsx';
import { EntryFields, KnownFields } from './field-groups.tsx';
import { OwnPart } from './own-part.tsx';
import buttons from '../kit/button.module.css';
import css from './person.module.css';

const PersonHistory = lazy(() => soon(() => import('../notices/person-history.tsx')));

interface PersonProps {
  readonly person: PersonId;
  readonly list: ListPlace;
}

export default function PersonPane({ person, list }: PersonProps): ReactNode {
  const texts = useTexts();
  const entry = useEntry(person);
  const found = useBook((snapshot) => snapshot.found.get(person));
  // While some are selected, it is those that it leaves.
  useKey('back', () => !selectionNow().picking && go(list));
  useSeen(person);
  useLookedUp(person);
  return (
    <article className={css.pane}>
      <div className={css.bar}>
        <Link to={list} className={css.back} aria-label={texts.person.back}>
          <ArrowLeft size={20} aria-hidden />
        </Link>
        {entry !== undefined && <Held entry={entry} list={list} />}
      </div>
      {entry !== undefined ? (
        <Entry key={person} entry={entry} list={list} />
      ) : found !== undefined ? (
        <Found person={person} fields={found.fields} />
      ) : (
        <Unknown key={person} person={person} />
      )}
    </article>
  );
}

/** Counted on this machine: whom one opens often is suggested first. */
function useLookedUp(person: PersonId): void {
  const { terminal } = useTheBook();
  useEffect(() => {
    terminal.lookedUp(person).catch((fault: unknown) => {
      // Without room for it, it is not counted.
      if (!(fault instanceof HostFault)) throw fault;
    });
  }, [terminal, person]);
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

interface HeldProps {
  readonly entry: PersonalEntry;
  readonly list: ListPlace;
}

function Held({ entry, list }: HeldProps): ReactNode {
  const texts = useTexts();
  const book = useTheBook();
  const { remove } = useActs();
  const { person, own } = entry;
  const favour = (): void => void attempt(texts, () => book.writeAll([{ person, own: { favourite: !own.favourite } }]));
  useKey('favourite', favour);

  const removeIt = async (): Promise<void> => {
    if (await remove([entry])) go(list);
  };
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
        items={[
          ...personItems(texts, entry),
          { kind: 'line' },
          { kind: 'act', icon: Trash2, label: texts.person.remove, act: () => void removeIt() },
        ]}
      />
    </>
  );
}

/** Of somebody whom the company does not keep, or not any more: what that means, and what to do. */
function Standing({ entry, list }: HeldProps): ReactNode {
  const texts = useTexts();
  const { remove, keepAsOwn } = useActs();
  const removeIt = async (): Promise<void> => {
    if (await remove([entry])) go(list);
  };
  switch (entry.state) {
    case 'held':
      return null;
    case 'kept':
      return <p className={css.standing}>{texts.person.kept}</p>;
    case 'own':
      return <p className={css.standing}>{texts.person.ownContact}</p>;
    case 'left':
      return (
        <div className={css.notice}>
          <p>{texts.person.left}</p>
          <div className={css.noticeActs}>
            <button type="button" className={buttons.plain} onClick={() => void keepAsOwn([entry])}>
              {texts.person.keepAsOwn}
            </button>
            <button type="button" className={buttons.plain} onClick={() => void removeIt()}>
              {texts.person.remove}
            </button>
          </div>
        </div>
      );
  }
}

function Entry({ entry, list }: HeldProps): ReactNode {
  const fields = shown(entry);
  return (
    <div className={css.content}>
      <Head person={entry.person} name={writtenNameOf(entry)} fields={fields} nickname={entry.own.nickname} />
      <Standing entry={entry} list={list} />
      <Actions who={entry} />
      <EntryFields entry={entry} />
      <OwnPart entry={entry} />
      {entry.state === 'held' && <OrganisationStrip person={entry.person} fields={fields} />}
      <Suspense>
        <PersonHistory person={entry.person} />
      </Suspense>
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
      <Head person={person} name={fields.name ?? fields.chineseName ?? person} fields={fields} nickname="" />
      <div className={css.keep}>
        <button type="button" className={buttons.primary} onClick={() => void keep()}>
          <UserPlus size={17} aria-hidden />
          {texts.person.keepLong}
          <Key>↵</Key>
        </button>
        <p className={css.keepText}>{texts.person.notHeld}</p>
      </div>
      <Actions who={{ id: person, fields }} />
      <KnownFields fields={fields} />
      <OrganisationStrip person={person} fields={fields} />
    </div>
  );
}

/** Whom an address names and nobody has seen yet: asked for, and told where there is nobody. */
function Unknown({ person }: { readonly person: PersonId }): ReactNode {
  const texts = useTexts();
  const { organisation } = useSeldomTexts();
  const book = useTheBook();
  const asked = useAsked(person, () => book.look(person));
  if (asked.kind !== 'failed') return null;
  return (
    <div className={css.empty} role="status">
      <h1 className={css.emptyTitle}>{texts.person.unknown}</h1>
      <p className={css.emptyText}>{asked.words}</p>
      <div className={css.emptyActs}>
        <button type="button" className={buttons.plain} onClick={asked.again}>
          {organisation.again}
        </button>
        <Link to={{ kind: 'look-up', text: '' }} className={buttons.plain}>
          {texts.list.emptyAct}
        </Link>
      </div>
    </div>
  );
}

interface HeadProps {
  readonly person: PersonId;
  readonly name: string;
  readonly fields: Fields;
  readonly nickname: string;
}

function Head({ person, name, fields, nickname }: HeadProps): ReactNode {
  const other = fields.pinyin ?? fields.phoneticName;
  return (
    <header className={css.head}>
      <Portrait person={person} fields={fields} large />
      <div className={css.names}>
        <h1 className={css.name}>{name}</h1>
        <p className={css.under}>{[nickname, other].filter((text) => text !== undefined && text !== '').join(' · ')}</p>
        <p className={css.quiet}>{quietLine(fields)}</p>
      </div>
    </header>
  );
}
