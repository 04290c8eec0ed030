// What every store of the personal address book makes of what it is given, and of what it finds.

import { fieldNames, fields as table, isFieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import {
  nothingOwn,
  type Own,
  type OwnContact,
  type OwnWriting,
  type PersonalEntry,
  type PromptFact,
} from '../book/personal-entry.ts';
import type { EntityTag } from '../wire/change-list.ts';
import { revision } from '../book/change.ts';
import { ownContactId, type PersonId } from '../book/person-id.ts';
import { readPhoto, type Photo, type PhotoHash } from '../book/photo.ts';
import type { TerminalHost } from './host.ts';
import type { Addition, StoredPrompt, Undone, Writing } from './personal-address-book.ts';

/** An own value that is empty is none, so that it covers nothing; nor is a photo's, which is a hash. */
function tidied(own: Own): Own {
  const values: Partial<Record<string, string>> = {};
  for (const name of fieldNames) if (own.values[name] && table[name].kind !== 'photo') values[name] = own.values[name];
  return { ...own, groups: [...new Set(own.groups)], values };
}

const withPhoto = (own: Own, photo: string | undefined): Own =>
  photo === undefined ? own : { ...own, values: { ...own.values, photo } };

/** `own` of an entry of which `part` is written anew; an own contact's photo is written by itself. */
export const rewritten = ({ own, state }: PersonalEntry, part: Partial<Own>): Own =>
  withPhoto(tidied({ ...own, ...part }), state === 'own' ? own.values.photo : undefined);

/** An own contact's `own` with this photo, or with none. */
export const withOwnPhoto = (own: Own, photo: PhotoHash | undefined): Own => withPhoto(tidied(own), photo);

/** `entry` as `writing` leaves it. */
export function written(entry: PersonalEntry, { own, photo }: Omit<Writing, 'person'>): PersonalEntry {
  const whole = rewritten(entry, own);
  if (photo === undefined || entry.state !== 'own') return { ...entry, own: whole };
  return { ...entry, own: withOwnPhoto(whole, photo === 'none' ? undefined : photo.hash) };
}

/** So many octets are summed in a moment that nobody notices. */
const octetsAtOnce = 1024 * 1024;

/** The photos that `pictures` are, undefined for one that is none that is kept. To sum them all may take a second: others have their turn in between. */
async function photosIn(
  pictures: readonly (Uint8Array | undefined)[],
  { sha256, clock }: Pick<TerminalHost<unknown>, 'sha256' | 'clock'>,
): Promise<readonly (Photo | undefined)[]> {
  const photos: (Photo | undefined)[] = [];
  let octets = 0;
  for (const bytes of pictures) {
    const photo = bytes === undefined ? undefined : readPhoto(bytes, sha256);
    photos.push(photo === undefined || 'problem' in photo ? undefined : photo);
    octets += bytes?.length ?? 0;
    if (octets < octetsAtOnce) continue;
    octets = 0;
    await new Promise<void>((resolve) => clock.ring(0, resolve));
  }
  return photos;
}

/** Each of `contacts` under an ID of its own, by the host's chance; what is no picture that is kept is left out. */
export async function additionsOf(
  contacts: readonly OwnContact[],
  host: Pick<TerminalHost<unknown>, 'random' | 'sha256' | 'clock'>,
): Promise<readonly Addition[]> {
  const pictures = contacts.map(({ photo }) => photo);
  const photos = await photosIn(pictures, host);
  return contacts.map(({ photo: bytes, ...own }, at) => {
    const photo = bytes && photos[at];
    return { person: ownContactId(host.random()), own, ...(photo !== undefined && { photo }) };
  });
}

/** What is no picture that is kept is left out. */
export async function writingsOf(
  given: readonly OwnWriting[],
  host: Pick<TerminalHost<unknown>, 'sha256' | 'clock'>,
): Promise<readonly Writing[]> {
  const pictures = given.map(({ photo }) => (photo === 'none' ? undefined : photo));
  const photos = await photosIn(pictures, host);
  return given.map(({ person, own, photo: picture }, at) => {
    const photo = picture === 'none' ? picture : photos[at];
    return { person, own, ...(photo !== undefined && { photo }) };
  });
}

export const entryOfContact = ({ person, own, photo }: Addition): PersonalEntry => ({
  person,
  base: {},
  revision: revision(0),
  own: withOwnPhoto({ ...nothingOwn, ...own }, photo?.hash),
  state: 'own',
});

const isNothing = (own: Own): boolean => JSON.stringify(own) === JSON.stringify(nothingOwn);

/** An entry that is there, where one of the same person is put back. */
export const reunited = (there: PersonalEntry, back: PersonalEntry): PersonalEntry =>
  isNothing(there.own) ? { ...there, own: rewritten(there, back.own) } : there;

/**
 * The mark of a book at `mark` into which entries are put back that were in step with `then`. An earlier mark is as right for
 * all others: whoever changed since stands at a later revision, and has heard what is told again. Undefined, where
 * the two are of different books: everyone is compared.
 */
export function markWith(then: EntityTag | undefined, mark: EntityTag | undefined): EntityTag | undefined {
  if (then === undefined || mark?.book !== then.book) return undefined;
  return then.revision < mark.revision ? then : mark;
}

const promptsKept = { most: 5000, afterwards: 4500 };

/** How many of so many prompts are to go: not one with each new one, but some hundreds at a time. */
export const excessPrompts = (count: number): number => (count > promptsKept.most ? count - promptsKept.afterwards : 0);

/** Without fields of a newer program. */
export const knownFields = (base: Fields): Fields =>
  // Most know all of theirs, and are as they were.
  Object.keys(base).every(isFieldName)
    ? base
    : Object.fromEntries(Object.entries(base).filter(([name]) => isFieldName(name)));

/** A change that an own value can undo. */
type TakenBack = PromptFact & { readonly kind: 'altered'; readonly from: string };

const isTakenBack = (fact: PromptFact | undefined): fact is TakenBack =>
  fact?.kind === 'altered' && fact.from !== undefined && table[fact.field].kind !== 'photo';

/** What becomes of `entries` where what each prompt told is taken back, one after the other. */
export function undoneOf(
  prompts: readonly (StoredPrompt | undefined)[],
  entries: ReadonlyMap<PersonId, PersonalEntry>,
): readonly Undone[] {
  const after = new Map(entries);
  return prompts.map((prompt) => {
    const before = prompt && after.get(prompt.person);
    if (before === undefined || !isTakenBack(prompt?.fact)) return { kind: 'nothing-to-undo' };
    const { field, from, to } = prompt.fact;
    // What the employee wrote is never written over; that of undoing the next change is what this one came to.
    const own = before.own.values[field];
    if (own !== undefined && own !== to) return { kind: 'covered', field, own };
    const entry = written(before, { own: { values: { ...before.own.values, [field]: from } } });
    after.set(entry.person, entry);
    return { kind: 'undone', entry, field };
  });
}
