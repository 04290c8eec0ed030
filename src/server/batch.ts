// What a source said since the last commit, by key, and what it comes to when it is compared with what
// is known: changes, links, removals that begin to wait, keys that wait no longer.

import type { Change } from '../book/change.ts';
import { difference, type Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Photo } from '../book/photo.ts';
import type { Commit, Known, Link, Living, Removal, SourceKey, SourceName } from './change-log.ts';
import { nobodyMoves, type Managers, type Moves } from './managers.ts';
import { matchesOf, type Match, type Matching, type Standing } from './match.ts';
import { changeBy, shownAs, shownOf, type Priority, type Shown } from './merge.ts';
import type { SourceGroup } from './group.ts';
import type { SourcePerson } from './source.ts';

/**
 * So many persons are compared and committed at once, unless told. Places come in no order: a commit writes most pages of their indexes, however few
 * persons it has.
 */
export const mostAtOnce = 6000;
/** Photos of so many bytes are committed at once, whatever the number of persons: a batch is in memory. */
const mostPhotoBytes = 4 * 1024 * 1024;
/** So many members of groups likewise. */
const mostMembers = 50_000;

/** The last word of each key counts. */
export class Batch {
  readonly said: Map<SourceKey, SourcePerson | 'present' | 'gone'> = new Map();
  /** Of the photos that were taken, also of those that a later word put out of date. */
  #photoBytes = 0;
  /** Containers that were not known, by key: their places. */
  readonly containers: Map<SourceKey, string> = new Map();

  /** Where the source stands once all of it is committed. */
  reached: string | undefined;
  readonly groups: Map<SourceKey, SourceGroup> = new Map();
  /** As of `#photoBytes`. */
  #members = 0;
  readonly #most: number;

  constructor(most: number = mostAtOnce) {
    this.#most = most;
  }

  get size(): number {
    return this.said.size + this.containers.size + this.groups.size;
  }

  get isFull(): boolean {
    return this.size >= this.#most || this.#photoBytes >= mostPhotoBytes || this.#members >= mostMembers;
  }

  take(person: SourcePerson): void {
    this.said.set(person.key, person);
    this.#photoBytes += person.photo?.bytes.length ?? 0;
  }

  /** This person is said to be at a place, and now at another: whoever names the first as a manager's means this person. */
  movesAgain({ key, place }: SourcePerson): boolean {
    const said = this.said.get(key);
    return typeof said === 'object' && said.place !== place;
  }

  takeGroup(group: SourceGroup): void {
    this.said.delete(group.key);
    this.groups.set(group.key, group);
    this.#members += group.members.length;
  }

  /** What is said of groups. Of who is gone it is not known whether it was one. */
  groupsSaid(): Pick<Commit, 'groups' | 'forgetGroups'> {
    const gone = [...this.said].filter(([, said]) => said === 'gone').map(([key]) => key);
    return { groups: [...this.groups.values()], forgetGroups: gone };
  }

  present(keys: readonly SourceKey[]): void {
    // What was named in this batch is there as well, and with more said of it.
    for (const key of keys) if (typeof this.said.get(key) !== 'object') this.said.set(key, 'present');
  }

  gone(keys: readonly SourceKey[]): void {
    for (const key of keys) {
      this.groups.delete(key);
      this.said.set(key, 'gone');
    }
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
  /** New entries that are left for the end of the refresh, when it is known who they are. */
  readonly late: readonly SourcePerson[];
  /** Those whose number would be more than one person's, or of more than one entry. */
  readonly ambiguous: readonly SourcePerson[];
}

export interface Compared {
  readonly source: SourceName;
  readonly known: ReadonlyMap<SourceKey, Known>;
  /** Keys that wait or are held. */
  readonly pending: ReadonlyMap<SourceKey, unknown>;
  readonly managers: Managers;
  readonly newPersonId: () => PersonId;
  /** More is on its way, and there is room to wait for it. */
  readonly mayWait: boolean;
  readonly priority: Priority;
  /** Absent where the source's persons are nobody else's. */
  readonly matching?: Matching;
}

/** A named person, the ID that this person has or gets, and what is known. */
interface Named {
  readonly now: SourcePerson;
  readonly person: PersonId;
  readonly before: Known | undefined;
  /** As the log has the person; absent for somebody new. */
  readonly shown?: Shown;
}

interface Sorted {
  readonly named: readonly Named[];
  readonly present: readonly Known[];
  readonly gone: readonly Known[];
  readonly nameless: readonly SourcePerson[];
}

export async function compare(batch: Batch, compared: Compared): Promise<Outcome> {
  const { named: all, present, gone: absent, nameless } = sorted(batch, compared);
  const early = compared.mayWait ? await withoutManager(all, compared.managers) : nobody;
  const others = early.size === 0 ? all : all.filter((each) => !early.has(each));
  const { named, late, ambiguous, apart } = await identified(batch, others, compared);
  const taken = new Set(named.map(({ before }) => before?.key));
  const gone = absent.filter(({ key }) => !taken.has(key));
  const moves = movesOf(named, await compared.managers.formerPlaces(named.flatMap(cameBack)));
  const arrivals = new Map([...apart.map(({ known, person }) => [known.place, person] as const), ...moves.arrivals]);
  const handled = new Set([...named.flatMap(keysOf), ...apart.map(({ known }) => known.key)]);
  const said = await saidBy(named, { ...moves, arrivals }, compared);
  const managed = await compared.managers.changes({ ...moves, arrivals }, (key) => handled.has(key));
  const there = [...named.map(({ before }) => before), ...present].filter((known) => known !== undefined);
  return {
    changes: [...apart.flatMap((each) => partingOf(each, compared)), ...said.changes, ...managed.changes],
    links: [...apart.map(partedLink), ...said.links, ...managed.links],
    photos: said.photos,
    wait: gone
      .filter((known) => !known.left && !compared.pending.has(known.key))
      .map(({ key, person }) => ({ key, person })),
    release: there.map((known) => known.key).filter((key) => compared.pending.has(key)),
    moves: { ...moves, arrivals },
    named: there.filter(({ left }) => !left).map(({ number }) => number),
    returned: [
      ...named.filter(({ before }) => before?.left === true).map(({ now }) => now.key),
      ...present.filter(({ left }) => left).map(({ key }) => key),
    ],
    gone: gone.map((known) => known.number),
    fresh: named.filter(({ before }) => before === undefined).map(({ now }) => now.key),
    nameless,
    photoless: named.map(({ now }) => now).filter(({ photoProblem }) => photoProblem !== undefined),
    early: [...early].map(({ now }) => now),
    late,
    ambiguous,
  };
}

/** An entry that is to be a person of its own, though it was another's. */
interface Apart {
  readonly known: Known;
  readonly person: PersonId;
}

interface Identified {
  readonly named: readonly Named[];
  readonly late: readonly SourcePerson[];
  readonly ambiguous: readonly SourcePerson[];
  readonly apart: readonly Apart[];
}

/** Who those are whom the source names for the first time. */
async function identified(batch: Batch, named: readonly Named[], compared: Compared): Promise<Identified> {
  const { matching, newPersonId } = compared;
  const fresh = matching === undefined ? [] : named.filter(({ before }) => before === undefined);
  if (matching === undefined || fresh.length === 0) return { named, late: [], ambiguous: [], apart: [] };
  const standing = ({ key, number }: Pick<Living, 'key' | 'number'>): Standing => {
    const said = batch.said.get(key);
    if (said === 'gone') return 'going';
    const stands = matching.standing({ key, number });
    return said !== undefined && stands !== 'fresh' ? 'named' : stands;
  };
  const persons = fresh.map(({ now }) => now);
  const matches = await matchesOf(persons, { ...matching, standing });
  const parted = new Map<PersonId, Apart>();
  const resolve = (each: Named): Named | undefined => {
    const match = each.before === undefined ? matches.get(each.now.key) : undefined;
    if (match === undefined) return each;
    switch (match.kind) {
      case 'one':
        return { ...each, person: match.candidate.person, shown: shownAs(match.candidate) };
      case 'anew':
        return { ...each, person: match.before.person, before: match.before, shown: shownOf(match.before) };
      case 'ambiguous':
        if (match.apart !== undefined && !batch.said.has(match.apart.key) && !parted.has(match.apart.person))
          parted.set(match.apart.person, { known: match.apart, person: newPersonId() });
        return each;
      case 'open':
        return undefined;
    }
  };
  const resolved = named.map(resolve).filter((each) => each !== undefined);
  const kindOf = ({ key }: SourcePerson): Match['kind'] | undefined => matches.get(key)?.kind;
  return {
    named: resolved,
    late: persons.filter((each) => kindOf(each) === 'open'),
    ambiguous: persons.filter((each) => kindOf(each) === 'ambiguous'),
    apart: [...parted.values()],
  };
}

interface SaidBy {
  readonly changes: readonly Change[];
  readonly links: readonly Link[];
  readonly photos: readonly Photo[];
}

/** What comes of what is said of each, with the managers. */
async function saidBy(named: readonly Named[], moves: Moves, compared: Compared): Promise<SaidBy> {
  const { managers, source, priority } = compared;
  const places = new Set(named.map(({ now }) => now.managerPlace).filter((place) => place !== undefined));
  const who = await managers.whoIsAt(places, moves);
  const changes: Change[] = [];
  const links: Link[] = [];
  const photos: Photo[] = [];
  for (const each of named) {
    const { now, person, shown } = each;
    const manager = now.managerPlace === undefined ? undefined : who.get(now.managerPlace);
    const fields = manager === undefined ? now.fields : { ...now.fields, manager };
    const change: Change | undefined =
      shown === undefined ? { kind: 'added', person, fields } : changeBy(shown, { source, fields }, priority);
    if (change !== undefined) changes.push(change);
    const link = linkOf(each, fields);
    if (link !== undefined) links.push(link);
    const bears = (change !== undefined && bearsAnew(change)) || link?.fields?.photo !== undefined;
    if (now.photo !== undefined && bears) photos.push(now.photo);
  }
  return { changes, links, photos };
}

const keysOf = ({ now, before }: Named): readonly SourceKey[] =>
  before === undefined ? [now.key] : [now.key, before.key];

/** What the person loses, and who is new. */
function partingOf({ known, person }: Apart, { source, priority }: Compared): readonly Change[] {
  const change = changeBy(shownOf(known), { source, fields: undefined }, priority);
  const added: Change = { kind: 'added', person, fields: known.own ?? known.fields };
  return change === undefined ? [added] : [change, added];
}

const partedLink = ({ known: { key, place, managerPlace, stamp }, person }: Apart): Link => ({
  key,
  person,
  place,
  ...(managerPlace !== undefined && { managerPlace }),
  ...(stamp !== undefined && { stamp }),
});

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
      if (before?.left === true) named.push(ofKnown(asKnown(before), before));
      else if (before !== undefined) present.push(before);
    } else if (said.fields.name !== undefined)
      named.push(before === undefined ? { now: said, person: newPersonId(), before } : ofKnown(said, before));
    else {
      // Who had a name and has none keeps it: more likely the right to read names was lost than the name.
      nameless.push(said);
      if (before !== undefined) present.push(before);
    }
  }
  return { named, present, gone, nameless };
}

/** As the source would say it again. */
export function asKnown({ key, fields, own: said = fields, place, managerPlace, stamp }: Known): SourcePerson {
  const { manager: _, ...own } = said;
  return {
    kind: 'person',
    key,
    fields: own,
    place,
    ...(managerPlace !== undefined && { managerPlace }),
    ...(stamp !== undefined && { stamp }),
  };
}

const ofKnown = (now: SourcePerson, before: Known): Named => ({
  now,
  before,
  person: before.person,
  shown: shownOf(before),
});

/** The keys, as the log has them, of whoever had left the source. */
const cameBack = ({ before }: Named): readonly SourceKey[] => (before?.left === true ? [before.key] : []);

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
    moved.add(before.key);
  }
  const returned = new Set(named.flatMap(cameBack));
  return { arrivals, departures, moved, removed: new Set(), returned };
}

/**
 * As the source's person is to be known from now on; undefined where that is so already. Whoever comes back is linked anew: a
 * purge may have forgotten the leaver since the log was asked.
 */
function linkOf({ now, person, before, shown }: Named, fields: Fields): Link | undefined {
  const several = shown !== undefined && shown.others.length > 0;
  const same =
    before !== undefined &&
    !before.left &&
    before.key === now.key &&
    before.place === now.place &&
    before.managerPlace === now.managerPlace &&
    before.stamp === now.stamp &&
    (!several || (before.own !== undefined && difference(before.own, fields) === undefined));
  if (same) return undefined;
  return {
    key: now.key,
    person,
    place: now.place,
    ...(before !== undefined && before.place !== now.place && before.place !== '' && { leaves: before.place }),
    ...(before !== undefined && before.key !== now.key && { replaces: before.key }),
    ...(now.managerPlace !== undefined && { managerPlace: now.managerPlace }),
    ...(now.stamp !== undefined && { stamp: now.stamp }),
    ...(several && { fields }),
  };
}
