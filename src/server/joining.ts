// What an administrator does about persons of several sources: looks who may be one, joins two, takes one apart,
// gives up a source. Nothing of it happens by itself: a person whom somebody holds would vanish from their book.

import type { WallTime } from '../base/time.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Refusal } from './administration.ts';
import type { Candidate, ChangeLog, Commit, Known, Link, SharedValue, SourceKey, SourceName } from './change-log.ts';
import { embeddedSource } from './embedded-source.ts';
import { linkOf as embeddedLinkOf } from './embedded-writing.ts';
import { Managers, nobodyMoves } from './managers.ts';
import type { MatchRule } from './match.ts';
import { changeBy, shownAs, shownOf, type Priority } from './merge.ts';
import type { Turns } from './turns.ts';

export interface JoiningPorts {
  readonly changeLog: ChangeLog;
  readonly wallClock: () => WallTime;
  readonly newPersonId: () => PersonId;
  readonly announce: (list: ChangeList) => void;
  readonly turns: Pick<Turns, 'inTurn'>;
  readonly priority: Priority;
  readonly rules: readonly MatchRule[];
  /** Sources that are followed, or written by the administrator. */
  readonly configured: ReadonlySet<SourceName>;
  /** Who is where in this source is not as it was. */
  readonly relinked: (source: SourceName) => Promise<void>;
}

/** Persons who may be one, since they have the same value. */
export interface Double {
  readonly field: string;
  readonly value: string;
  readonly persons: readonly {
    readonly person: PersonId;
    readonly name: string;
    readonly sources: readonly SourceName[];
  }[];
  /** No source knows two of them, so that they can be joined. */
  readonly joinable: boolean;
}

export type Joined = { readonly kind: 'done'; readonly list: ChangeList } | Refusal;

const most = 1000;
const pageLength = 500;

export class Joining {
  readonly #ports: JoiningPorts;

  constructor(ports: JoiningPorts) {
    this.#ports = ports;
  }

  /** At most a thousand of each rule. */
  async doubles(): Promise<readonly Double[]> {
    const { changeLog, rules } = this.#ports;
    const all: Double[] = [];
    for (const { by, among } of rules)
      for (const shared of await changeLog.shared(by, most)) {
        const double = doubleOf(shared, among);
        if (double !== undefined) all.push({ ...double, field: by });
      }
    return all;
  }

  /** `other` is `person` from now on: what their sources say is said of one, and `other` leaves the book. */
  join(person: PersonId, other: PersonId): Promise<Joined> {
    return this.#ports.turns.inTurn(async () => {
      const [kept, given] = [await this.#linksOf(person), await this.#linksOf(other)];
      for (const [id, links] of [[person, kept] as const, [other, given] as const])
        if (links.every(({ left }) => left)) return refused(404, `there is no person ${id}`);
      if (person === other) return refused(409, 'they are the same person already');
      const twice = given.find(
        ({ source, left }) => !left && kept.some((each) => !each.left && each.source === source),
      );
      if (twice !== undefined) return refused(409, `${twice.source} has an entry of each: mend that there`);
      const lists: ChangeList[] = [];
      for (const link of given) {
        const own = kept.find(({ source }) => source === link.source);
        // An entry that left a source which knows the other as well comes back, if it does, as the person of before.
        if (!link.left || own === undefined) lists.push(await this.#move(link, person, own));
      }
      return { kind: 'done', list: whole(lists) };
    });
  }

  /** What `source` says of the person is of somebody else from now on: a new person. */
  separate(person: PersonId, source: SourceName): Promise<Joined> {
    return this.#ports.turns.inTurn(async () => {
      const link = (await this.#linksOf(person)).find((each) => each.source === source && !each.left);
      if (link === undefined) return refused(404, `${source} knows no person ${person}`);
      const known = await this.#known(source, link.key);
      if (!staysWithout(known)) return refused(409, `${source} is the only one that knows ${person}`);
      const apart = { person: this.#ports.newPersonId(), fields: undefined, swapped: [] };
      return { kind: 'done', list: await this.#relink(source, known, apart) };
    });
  }

  /**
   * Nothing that the source said counts any longer; who is known by it alone is removed, of which the administrator has seen that
   * there are at most `removals`. All are remembered, should it come back.
   */
  forget(source: SourceName, removals: number): Promise<Joined> {
    const { changeLog, configured } = this.#ports;
    return this.#ports.turns.inTurn(async () => {
      if (configured.has(source))
        return refused(409, `${source} is followed still: take it out of the configuration first`);
      if ((await changeLog.countLiving(source)) === 0) return refused(404, `there is nobody of a source ${source}`);
      let alone = 0;
      for await (const page of this.#pages(source)) alone += page.filter((known) => !staysWithout(known)).length;
      if (alone > removals)
        return refused(
          409,
          `${alone} persons are known by ${source} alone and would be removed: see 'rollcall directory forget --removing ${alone}'`,
        );
      const lists: ChangeList[] = [];
      for await (const page of this.#pages(source)) lists.push(await this.#leave(source, page));
      for (const { field, persons } of (await changeLog.heldFields()).filter((hold) => hold.source === source))
        await this.#append(source, { changes: [], refill: persons.map(({ key }) => ({ key, field })) });
      await this.#append(source, { changes: [], forgetGroups: [...(await changeLog.groupsOf(source)).keys()] });
      return { kind: 'done', list: whole(lists) };
    });
  }

  async *#pages(source: SourceName): AsyncGenerator<readonly Known[]> {
    for await (const page of this.#ports.changeLog.living(source))
      for (let at = 0; at < page.length; at += pageLength) {
        const keys = page.slice(at, at + pageLength).map(({ key }) => key);
        yield [...(await this.#ports.changeLog.known(source, keys)).values()];
      }
  }

  #leave(source: SourceName, page: readonly Known[]): Promise<ChangeList> {
    const changes = page
      .map((known) => changeBy(shownOf(known), { source, fields: undefined }, this.#ports.priority))
      .filter((change) => change !== undefined);
    const left = page.map(({ key }) => key);
    return this.#append(source, { changes, left, release: left, forgetCookie: true });
  }

  /** Moves a link to `person`, whose own link of that source, which is left, goes the other way. */
  async #move(link: LinkOf, person: PersonId, own: LinkOf | undefined): Promise<ChangeList> {
    const { source } = link;
    const known = await this.#known(source, link.key);
    const fields = known.own ?? known.fields;
    const former = own === undefined || source === embeddedSource ? undefined : await this.#known(source, own.key);
    const swapped =
      former === undefined ? [] : [{ ...linkOf(former, known.person), fields: former.own ?? former.fields }];
    if (!link.left) return this.#relink(source, known, { person, fields, swapped });
    return this.#append(source, { changes: [], links: [{ ...linkOf(known, person), fields }], left: [known.key] });
  }

  /** `fields`: what the source says, where others know this person too. */
  async #relink(source: SourceName, known: Known, to: Destination): Promise<ChangeList> {
    const { changeLog, priority, relinked } = this.#ports;
    const { person, fields, swapped } = to;
    const own = known.own ?? known.fields;
    const candidate = await changeLog.candidate(person);
    const changes = [
      changeBy(shownOf(known), { source, fields: undefined }, priority),
      candidate === undefined
        ? ({ kind: 'added', person, fields: own } as const)
        : changeBy(shownAs(candidate), { source, fields: own }, priority),
    ];
    const managers = new Managers({ changeLog, source, priority, isGoing: () => false });
    const arrivals = new Map(known.place === '' ? [] : [[known.place, person] as const]);
    const managed = await managers.changes({ ...nobodyMoves, arrivals }, (key) => key === known.key);
    // The embedded book's key is the person ID, so that its link is another.
    const moved = source === embeddedSource ? embeddedLinkOf(person) : linkOf(known, person);
    const left = [...swapped, ...(moved.key === known.key ? [] : [known])].map(({ key }) => key);
    const list = await this.#append(source, {
      changes: [...changes, ...managed.changes].filter((change) => change !== undefined),
      links: [...swapped, { ...moved, ...(fields !== undefined && { fields }) }, ...managed.links],
      left,
    });
    await relinked(source);
    return list;
  }

  async #linksOf(person: PersonId): Promise<readonly LinkOf[]> {
    return (await this.#ports.changeLog.candidate(person))?.links ?? [];
  }

  async #known(source: SourceName, key: SourceKey): Promise<Known> {
    const known = (await this.#ports.changeLog.known(source, [key])).get(key);
    if (known === undefined) throw new Error(`${source} has no link ${key}`);
    return known;
  }

  async #append(source: SourceName, what: Omit<Commit, 'source' | 'at'>): Promise<ChangeList> {
    const { changeLog, wallClock, announce } = this.#ports;
    const list = await changeLog.append({ source, at: wallClock(), ...what, approved: true });
    if (list.changes.length > 0) announce(list);
    return list;
  }
}

type LinkOf = Candidate['links'][number];

interface Destination {
  readonly person: PersonId;
  readonly fields: Fields | undefined;
  /** Links that the person of before gets for it. */
  readonly swapped: readonly Link[];
}

const refused = (status: Refusal['status'], problem: string): Refusal => ({ kind: 'refused', status, problem });

const staysWithout = ({ others = [] }: Known): boolean => others.some(({ left }) => !left);

const linkOf = ({ key, place, managerPlace, stamp }: Known, person: PersonId): Link => ({
  key,
  person,
  place,
  ...(managerPlace !== undefined && { managerPlace }),
  ...(stamp !== undefined && { stamp }),
});

/** Of changes that were made one after another while nobody else made any. */
function whole(lists: readonly ChangeList[]): ChangeList {
  const [first, last] = [lists[0], lists.at(-1)];
  if (first === undefined || last === undefined) throw new Error('nothing was changed');
  return { ...first, upTo: last.upTo, changes: lists.flatMap(({ changes }) => changes) };
}

function doubleOf({ value, persons }: SharedValue, among: ReadonlySet<SourceName>): Omit<Double, 'field'> | undefined {
  const concerned = persons
    .map(({ person, fields, links }) => ({
      person,
      name: fields.name ?? '',
      sources: links.filter(({ left }) => !left).map(({ source }) => source),
    }))
    .filter(({ sources }) => sources.some((source) => among.has(source)));
  if (concerned.length < 2) return undefined;
  const sources = concerned.flatMap((each) => each.sources);
  return { value, persons: concerned, joinable: new Set(sources).size === sources.length };
}
