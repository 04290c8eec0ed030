// An entry of the personal address book is base + own. `base` is the enterprise's copy, which only a
// revision of the personal address book writes; `own` is what the employee wrote, which only the
// employee writes. What is shown is `own` over `base`; so no change of the enterprise's ever takes
// away what the employee wrote, and an empty enterprise value never blanks an own one.

import type { WallTime } from '../base/time.ts';
import type { Change, Revision } from './change.ts';
import { fieldNames, fields, telephoneFields, uriFields, type FieldName } from './field.ts';
import { altered, difference, type Fields } from './person.ts';
import type { PersonId } from './person-id.ts';

export interface OwnNumber {
  readonly label: string;
  readonly number: string;
}

/** What the employee wrote. `values` are the employee's own values of enterprise fields. */
export interface Own {
  readonly nickname: string;
  readonly note: string;
  readonly groups: readonly string[];
  readonly favourite: boolean;
  readonly numbers: readonly OwnNumber[];
  readonly values: Fields;
}

export const nothingOwn: Own = { nickname: '', note: '', groups: [], favourite: false, numbers: [], values: {} };

/** What is written of somebody who is not in the enterprise. */
export interface OwnContact extends Partial<Own> {
  /** The picture; one that is no JPEG, PNG, GIF or WebP, or larger than is kept, is left out. */
  readonly photo?: Uint8Array;
}

/** What is written of one entry. */
export interface OwnWriting {
  readonly person: PersonId;
  readonly own: Partial<Own>;
  /** An own contact's picture from now on, as `OwnContact` has it, or `none`; absent, or of anybody else, it stays as it is. */
  readonly photo?: Uint8Array | 'none';
}

/**
 * `held`: follows the enterprise. `left`: the person left; the entry waits for the employee. `kept`: left, and kept as an own contact.
 * `own`: was never in the enterprise; `base` is empty, and nothing of the entry is said to a server.
 */
export type EntryState = 'held' | 'left' | 'kept' | 'own';

export interface PersonalEntry {
  /** Of an own contact, an ID that no server makes (`isOwnContactId`). */
  readonly person: PersonId;
  readonly base: Fields;
  /** Where in the log `base` stands: it is the person as of this revision. */
  readonly revision: Revision;
  readonly own: Own;
  readonly state: EntryState;
}

/** The fields as the employee sees them. */
export function shown({ base, own: { values } }: PersonalEntry): Fields {
  const fields: Partial<Record<FieldName, string>> = { ...base, ...values };
  // The URIs of the enterprise's number are not those of the employee's.
  for (const name of telephoneFields) if (values[name] !== undefined) delete fields[uriFields[name]];
  return fields;
}

/**
 * `entry` after `change`, which brings it to `revision`. `own` stays as it is, whatever the change. A
 * removed person's `base` stays too, since the employee may keep the entry; a person who comes back is
 * `held` again.
 */
export function revised(entry: PersonalEntry, change: Change, revision: Revision): PersonalEntry {
  switch (change.kind) {
    case 'added':
      return { ...entry, base: change.fields, revision, state: 'held' };
    case 'altered':
      return { ...entry, base: altered(entry.base, change), revision };
    case 'removed':
      return { ...entry, revision, state: entry.state === 'held' ? 'left' : entry.state };
  }
}

/** One thing to tell the employee. An absent `from` or `to` means that there was, or is, no value. */
export type PromptFact =
  | { readonly kind: 'altered'; readonly field: FieldName; readonly from?: string; readonly to?: string }
  | { readonly kind: 'left' }
  | { readonly kind: 'returned' }
  /** Somebody who is not held is new in the employee's department. */
  | { readonly kind: 'joined'; readonly department: string };

export interface Prompt {
  readonly person: PersonId;
  /** The name under which the employee knows the person. */
  readonly name: string;
  readonly fact: PromptFact;
  readonly at: WallTime;
}

/** What the employee calls this person; of one without any name, what else a row can be headed by. */
export const nameOf = (entry: PersonalEntry): string => entry.own.nickname || writtenNameOf(entry);

/** The same where the nickname stands beside it. */
export function writtenNameOf(entry: PersonalEntry): string {
  const values = shown(entry);
  const { name, chineseName, englishName, givenName, surname, company, mail } = values;
  const whole = name ?? chineseName ?? englishName ?? [givenName, surname].filter(Boolean).join(' ');
  return whole || (company ?? mail ?? firstNumber(values, entry.own) ?? entry.person);
}

function firstNumber(values: Fields, { numbers }: Own): string | undefined {
  const [field] = telephoneFields.filter((each) => values[each] !== undefined);
  return field === undefined ? numbers[0]?.number : values[field]?.split('\n', 1)[0];
}

/** What to tell the employee of the step from `before` to `after`; nothing where nothing moved. */
export function prompts(before: PersonalEntry, after: PersonalEntry, at: WallTime): readonly Prompt[] {
  const about = (fact: PromptFact): Prompt => ({ person: after.person, name: nameOf(before), fact, at });
  const facts: PromptFact[] = [];
  if (before.state === 'held' && after.state === 'left') facts.push({ kind: 'left' });
  if (before.state !== 'held' && after.state === 'held') facts.push({ kind: 'returned' });
  const moved = difference(before.base, after.base);
  if (moved !== undefined)
    for (const field of fieldNames) {
      const from = moved.from[field];
      const to = moved.to[field];
      // What is made of a number says nothing that the number does not.
      if ((from === undefined && to === undefined) || fields[field].kind === 'uris') continue;
      facts.push({ kind: 'altered', field, ...(from !== undefined && { from }), ...(to !== undefined && { to }) });
    }
  return facts.map(about);
}
