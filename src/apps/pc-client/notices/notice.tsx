// One notice: who, and line by line what happened to them; or what happened to many alike, which opens to its people. It is
// drawn the same in the column at the side, in the history and at a person.

import { Check, ChevronDown, Undo2, UserPlus, UserRoundCheck, UserRoundPlus, UserRoundX, Image } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import {
  promptsOf,
  shown,
  type Fields,
  type PersonId,
  type Telling,
  type TellingOfMany,
  type TellingOfOne,
} from '../../../browser/browser.ts';
import { useBook, useEntry, useFieldLabel, useTheBook } from '../engine/use-book.ts';
import { classes } from '../kit/classes.ts';
import { IconButton } from '../kit/icon-button.tsx';
import { attempt, say } from '../kit/say.ts';
import { Portrait } from '../list/portrait.tsx';
import { Link } from '../shell/link.tsx';
import { everyone } from '../shell/place.ts';
import { useSeldomTexts, useTexts } from '../texts/texts.tsx';
import { Difference } from './difference.tsx';
import { commonOf, linesOf, ownBefore, undoableLines, undoableOf, type Line } from './lines.ts';
import { whatOf } from './sentence.ts';
import css from './notice.module.css';

interface NoticeProps {
  readonly telling: Telling;
  /** Where all are of one person, the name would say nothing. */
  readonly nameless?: boolean;
}

export function Notice({ telling, nameless = false }: NoticeProps): ReactNode {
  return (
    <div className={classes(css.notice, nameless && css.nameless)}>
      {telling.kind === 'one' ? <OfOne telling={telling} nameless={nameless} /> : <OfMany telling={telling} />}
    </div>
  );
}

function OfOne({ telling, nameless }: { readonly telling: TellingOfOne; readonly nameless: boolean }): ReactNode {
  const { notices } = useSeldomTexts();
  const { person, name, prompts, at, seen } = telling;
  const fields = useFieldsOf(person, name);
  const lines = linesOf(prompts);
  return (
    <>
      {!nameless && <Portrait person={person} fields={fields} />}
      <div className={css.body}>
        <p className={css.head} data-telling>
          {!nameless && (
            <Link to={{ kind: 'person', person, list: everyone }} className={css.who}>
              {fields.name ?? fields.chineseName ?? name}
            </Link>
          )}
          {!nameless && <Nickname person={person} />}
          <When at={at} />
          {!seen && <Unseen />}
        </p>
        <ul>
          {lines.map((line) => (
            <li key={line.key} className={css.line}>
              <What line={line} person={person} />
            </li>
          ))}
        </ul>
        <Acts telling={telling}>
          {lines.some(({ kind }) => kind === 'joined') && <Keep person={person} name={name} />}
        </Acts>
      </div>
      <MarkSeen telling={telling} label={notices.seenOne(name)} />
    </>
  );
}

function OfMany({ telling }: { readonly telling: TellingOfMany }): ReactNode {
  const texts = useSeldomTexts();
  const { notices } = texts;
  const label = useFieldLabel();
  const [open, setOpen] = useState(false);
  const { people, at, seen } = telling;
  const count = notices.people(people.length);
  return (
    <>
      <span className={css.many} aria-hidden>
        {people.slice(0, 3).map(({ person, name }) => (
          <Face key={person} person={person} name={name} />
        ))}
      </span>
      <div className={css.body}>
        <p className={css.head} data-telling>
          <span className={css.who}>{count}</span>
          <When at={at} />
          {!seen && <Unseen />}
        </p>
        <ul>
          {telling.what === 'altered' && telling.fields[0] !== undefined ? (
            commonOf(telling).map(({ field, from, to, alike }) => (
              <li key={field} className={css.line}>
                <span className={css.change}>
                  <span className={css.field}>{label(field)}</span>
                  {alike ? <Difference field={field} from={from} to={to} /> : notices.changedTo}
                </span>
              </li>
            ))
          ) : (
            <li className={css.line}>{whatOf(telling, { texts, label })}</li>
          )}
        </ul>
        <Acts telling={telling}>
          <button type="button" className={css.act} aria-expanded={open} onClick={() => setOpen(!open)}>
            <ChevronDown size={15} className={css.turn} aria-hidden />
            {open ? notices.hidePeople : notices.showPeople}
          </button>
        </Acts>
        {open && <People people={people} />}
      </div>
      <MarkSeen telling={telling} label={notices.seenOne(count)} />
    </>
  );
}

function People({ people }: Pick<TellingOfMany, 'people'>): ReactNode {
  return (
    <ul className={css.people}>
      {people.map(({ person, name, prompts }) => (
        <li key={person}>
          <Link to={{ kind: 'person', person, list: everyone }} className={css.who}>
            {name}
          </Link>
          {linesOf(prompts).map((line) => (
            <p key={line.key} className={css.line}>
              <What line={line} person={person} />
            </p>
          ))}
        </li>
      ))}
    </ul>
  );
}

const icons = { left: UserRoundX, returned: UserRoundCheck, joined: UserRoundPlus, photo: Image };

function What({ line, person }: { readonly line: Line; readonly person: PersonId }): ReactNode {
  const { notices } = useSeldomTexts();
  const label = useFieldLabel();
  if (line.kind === 'value')
    return (
      <>
        <span className={css.change}>
          <span className={css.field}>{label(line.key)}</span>
          <Difference field={line.key} from={line.from} to={line.to} />
        </span>
        <UndoLine line={line} person={person} />
      </>
    );
  const Icon = icons[line.kind];
  return (
    <span className={classes(css.fact, line.kind === 'left' && css.left)}>
      <Icon size={15} aria-hidden />
      {line.kind === 'joined'
        ? notices.joined(line.department)
        : line.kind === 'photo'
          ? line.isThere
            ? notices.photo
            : notices.photoGone
          : notices[line.kind]}
    </span>
  );
}

interface UndoLineProps {
  readonly line: Extract<Line, { kind: 'value' }>;
  readonly person: PersonId;
}

function UndoLine({ line, person }: UndoLineProps): ReactNode {
  const { notices } = useSeldomTexts();
  const label = useFieldLabel();
  const undo = useUndo();
  const entry = useEntry(person);
  const own = ownBefore(entry, line);
  if (line.undone) return <span className={css.undone}>{notices.undone}</span>;
  if (own !== undefined) return <span className={css.undone}>{notices.yoursStays(own.replaceAll('\n', ', '))}</span>;
  if (line.undoable.length === 0 || entry === undefined) return null;
  return (
    <button
      type="button"
      className={css.undo}
      aria-label={notices.undoLong(label(line.key), line.from ?? '')}
      title={notices.undoLong(label(line.key), line.from ?? '')}
      onClick={() => undo(line.undoable)}
    >
      <Undo2 size={15} aria-hidden />
    </button>
  );
}

interface ActsProps {
  readonly telling: Telling;
  readonly children: ReactNode;
}

function Acts({ telling, children }: ActsProps): ReactNode {
  const { notices } = useSeldomTexts();
  const undo = useUndo();
  const book = useTheBook();
  // One line has an undo of its own.
  const several = useBook(({ entries }) =>
    telling.kind === 'many' ? undoableOf(telling, entries).length > 0 : undoableLines(telling, entries).length > 1,
  );
  return (
    <div className={css.acts}>
      {children}
      {several && (
        <button type="button" className={css.act} onClick={() => undo(undoableOf(telling, book.snapshot.entries))}>
          <Undo2 size={15} aria-hidden />
          {notices.undoAll}
        </button>
      )}
    </div>
  );
}

function useUndo(): (prompts: readonly number[]) => void {
  const texts = useTexts();
  const book = useTheBook();
  return (prompts) => void attempt(texts, () => book.undoAll(prompts)).then((done) => done && say(texts.did.undone));
}

function Keep({ person, name }: { readonly person: PersonId; readonly name: string }): ReactNode {
  const texts = useTexts();
  const { notices } = useSeldomTexts();
  const book = useTheBook();
  const held = useBook(({ entries }) => entries.has(person));
  if (held) return <span className={css.undone}>{texts.lookUp.kept}</span>;
  const keep = async (): Promise<void> => {
    if (await attempt(texts, () => book.keep(person)))
      say(texts.did.kept(name), {
        label: texts.did.undo,
        act: () => void attempt(texts, () => book.remove(person)),
      });
  };
  return (
    <button type="button" className={css.act} onClick={() => void keep()}>
      <UserPlus size={15} aria-hidden />
      {notices.keep(name)}
    </button>
  );
}

function MarkSeen({ telling, label }: { readonly telling: Telling; readonly label: string }): ReactNode {
  const texts = useTexts();
  const book = useTheBook();
  if (telling.seen) return null;
  return (
    <IconButton
      icon={Check}
      label={label}
      className={css.seen}
      onClick={() => void attempt(texts, () => book.seen(promptsOf(telling)))}
    />
  );
}

const Unseen = (): ReactNode => <span className={css.unseen} role="img" aria-label={useSeldomTexts().notices.unseen} />;

function When({ at }: { readonly at: number }): ReactNode {
  const { notices } = useSeldomTexts();
  return (
    <time className={css.when} dateTime={new Date(at).toISOString()}>
      {notices.at(at)}
    </time>
  );
}

function Nickname({ person }: { readonly person: PersonId }): ReactNode {
  const nickname = useEntry(person)?.own.nickname ?? '';
  return nickname === '' ? null : <span className={css.nickname}>{nickname}</span>;
}

const Face = ({ person, name }: { readonly person: PersonId; readonly name: string }): ReactNode => (
  <Portrait person={person} fields={useFieldsOf(person, name)} />
);

/** Of whom is not held, as far as the notice says. */
function useFieldsOf(person: PersonId, name: string): Fields {
  const entry = useEntry(person);
  const found = useBook((snapshot) => snapshot.found.get(person));
  return entry === undefined ? (found?.fields ?? { name }) : shown(entry);
}
