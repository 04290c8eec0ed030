// What a source said since the last commit, by key, and what it comes to when it is compared with what
// is known: changes, links, removals that begin to wait, keys that wait no longer.

import type { Change } from '../book/change.ts';
import { difference, type Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Photo } from '../book/photo.ts';
import type { Known, Link, Removal, SourceKey } from './change-log.ts';
import { nobodyMoves, type Managers, type Moves } from './managers.ts';
import type { SourcePerson } from './source.ts';

/** The last word of each key counts. */
export class Batch {
  readonly said: Map<SourceKey, SourcePerson | 'present' | 'gone'> = new Map();
  /** Of the photos that were taken, also of those that a later word put out of date. */
  photoBytes = 0;
  /** Containers that were not known, by key: their places. */
  readonly containers: Map<SourceKey, string> = new Map();

  get size(): number {
    return this.said.size + this.containers.size;
  }

  take(person: SourcePerson): void {
    this.said.set(person.key, person);
    this.photoBytes += person.photo?.bytes.length ?? 0;
  }

  present(keys: readonly SourceKey[]): void {
    // What was named in this batch is there as well, and with more said of it.
    for (const key of keys) if (typeof this.said.get(key) !== 'object') this.said.set(key, 'present');
  }

  gone(keys: readonly SourceKey[]): void {
    for (const key of keys) this.said.set(key, 'gone');
  }
}

/** What a batch comes to. */
export interface Outcome {
  readonly changes: readonly Change[];
  readonly links: readonly Link[];
  /** Those that a change names. */
  readonly photos: readonly Photo[];
  readonly wait: readonly Removal[];
  readonly release: readonly SourceKey[];
  readonly moves: Moves;
  /** Numbers of those who were named and had not left. */
  readonly named: readonly number[];
  /** Keys of leavers who come back; a purge may forget their numbers before they are linked anew. */
  readonly returned: readonly SourceKey[];
  /** Numbers of those who are gone. */
  readonly gone: readonly number[];
  /** Keys of whom the log had not known. */
  readonly fresh: readonly SourceKey[];
  /** Those who have no name, and are left as they are or left out. */
  readonly nameless: readonly SourcePerson[];
  /** Those whose photo is left out. */
  readonly photoless: readonly SourcePerson[];
  /** New persons who are left for later, since their managers have not been named yet. */
  readonly early: readonly SourcePerson[];
}

export interface Compared {
  readonly known: ReadonlyMap<SourceKey, Known>;
  /** Keys that wait or are held. */
  readonly pending: ReadonlyMap<SourceKey, unknown>;
  readonly managers: Managers;
  readonly newPersonId: () => PersonId;
  /** More is on its way, and there is room to wait for it. */
  readonly mayWait: boolean;
}

/** A named person, the ID that this person has or gets, and what is known. */
interface Named {
  readonly now: SourcePerson;
  readonly person: PersonId;
  readonly before: Known | undefined;
}

interface Sorted {
  readonly named: readonly Named[];
  readonly present: readonly Known[];
  readonly gone: readonly Known[];
  readonly nameless: readonly SourcePerson[];
}

export async function compare(batch: Batch, compared: Compared): Promise<Outcome> {
  const { named: all, present, gone, nameless } = sorted(batch, compared);
  const early = compared.mayWait ? await withoutManager(all, compared.managers) : nobody;
  const named = early.size === 0 ? all : all.filter((each) => !early.has(each));
  const moves = movesOf(named, await compared.managers.formerPlaces(named.filter(comesBack).map(({ now }) => now.key)));
  const handled = new Set(named.map(({ now }) => now.key));
  const places = new Set(named.map(({ now }) => now.managerPlace).filter((place) => place !== undefined));
  const managers = await compared.managers.whoIsAt(places, moves);
  const changes: Change[] = [];
  const photos: Photo[] = [];
  for (const each of named) {
    const manager = each.now.managerPlace === undefined ? undefined : managers.get(each.now.managerPlace);
    const change = changeOf(each, manager === undefined ? each.now.fields : { ...each.now.fields, manager });
    if (change === undefined) continue;
    changes.push(change);
    const { photo } = each.now;
    if (photo !== undefined && bearsAnew(change)) photos.push(photo);
  }
  changes.push(...(await compared.managers.changes(moves, (key) => handled.has(key))));
  const there = [...named.map(({ before }) => before), ...present].filter((known) => known !== undefined);
  return {
    changes,
    links: named.filter(relinked).map(linkOf),
    photos,
    wait: gone
      .filter((known) => !known.left && !compared.pending.has(known.key))
      .map(({ key, person }) => ({ key, person })),
    release: there.map((known) => known.key).filter((key) => compared.pending.has(key)),
    moves,
    named: there.filter(({ left }) => !left).map(({ number }) => number),
    returned: there.filter(({ left }) => left).map(({ key }) => key),
    gone: gone.map((known) => known.number),
    fresh: named.filter(({ before }) => before === undefined).map(({ now }) => now.key),
    nameless,
    photoless: named.map(({ now }) => now).filter(({ photoProblem }) => photoProblem !== undefined),
    early: [...early].map(({ now }) => now),
  };
}

const nobody: ReadonlySet<Named> = new Set();

/** New persons whose manager is neither known nor among those who are added now. A photo is too large to wait. */
async function withoutManager(named: readonly Named[], managers: Managers): Promise<ReadonlySet<Named>> {
  const reports = named.filter(({ now, before }) => before === undefined && now.managerPlace && !now.photo);
  const known = await managers.whoIsAt(new Set(reports.map(({ now }) => now.managerPlace ?? '')), nobodyMoves);
  const missing = reports.filter(({ now }) => known.get(now.managerPlace ?? '') === undefined);
  const early = new Set<Named>();
  // Whoever waits keeps those waiting who report to them.
  for (let waited = -1; waited < early.size;) {
    waited = early.size;
    const places = new Set(named.filter((each) => !early.has(each)).map(({ now }) => now.place));
    for (const each of missing) if (!places.has(each.now.managerPlace ?? '')) early.add(each);
  }
  return early;
}

const bearsAnew = (change: Change): boolean =>
  change.kind === 'added' || (change.kind === 'altered' && change.to.photo !== undefined);

function sorted(batch: Batch, { known, newPersonId }: Compared): Sorted {
  const named: Named[] = [];
  const present: Known[] = [];
  const gone: Known[] = [];
  const nameless: SourcePerson[] = [];
  for (const [key, said] of batch.said) {
    const before = known.get(key);
    if (said === 'gone') gone.push(...(before === undefined ? [] : [before]));
    else if (said === 'present') {
      // Somebody whom the log has as left, and who is there unchanged, comes back as they were.
      if (before?.left === true) named.push({ now: asKnown(before), person: before.person, before });
      else if (before !== undefined) present.push(before);
    } else if (said.fields.name !== undefined)
      named.push({ now: said, person: before?.person ?? newPersonId(), before });
    else {
      // Who had a name and has none keeps it: more likely the right to read names was lost than the name.
      nameless.push(said);
      if (before !== undefined) present.push(before);
    }
  }
  return { named, present, gone, nameless };
}

function asKnown({ key, fields, place, managerPlace, stamp }: Known): SourcePerson {
  const { manager: _, ...own } = fields;
  return {
    kind: 'person',
    key,
    fields: own,
    place,
    ...(managerPlace !== undefined && { managerPlace }),
    ...(stamp !== undefined && { stamp }),
  };
}

const comesBack = ({ before }: Named): boolean => before?.left === true;

/** `former`: where whoever comes back was before, and is looked for again. */
function movesOf(named: readonly Named[], former: readonly string[]): Moves {
  const arrivals = new Map<string, PersonId>();
  const departures = new Set(former);
  const moved = new Set<SourceKey>();
  for (const { now, person, before } of named) {
    if (before !== undefined && !before.left && before.place === now.place) continue;
    arrivals.set(now.place, person);
    if (before === undefined || before.place === now.place) continue;
    departures.add(before.place);
    moved.add(now.key);
  }
  const returned = new Set(named.filter(comesBack).map(({ now }) => now.key));
  return { arrivals, departures, moved, removed: new Set(), returned };
}

function changeOf({ person, before }: Named, fields: Fields): Change | undefined {
  if (before === undefined || before.left) return { kind: 'added', person, fields };
  const differs = difference(before.fields, fields);
  return differs === undefined ? undefined : { kind: 'altered', person, ...differs };
}

/** Whoever comes back is linked anew: a purge may have forgotten the leaver since the log was asked. */
const relinked = ({ now, before }: Named): boolean =>
  before === undefined ||
  before.left ||
  before.place !== now.place ||
  before.managerPlace !== now.managerPlace ||
  before.stamp !== now.stamp;

const linkOf = ({ now, person, before }: Named): Link => ({
  key: now.key,
  person,
  place: now.place,
  ...(before !== undefined && before.place !== now.place && before.place !== '' && { leaves: before.place }),
  ...(now.managerPlace !== undefined && { managerPlace: now.managerPlace }),
  ...(now.stamp !== undefined && { stamp: now.stamp }),
});
