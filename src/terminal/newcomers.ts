// Who is new in the employee's department, as the changes of the enterprise address book say. What is known is a mark, up to which
// it was looked, so each newcomer is told once, and nobody who was there before the first look.
//
// When a department gets another name, everybody in it moves, the employee among them: who comes from where the employee came
// from is no newcomer, whoever of the two moves first.

import type { WallTime } from '../base/time.ts';
import { condense, type ChangeList } from '../book/change-list.ts';
import type { Change } from '../book/change.ts';
import type { Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Prompt } from '../book/personal-entry.ts';
import type { EntityTag } from '../wire/change-list.ts';

/** The employee's department as of `at`. */
export interface OwnDepartment {
  /** The employee. */
  readonly person: PersonId;
  readonly at: EntityTag;
  /** Absent where the employee is in none. */
  readonly name?: string;
  /** The one before. */
  readonly former?: string;
}

export interface Newcomer {
  readonly person: PersonId;
  readonly name: string;
}

/** One look: what was known, what is known now, and whom to tell of. */
export interface Arrival {
  readonly from: OwnDepartment | undefined;
  readonly to: OwnDepartment;
  readonly newcomers: readonly Newcomer[];
}

export const departmentOf = (
  person: PersonId,
  { fields, at }: { readonly fields: Fields; readonly at: EntityTag },
): OwnDepartment => ({
  person,
  at,
  ...(fields.department !== undefined && { name: fields.department }),
});

/** Who came by `list`, which begins where `own` stands: their fields, where the list has them. */
export function arrivedBy(
  list: ChangeList,
  own: OwnDepartment,
): { readonly to: OwnDepartment; readonly arrived: ReadonlyMap<PersonId, Fields | undefined> } {
  const { changes } = condense(list);
  const mine = changes.find(({ person }) => person === own.person);
  const to = { ...movedBy(own, mine), at: { book: list.book, revision: list.upTo } };
  const arrived = new Map<PersonId, Fields | undefined>();
  for (const change of changes) {
    if (change.person === own.person || to.name === undefined) continue;
    if (change.kind === 'added' && change.fields.department === to.name) arrived.set(change.person, change.fields);
    else if (change.kind === 'altered' && change.to.department === to.name && !cameAlong(change.from, to))
      arrived.set(change.person, undefined);
  }
  return { to, arrived };
}

const cameAlong = (from: Fields, { former }: OwnDepartment): boolean =>
  former !== undefined && from.department === former;

function movedBy(own: OwnDepartment, change: Change | undefined): OwnDepartment {
  const name = change === undefined ? own.name : departmentAfter(own, change);
  if (name === own.name) return own;
  const { person, at, name: former } = own;
  return { person, at, ...(name !== undefined && { name }), ...(former !== undefined && { former }) };
}

function departmentAfter({ name }: OwnDepartment, change: Change): string | undefined {
  switch (change.kind) {
    case 'added':
      return change.fields.department;
    case 'altered':
      return 'department' in change.from || 'department' in change.to ? change.to.department : name;
    case 'removed':
      return undefined;
  }
}

/** What is told of an arrival; of whom the employee holds, the entry's own prompts tell. */
export const welcomes = (
  { to, newcomers }: Arrival,
  isHeld: (person: PersonId) => boolean,
  at: WallTime,
): readonly Prompt[] =>
  newcomers
    .filter(({ person }) => !isHeld(person))
    .map(({ person, name }) => ({ person, name, fact: { kind: 'joined', department: to.name ?? '' }, at }));
