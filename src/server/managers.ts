// A directory names a person's manager by place (a DN). Here the place becomes a person ID, also when
// the manager comes later, moves or leaves: then those who name that place are altered. Who moved is found by
// the old place too, until another takes it: many directories do not mend the references to a renamed entry, and
// where they do, it takes a while. Cycles need no care, since a manager is only ever looked up one step.

import { altered, type Fields } from '../book/person.ts';
import type { Change } from '../book/change.ts';
import type { PersonId } from '../book/person-id.ts';
import type { ChangeLog, Known, Link, SourceKey, SourceName } from './change-log.ts';
import { changeBy, shownOf, type Priority } from './merge.ts';

/** Who comes to places and who leaves them with one commit. */
export interface Moves {
  readonly arrivals: ReadonlyMap<string, PersonId>;
  readonly departures: ReadonlySet<string>;
  /** Whose place in the log is not true any more. */
  readonly moved: ReadonlySet<SourceKey>;
  /** Who leaves the book. */
  readonly removed: ReadonlySet<SourceKey>;
  /** Who had left the book and is back. */
  readonly returned: ReadonlySet<SourceKey>;
}

export const nobodyMoves: Moves = {
  arrivals: new Map(),
  departures: new Set(),
  moved: new Set(),
  removed: new Set(),
  returned: new Set(),
};

/** What comes of moves for those who name the places; the links of those whom other sources know too. */
export interface Managed {
  readonly changes: readonly Change[];
  readonly links: readonly Link[];
}

const placesAtOnce = 2000;

/** Places that are kept in mind; a first load asks for the same managers again and again. */
const mostKept = 20_000;

export class Managers {
  readonly #changeLog: ChangeLog;
  readonly #source: SourceName;
  readonly #priority: Priority;
  readonly #isGoing: (key: SourceKey) => boolean;
  #kept = new Map<string, PersonId | undefined>();

  /** `isGoing`: this removal waits, or is held. */
  constructor(options: {
    readonly changeLog: ChangeLog;
    readonly source: SourceName;
    readonly priority: Priority;
    readonly isGoing: (key: SourceKey) => boolean;
  }) {
    this.#changeLog = options.changeLog;
    this.#source = options.source;
    this.#priority = options.priority;
    this.#isGoing = options.isGoing;
  }

  /** Who is at each of `places` once `moves` are committed. */
  async whoIsAt(places: ReadonlySet<string>, moves: Moves): Promise<ReadonlyMap<string, PersonId | undefined>> {
    const found = new Map<string, PersonId | undefined>();
    const asked: string[] = [];
    for (const place of places) {
      const arrived = moves.arrivals.get(place);
      if (arrived !== undefined) found.set(place, arrived);
      else if (!moves.departures.has(place) && this.#kept.has(place)) found.set(place, this.#kept.get(place));
      else asked.push(place);
    }
    if (asked.length === 0) return found;
    for (const place of asked) found.set(place, undefined);
    for (const [place, there] of await this.#changeLog.knownAt(this.#source, asked))
      found.set(place, this.#whoStays(there, moves));
    if (this.#kept.size + asked.length > mostKept) this.#kept.clear();
    for (const place of asked) if (!moves.departures.has(place)) this.#kept.set(place, found.get(place));
    return found;
  }

  /** What the moves alter for those who name these places as their manager's; `handled` are left out. */
  async changes(moves: Moves, handled: (key: SourceKey) => boolean): Promise<Managed> {
    const places = [...new Set([...moves.arrivals.keys(), ...moves.departures])];
    const changes: Change[] = [];
    const links: Link[] = [];
    // Where a large source leaves, nearly all are under somebody.
    for (let at = 0; at < places.length; at += placesAtOnce) {
      const under = await this.#changeLog.knownUnder(this.#source, places.slice(at, at + placesAtOnce));
      const concerned = under.filter((known) => !known.left && !handled(known.key));
      const managed = await this.#changesOf(concerned, moves);
      for (const change of managed.changes) changes.push(change);
      for (const link of managed.links) links.push(link);
    }
    return { changes, links };
  }

  /** What is to be altered of `known`, since others are at the places that they name. */
  recheck(known: readonly Known[]): Promise<Managed> {
    return this.#changesOf(known, nobodyMoves);
  }

  /** Where whoever comes back, or leaves the book, is looked for beside the present place. */
  formerPlaces(keys: readonly SourceKey[]): Promise<readonly string[]> {
    return keys.length === 0 ? Promise.resolve([]) : this.#changeLog.formerPlaces(this.#source, keys);
  }

  /**
   * Two at one place: one left it, and is not removed yet, or the source has not said so yet. Whoever is going is not meant; of
   * others the newer one. Who moves away now is found there as long as nobody else is.
   */
  #whoStays(there: readonly Known[], { moved, removed, returned }: Moves): PersonId | undefined {
    const living = there
      .filter(({ key, left }) => (!left || returned.has(key)) && !removed.has(key))
      .sort((a, b) => Number(this.#isGoing(b.key)) - Number(this.#isGoing(a.key)) || a.number - b.number);
    return (living.findLast((known) => !moved.has(known.key)) ?? living.at(-1))?.person;
  }

  async #changesOf(concerned: readonly Known[], moves: Moves): Promise<Managed> {
    const changes: Change[] = [];
    const links: Link[] = [];
    if (concerned.length === 0) return { changes, links };
    const who = await this.whoIsAt(new Set(concerned.map((known) => known.managerPlace ?? '')), moves);
    for (const known of concerned) {
      const before = known.own ?? known.fields;
      const fields = withManager(before, who.get(known.managerPlace ?? ''));
      if (fields.manager === before.manager) continue;
      const change = changeBy(shownOf(known), { source: this.#source, fields }, this.#priority);
      if (change !== undefined) changes.push(change);
      if (known.own !== undefined) links.push(relinked(known, fields));
    }
    return { changes, links };
  }

  /** `moves` are committed. */
  committed(moves: Moves): void {
    for (const place of moves.departures) this.#kept.delete(place);
    // Whoever moved to a place is meant there, though somebody newer has not left it yet.
    const anybodyMoved = moves.moved.size > 0 || moves.returned.size > 0;
    if (anybodyMoved && this.#kept.size + moves.arrivals.size > mostKept) this.#kept.clear();
    for (const [place, person] of moves.arrivals)
      if (anybodyMoved || this.#kept.has(place)) this.#kept.set(place, person);
  }

  /** What was committed is not sure: ask the log again. */
  forget(): void {
    this.#kept.clear();
  }
}

const withManager = (fields: Fields, manager: PersonId | undefined): Fields =>
  altered(fields, {
    from: fields.manager === undefined ? {} : { manager: fields.manager },
    to: manager === undefined ? {} : { manager },
  });

const relinked = ({ key, person, place, managerPlace, stamp }: Known, fields: Fields): Link => ({
  key,
  person,
  place,
  fields,
  ...(managerPlace !== undefined && { managerPlace }),
  ...(stamp !== undefined && { stamp }),
});
