// The order of the list: by the reading of names, which `sortKey` knows, under index letters.

import { shown, sortKey, type PersonalEntry, type PersonId } from '../../../browser/browser.ts';

export interface Listed {
  readonly person: PersonId;
  readonly key: string;
  /** `A` to `Z`, or `#`. */
  readonly letter: string;
}

/** What a key was made of: an entry is never altered, so its key stays. */
const keys = new WeakMap<PersonalEntry, Listed>();

function listed(entry: PersonalEntry): Listed {
  const known = keys.get(entry);
  if (known !== undefined) return known;
  const key = sortKey(shown(entry));
  const first = key.slice(0, 1).toUpperCase();
  const made = { person: entry.person, key, letter: /[A-Z]/.test(first) ? first : '#' };
  keys.set(entry, made);
  return made;
}

/** All of `entries` in their order: `before` itself where that still is it. */
export function ordered(entries: ReadonlyMap<PersonId, PersonalEntry>, before: readonly Listed[]): readonly Listed[] {
  const stays =
    before.length === entries.size &&
    before.every((each) => {
      const entry = entries.get(each.person);
      return entry !== undefined && listed(entry).key === each.key;
    });
  return stays ? before : Array.from(entries.values(), listed).sort(compare);
}

/** Whether those who changed stand where they stood: one change does not ask of all entries. */
export const keepsOrder = (before: ReadonlyMap<PersonId, PersonalEntry>, changed: readonly PersonalEntry[]): boolean =>
  changed.every((entry) => {
    const was = before.get(entry.person);
    return was !== undefined && listed(was).key === listed(entry).key;
  });

/** What has no letter stands last. */
const compare = (one: Listed, other: Listed): number =>
  Number(one.letter === '#') - Number(other.letter === '#') ||
  (one.key < other.key ? -1 : one.key > other.key ? 1 : one.person < other.person ? -1 : 1);
