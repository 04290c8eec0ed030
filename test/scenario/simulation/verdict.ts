// What must be true when the faults have stopped and an hour has passed.

import type { PersonalEntry } from '../../../src/book/personal-entry.ts';
import type { Fields } from '../../../src/book/person.ts';
import type { PersonId } from '../../../src/book/person-id.ts';
import { fieldNames } from '../../../src/book/field.ts';
import type { ChangeLog } from '../../../src/server/change-log.ts';
import type { PersonalAddressBookStore, StoredPrompt } from '../../../src/terminal/personal-address-book.ts';
import { sameFields, type Diary, type Stay } from './diary.ts';
import type { Enterprise } from './enterprise.ts';
import type { History } from './history.ts';
import { directory } from './server-host.ts';

const claim = (holds: boolean, what: () => string): void => {
  if (!holds) throw new Error(what());
};
const shownAs = (value: unknown): string => JSON.stringify(value);

/** The enterprise address book is what the directory shows, person by person and field by field. */
export async function expectLogOfDirectory(log: ChangeLog, enterprise: Enterprise, history: History): Promise<void> {
  const persons = enterprise.persons();
  const known = await log.known(
    directory,
    persons.map(({ key }) => key),
  );
  const at = new Map(persons.map(({ key, place }) => [place, known.get(key)?.person]));
  for (const { key, fields, managerPlace } of persons) {
    const manager = managerPlace && (at.get(managerPlace) ?? (await formerlyAt(managerPlace, { log, enterprise })));
    const wanted: Fields = manager === undefined ? fields : { ...fields, manager };
    const person = known.get(key)?.person;
    const is = person && history.wholeOf(person);
    claim(is !== undefined && sameFields(is, wanted), () => `${key} is ${shownAs(wanted)}, the log has ${shownAs(is)}`);
  }
  const there = new Set(persons.map(({ key }) => known.get(key)?.person));
  const left = history.living().find((person) => !there.has(person));
  claim(left === undefined, () => `${left} left, and lives in the log: ${shownAs(left && history.wholeOf(left))}`);
}

/** Whom a reference means that names a place where nobody is now: who moved from there, if the log ever saw them there. */
async function formerlyAt(
  place: string,
  { log, enterprise }: { readonly log: ChangeLog; readonly enterprise: Enterprise },
): Promise<PersonId | undefined> {
  const found = (await log.knownAt(directory, [place])).get(place)?.find(({ left }) => !left);
  const visitor = enterprise.wasAt(place);
  claim(found === undefined || found.key === visitor, () => `${found?.key} was never at ${place}: ${visitor} was`);
  return found?.person;
}

export interface Judged {
  readonly store: PersonalAddressBookStore;
  readonly diary: Diary;
  readonly history: History;
}

/** Every entry is the enterprise's person, or is marked as left. */
export async function expectInStep({ store, diary, history }: Judged, marked: boolean): Promise<void> {
  const { mark, withheld, people } = await store.holdings();
  claim(withheld.size === 0, () => 'the brake waits still');
  if (marked && people.size > 0)
    claim(mark?.revision === history.head, () => `the mark is ${mark?.revision}, the log is at ${history.head}`);
  const entries = await store.entries();
  for (const entry of entries) {
    const truth = history.fieldsAt(entry.person, history.head);
    if (truth === undefined) claim(entry.state !== 'held', () => `${entry.person} left and is ${shownAs(entry)}`);
    else
      claim(
        entry.state === 'held' && sameFields(entry.base, truth),
        () => `${entry.person} is ${shownAs(truth)} and the book has ${shownAs(entry)}`,
      );
  }
  const stays = diary.stays();
  claim(stays.length === entries.length, () => `${stays.length} were kept, ${entries.length} are there`);
  const prompts = await store.prompts({ unseenOnly: false });
  for (const stay of stays) {
    const entry = entries.find((each) => each.person === stay.person);
    if (entry === undefined) throw new Error(`${stay.person} was kept and is not there`);
    expectOwn(entry, stay);
    const about = prompts.filter((prompt) => prompt.person === stay.person && prompt.id > stay.afterPrompt);
    expectPromptsOfFields(entry, stay, about);
    expectPromptsOfState(entry, stay, about);
  }
}

/** What the employee wrote is exactly there. */
function expectOwn({ own, person }: PersonalEntry, stay: Stay): void {
  const { values, ...rest } = own;
  const { values: wanted, ...others } = stay.own;
  const same = shownAs(rest) === shownAs({ ...rest, ...others }) && sameFields(values, wanted);
  claim(same, () => `of ${person} the employee wrote ${shownAs(stay.own)}, the book has ${shownAs(own)}`);
}

/**
 * The prompts about one field, in order, are a chain from the value at which the person was kept to the value
 * that is shown now: each begins where the one before ended and ends elsewhere. So none is there twice, none
 * is missing in what they come to, and a field without a prompt did not move.
 */
function expectPromptsOfFields(entry: PersonalEntry, stay: Stay, prompts: readonly StoredPrompt[]): void {
  for (const field of fieldNames) {
    let value = stay.base[field];
    for (const { fact, id } of prompts) {
      if (fact.kind !== 'altered' || fact.field !== field) continue;
      claim(
        fact.from === value && fact.to !== fact.from,
        () => `prompt ${id}: ${field} was ${value}: ${shownAs(fact)}`,
      );
      value = fact.to;
    }
    claim(entry.base[field] === value, () => `the prompts end at ${field} = ${value}: ${shownAs(entry)}`);
  }
}

/** `left` only of one who is there, `returned` only of one who is away; the last of them says which it is now. */
function expectPromptsOfState(entry: PersonalEntry, stay: Stay, prompts: readonly StoredPrompt[]): void {
  let away = false;
  const despite = [...stay.keptDespite];
  const answered = (before: number): void => {
    // Whom the employee kept as an own contact when the brake asked is away without a prompt.
    while (despite[0] !== undefined && despite[0] < before) {
      despite.shift();
      away = true;
    }
  };
  for (const { fact, id } of prompts) {
    answered(id);
    if (fact.kind === 'altered') continue;
    claim(away === (fact.kind === 'returned'), () => `prompt ${id} says ${fact.kind} of ${entry.person}, who was not`);
    away = fact.kind === 'left';
  }
  answered(Infinity);
  claim(away === (entry.state !== 'held'), () => `after all prompts ${entry.person} is ${entry.state}`);
}
