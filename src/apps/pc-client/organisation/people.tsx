// People whom the server named, held or not: a click, or Enter, opens one, a key keeps the one that has the focus.

import { Check, UserPlus } from 'lucide-react';
import type { KeyboardEvent, ReactNode } from 'react';
import { type Person } from '../../../browser/browser.ts';
import { useEntry, useTheBook } from '../engine/use-book.ts';
import { Portrait } from '../list/portrait.tsx';
import { quietLine } from '../list/row.tsx';
import { keyTable } from '../shell/keys.ts';
import { Link } from '../shell/link.tsx';
import { everyone } from '../shell/place.ts';
import { useSeldomTexts, useTexts } from '../texts/texts.tsx';
import { useKeeping } from './keeping.ts';
import { useRoving } from './roving.ts';
import line from '../list/person-line.module.css';
import css from './organisation.module.css';

export interface Named {
  readonly person: Person;
  /** What there is to say of them beyond their title. */
  readonly note?: string;
}

interface PeopleProps {
  readonly label: string;
  readonly people: readonly Named[];
}

export function People({ label, people }: PeopleProps): ReactNode {
  const book = useTheBook();
  const { keep } = useKeeping();
  const stop = useRoving();
  const hear = (event: KeyboardEvent, person: Person): void => {
    if (!isKeepKey(event.key) || event.ctrlKey || event.metaKey || book.snapshot.entries.has(person.id)) return;
    event.preventDefault();
    void keep(person);
  };
  return (
    <ul className={css.people} aria-label={label}>
      {people.map(({ person, note }, at) => {
        const { onKeyDown, ...focus } = stop(at);
        return (
          <li key={person.id} className={css.line}>
            <Link
              to={{ kind: 'person', person: person.id, list: everyone }}
              className={css.open}
              onClick={() => book.know([person])}
              onKeyDown={(event) => {
                onKeyDown(event);
                hear(event, person);
              }}
              {...focus}
            >
              <Portrait person={person.id} fields={person.fields} />
              <PersonWords person={person} note={note} />
            </Link>
            <KeepButton person={person} keep={() => void keep(person)} />
          </li>
        );
      })}
    </ul>
  );
}

export const isKeepKey = (key: string): boolean => (keyTable['keep-here'].keys as readonly string[]).includes(key);

interface PersonWordsProps {
  readonly person: Person;
  /** Said before the title, or after it. */
  readonly note?: string | undefined;
  readonly after?: string | undefined;
}

export function PersonWords({ person: { id, fields }, note, after }: PersonWordsProps): ReactNode {
  const nickname = useEntry(id)?.own.nickname ?? '';
  const said = [note, quietLine(fields), after];
  return (
    <span className={line.words}>
      <span className={line.name}>
        {fields.name ?? fields.chineseName ?? id}
        {nickname !== '' && <span className={line.nickname}>{nickname}</span>}
      </span>
      <span className={line.quiet}>{said.filter((part) => part !== undefined && part !== '').join(' · ')}</span>
    </span>
  );
}

/** For the pointer; the keyboard has its key. */
export function KeepButton({ person, keep }: { readonly person: Person; readonly keep: () => void }): ReactNode {
  const texts = useTexts();
  const { organisation } = useSeldomTexts();
  const book = useTheBook();
  const entry = useEntry(person.id);
  if (person.id === book.snapshot.me?.person) return <span className={line.kept}>{organisation.you}</span>;
  if (entry !== undefined)
    return (
      <span className={line.kept}>
        <Check size={16} aria-hidden />
        {texts.lookUp.kept}
      </span>
    );
  return (
    <button
      type="button"
      tabIndex={-1}
      className={line.keep}
      aria-label={organisation.keepOne(person.fields.name ?? person.id)}
      onClick={keep}
    >
      <UserPlus size={16} aria-hidden />
      {texts.lookUp.keep}
    </button>
  );
}
