// Who is in which list: everyone, or those of a filter or a group.

import type { PersonalEntry, PersonId } from '../../../browser/browser.ts';
import type { Snapshot } from '../engine/book.ts';
import type { Listed } from '../engine/order.ts';
import { unseenOf } from '../engine/use-book.ts';
import type { ListPlace } from '../shell/place.ts';
import type { Texts } from '../texts/en.ts';

/** How long a change is lately. */
const latelyMilliseconds = 7 * 24 * 60 * 60 * 1000;

interface Filtered {
  readonly of: Pick<Snapshot, 'order' | 'entries' | 'prompts'>;
  readonly people: readonly Listed[];
}

const filtered = new Map<string, Filtered>();

/** Those of `place`, in order: the same array as long as nothing of what it was made of changed. */
export function peopleOf({ order, entries, prompts }: Snapshot, place: ListPlace): readonly Listed[] {
  if (place.kind === 'everyone') return order;
  const key = place.kind === 'group' ? `group ${place.name}` : place.kind;
  const known = filtered.get(key);
  const asPrompted = known?.of.prompts === prompts || place.kind !== 'changed';
  if (known?.of.order === order && known.of.entries === entries && asPrompted) return known.people;
  const belongs = belongsTo(place, prompts);
  const people = order.filter(({ person }) => {
    const entry = entries.get(person);
    return entry !== undefined && belongs(entry);
  });
  const same =
    known !== undefined &&
    known.people.length === people.length &&
    known.people.every((each, at) => each === people[at]);
  const result = same ? known.people : people;
  filtered.set(key, { of: { order, entries, prompts }, people: result });
  return result;
}

function belongsTo(place: ListPlace, prompts: Snapshot['prompts']): (entry: PersonalEntry) => boolean {
  switch (place.kind) {
    case 'everyone':
      return () => true;
    case 'favourites':
      return ({ own }) => own.favourite;
    case 'left':
      return ({ state }) => state === 'left';
    case 'group':
      return ({ own }) => own.groups.includes(place.name);
    case 'changed': {
      const changed = new Set<PersonId>(unseenOf(prompts).keys());
      const since = Date.now() - latelyMilliseconds;
      for (let at = prompts.length - 1; at >= 0; at -= 1) {
        const prompt = prompts[at];
        if (prompt === undefined || prompt.at < since) break;
        changed.add(prompt.person);
      }
      return ({ person }) => changed.has(person);
    }
  }
}

const groupsBy = new WeakMap<Snapshot['entries'], readonly string[]>();
let before: readonly string[] = [];

/** The employee's own groups, by name. */
export function groupsOf({ entries }: Snapshot): readonly string[] {
  const known = groupsBy.get(entries);
  if (known !== undefined) return known;
  const names = new Set<string>();
  for (const { own } of entries.values()) for (const name of own.groups) names.add(name);
  const sorted = [...names].sort(new Intl.Collator().compare);
  if (sorted.join('\n') !== before.join('\n')) before = sorted;
  groupsBy.set(entries, before);
  return before;
}

const leaversIn = new WeakMap<Snapshot['entries'], boolean>();

export function hasLeavers({ entries }: Snapshot): boolean {
  const known = leaversIn.get(entries) ?? [...entries.values()].some(({ state }) => state === 'left');
  leaversIn.set(entries, known);
  return known;
}

export const nameOfList = (place: ListPlace, { places }: Texts): string =>
  place.kind === 'group' ? place.name : places[place.kind];
