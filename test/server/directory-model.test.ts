// A follower, or a comparison, with its stage and its log, against a model directory that speaks LDAP: whatever happens in it and to
// the connection, at the end the log has whom the directory shows, and the brake held all the way.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instant, minutes, type Instant } from '../../src/base/time.ts';
import type { Machine } from '../../src/base/machine.ts';
import type { Fields } from '../../src/book/person.ts';
import { Comparer, type ComparerHeard } from '../../src/ldap/comparer.ts';
import { Follower } from '../../src/ldap/follower.ts';
import type { FollowerSaid } from '../../src/ldap/line.ts';
import type { DirectoryEvent } from '../../src/ldap/refresh.ts';
import { entryKey, syncCookie } from '../../src/ldap/sync.ts';
import { attributeMap } from '../../src/server/attribute-map.ts';
import { mostRemovals } from '../../src/server/brake.ts';
import type { SourceKey } from '../../src/server/change-log.ts';
import { placeOf } from '../../src/server/place.ts';
import { eventOf, listedOf } from '../../src/server/source.ts';
import { wallTime } from '../../src/base/time.ts';
import { keyText } from '../ldap/server-messages.ts';
import { Bench, key, source } from './directory.ts';
import { base, firstPerson, ModelDirectory, type Failure } from './model-directory.ts';

const brake = { count: 3, percent: 10, container: { persons: 4, percent: 60 } };
const people = 24;
const map = attributeMap({
  own: { name: [{ attribute: 'cn' }], title: [{ attribute: 'title' }], manager: [{ attribute: 'manager' }] },
});
/** Everything is read so often here, so that no day has to be lived through heartbeat by heartbeat. */
const compareEvery = minutes(20);

type Step =
  | { readonly kind: 'put'; readonly who: number; readonly rdn: number; readonly unit: number; readonly title: number }
  | { readonly kind: 'manage'; readonly who: number; readonly by: number }
  | { readonly kind: 'delete'; readonly from: number; readonly count: number }
  | { readonly kind: 'unit'; readonly unit: number; readonly name: number; readonly inside: boolean }
  | { readonly kind: 'rights'; readonly from: number; readonly count: number; readonly hide: boolean }
  | { readonly kind: 'pass'; readonly milliseconds: number }
  /** The account loses, or gets back, the right to read the titles: nothing is told of it. */
  | { readonly kind: 'titles'; readonly hide: boolean }
  | { readonly kind: 'drop' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'server-restart' }
  | { readonly kind: 'lose-cookie' }
  | { readonly kind: 'restore' }
  | { readonly kind: 'fail'; readonly failure: Failure }
  | { readonly kind: 'decide'; readonly approve: boolean };

const who = fc.nat(people - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      who,
      rdn: fc.nat(people + 3),
      unit: fc.integer({ min: -1, max: 3 }),
      title: fc.nat(2),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('manage' as const), who, by: who }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('delete' as const), from: who, count: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('unit' as const),
      unit: fc.integer({ min: 1, max: 3 }),
      name: fc.nat(2),
      inside: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('rights' as const),
      from: who,
      count: fc.integer({ min: 1, max: people }),
      hide: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      milliseconds: fc.constantFrom(1, 3000, 6000, minutes(7), minutes(11), minutes(21)),
    }),
  },
  ...(['drop', 'restart', 'server-restart', 'lose-cookie', 'restore'] as const).map((kind) => ({
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant(kind) }),
  })),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      failure: fc.record({
        skip: fc.nat(4),
        after: fc.nat(20),
        how: fc.constantFrom<Failure['how']>('closed', 4, 51, 80),
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('decide' as const), approve: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('titles' as const), hide: fc.boolean() }) },
);

const line = {
  urls: ['ldap://model'],
  startTls: false,
  dn: 'cn=sync',
  password: 'x',
  base,
  filter: '(objectClass=*)',
  attributes: ['cn', 'title', 'manager', 'objectClass'],
  random: () => 0.5,
} as const;

const machines = {
  follower: () => new Follower({ ...line, compareEvery }),
  /** One that reads everything but once, at the first. */
  'follower that is told all': () => new Follower(line),
  comparer: () => new Comparer({ ...line, keyAttribute: 'entryUUID', every: minutes(5), compareEvery }),
} as const;

class Play {
  readonly bench: Bench;
  readonly directory = new ModelDirectory();
  /** Who was shown all the time. */
  steady: ReadonlySet<string> = new Set();
  /** Who was ever at a place. */
  readonly visitors = new Map<string, Set<string>>();
  /** Where in its unit each was who is deleted: whoever is held back there goes along with the unit, for all that is told. */
  readonly #deleted = new Map<number, { readonly rdn: string; readonly unit: number }>();
  /** Things happen that the directory tells nobody of. */
  readonly #silently: boolean;
  readonly #make: () => Machine<ComparerHeard, FollowerSaid>;
  readonly #start: number;
  #machine: Machine<ComparerHeard, FollowerSaid>;
  #inbox: ComparerHeard[] = [];

  constructor(
    bench: Bench,
    { make, silently }: { readonly make: () => Machine<ComparerHeard, FollowerSaid>; readonly silently: boolean },
  ) {
    this.bench = bench;
    this.#silently = silently;
    this.#make = make;
    this.#machine = make();
    this.#start = bench.now;
  }

  get now(): Instant {
    return instant(this.bench.now - this.#start);
  }

  async step(each: Step): Promise<void> {
    const { directory, bench } = this;
    switch (each.kind) {
      case 'put':
        this.#put(each);
        break;
      case 'manage': {
        const person = directory.persons.get(firstPerson + each.who);
        const manager = directory.dnOf(firstPerson + each.by);
        if (person !== undefined && manager !== '') directory.put(firstPerson + each.who, { ...person, manager });
        break;
      }
      case 'delete':
        for (let number = 0; number < each.count; number += 1) this.#delete(firstPerson + each.from + number);
        break;
      case 'unit':
        if (this.#silently || directory.units.get(each.unit)?.inside !== false)
          directory.putUnit(each.unit, { name: `u${each.unit}-${each.name}`, inside: each.inside });
        break;
      case 'rights':
        for (let number = each.from; number < each.from + each.count; number += 1)
          if (each.hide) directory.hidden.add(firstPerson + number);
          else directory.hidden.delete(firstPerson + number);
        break;
      case 'titles':
        directory.showsTitles = !each.hide;
        break;
      case 'pass':
        return this.pass(each.milliseconds);
      case 'drop':
        return this.#drop();
      case 'restart':
        directory.disconnect();
        this.#inbox = [];
        this.#machine = this.#make();
        await bench.restart();
        return this.tell({ kind: 'start' });
      case 'server-restart':
        directory.logFrom = Infinity;
        return this.#drop();
      case 'lose-cookie':
        await bench.log.append({ source, at: bench.now, changes: [], forgetCookie: true });
        return this.#drop();
      case 'restore':
        directory.restore();
        return this.#drop();
      case 'fail':
        directory.failures.push(each.failure);
        return this.#drop();
      case 'decide':
        return this.#decide(each.approve);
    }
    this.#note();
    await this.#listen();
  }

  /** As LDAP has it, a name is taken by one entry only. */
  #put({ who: number, rdn, unit, title }: Step & { kind: 'put' }): void {
    const { directory } = this;
    if (unit > 0 && !directory.units.has(unit)) return;
    const id = firstPerson + number;
    const before = directory.persons.get(id);
    const taken = [...directory.persons].some(
      ([other, person]) => other !== id && person.rdn === `n${rdn}` && person.unit === unit,
    );
    if (taken) return;
    directory.put(id, { rdn: `n${rdn}`, unit, title: String(title), manager: before?.manager });
  }

  #delete(number: number): void {
    const person = this.directory.persons.get(number);
    if (person !== undefined) this.#deleted.set(number, person);
    this.directory.remove(number);
  }

  #note(): void {
    const { directory } = this;
    const visit = (number: number, dn: string): void => {
      const place = placeOf(dn);
      this.visitors.set(place, (this.visitors.get(place) ?? new Set()).add(keyText(number)));
    };
    for (const number of directory.persons.keys()) visit(number, directory.dnOf(number));
    for (const [number, { rdn, unit }] of this.#deleted)
      if (unit > 0) visit(number, `cn=${rdn},${directory.dnOf(unit)}`);
  }

  async #decide(approve: boolean): Promise<void> {
    for (const hold of await this.bench.log.holds()) {
      // An administrator approves only what the directory really lacks.
      const right = hold.removals.every((removal) => !this.shown().has(removal.key));
      if (approve && right) await this.bench.stage.approve(hold.id);
      // Whoever was rejected is asked about again when everything is read, which may be never here.
      else if (this.#silently) await this.bench.stage.reject(hold.id);
    }
    for (const { id } of await this.bench.log.heldFields())
      if (approve) await this.bench.stage.approve(id);
      else if (this.#silently) await this.bench.stage.reject(id);
  }

  async #drop(): Promise<void> {
    this.directory.disconnect();
    this.#inbox = [];
    await this.tell({ kind: 'closed', why: 'it was dropped' });
  }

  /** Lets time go by for all that wait. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.bench.now + milliseconds;
    for (;;) {
      const due = this.#machine.deadline();
      const at = due === undefined ? Infinity : this.#start + due;
      if (at > until) break;
      await this.bench.pass(Math.max(0, at - this.bench.now));
      await this.#carryOut(this.#machine.wake(this.now));
      await this.#deliver();
    }
    await this.bench.pass(until - this.bench.now);
  }

  async tell(heard: ComparerHeard): Promise<void> {
    this.#inbox.push(heard);
    await this.#deliver();
  }

  async #listen(): Promise<void> {
    for (const bytes of this.directory.spoken()) this.#inbox.push({ kind: 'received', bytes });
    await this.#deliver();
  }

  async #deliver(): Promise<void> {
    for (let heard = this.#inbox.shift(); heard !== undefined; heard = this.#inbox.shift())
      await this.#carryOut(this.#machine.handle(heard, this.now));
  }

  async #carryOut(said: readonly FollowerSaid[]): Promise<void> {
    const events: DirectoryEvent[] = [];
    let connecting = false;
    let closed = false;
    for (const each of said)
      if (each.kind === 'connect') connecting = true;
      else if (each.kind === 'send') closed = this.directory.hear(each.bytes) === 'closed' || closed;
      else if (each.kind === 'hang-up') {
        this.directory.disconnect();
        this.#inbox = [];
      } else if (each.kind !== 'secure') events.push(each);
    for (const bytes of this.directory.spoken()) this.#inbox.push({ kind: 'received', bytes });
    if (closed) {
      this.directory.disconnect();
      this.#inbox.push({ kind: 'closed', why: 'in the midst of it' });
    }
    await this.#take(events);
    if (!connecting) return;
    const stored = await this.bench.stage.cookie();
    const cookie = stored === undefined ? undefined : syncCookie(stored);
    this.#inbox.push({ kind: 'connected', cookie, at: this.bench.now });
  }

  async #take(events: readonly DirectoryEvent[]): Promise<void> {
    const others = events.filter((event) => event.kind !== 'listed').map((event) => eventOf(event, map));
    if (others.length > 0) await this.bench.take(...others);
    const [listed] = events.filter((event) => event.kind === 'listed');
    if (listed === undefined) return;
    const keys = (await this.bench.stage.differing(listedOf(listed.entries))).map(entryKey);
    this.#inbox.unshift({ kind: 'wanted', keys });
  }

  /** Whoever was shown all the time was never removed, not even within the brake. */
  async expectSteady(): Promise<void> {
    const [shown, living] = [this.shown(), await this.bench.living()];
    this.steady = new Set([...this.steady].filter((each) => shown.has(each)));
    expect([...this.steady].filter((each) => !living.has(key(each)))).toEqual([]);
  }

  /** The keys of all persons whom the directory shows. */
  shown(): ReadonlySet<string> {
    return new Set([...this.directory.persons.keys()].filter((number) => this.directory.shows(number)).map(keyText));
  }

  /** What the log shall have of those whom the directory shows. */
  async wanted(): Promise<Map<SourceKey, Fields>> {
    const { directory, bench } = this;
    const byPlace = new Map<string, string>();
    const shown = [...directory.persons].filter(([number]) => directory.shows(number));
    for (const [number] of shown) byPlace.set(placeOf(directory.dnOf(number)), keyText(number));
    const wanted = new Map<SourceKey, Fields>();
    for (const [number, { title, manager }] of shown) {
      const place = manager === undefined ? undefined : placeOf(manager);
      const managerKey = place === undefined ? undefined : (byPlace.get(place) ?? (await this.#formerlyAt(place)));
      const id = managerKey === undefined ? undefined : await bench.idOf(managerKey);
      wanted.set(key(keyText(number)), {
        name: `person ${number}`,
        ...(directory.showsTitles && { title }),
        ...(id !== undefined && { manager: id }),
      });
    }
    return wanted;
  }

  /** A field is held only where the directory shows none. */
  lacksHeld(field: string, of: SourceKey): boolean {
    const number = [...this.directory.persons.keys()].find((each) => keyText(each) === of);
    if (number === undefined || !this.directory.shows(number)) return true;
    return field === 'title' ? !this.directory.showsTitles : this.directory.persons.get(number)?.manager === undefined;
  }

  /** Whom a reference means to a place that nobody shown is at: of those who were there, whom the log saw there last. */
  async #formerlyAt(place: string): Promise<string | undefined> {
    const there = (await this.bench.log.knownAt(source, [place])).get(place) ?? [];
    // Whoever is held is about to leave it, and is meant last.
    const held = new Set((await this.bench.log.holds()).flatMap(({ removals }) => removals.map((each) => each.key)));
    const living = there.filter(({ left }) => !left);
    const found = (living.findLast((each) => !held.has(each.key)) ?? living.at(-1))?.key;
    if (found !== undefined) expect(this.visitors.get(place)?.has(found)).toBe(true);
    return found;
  }
}

/** Of these the directory tells by itself; of a unit with persons that comes in from outside it does not. */
const told = step.filter(({ kind }) => !['rights', 'titles', 'restore', 'lose-cookie', 'fail'].includes(kind));

async function play(
  make: () => Machine<ComparerHeard, FollowerSaid>,
  steps: readonly Step[],
  { end, silently }: { readonly end: number; readonly silently: boolean },
): Promise<void> {
  // Who is meant by a place where two were is looked at anew when everything is read: where that is never, no unit is held.
  const container = silently ? brake.container : { persons: people, percent: 100 };
  const bench = await Bench.open({ brake: { ...brake, container } });
  const played = new Play(bench, { make, silently });
  for (const unit of [1, 2, 3]) await played.step({ kind: 'unit', unit, name: 0, inside: true });
  for (let number = 0; number < people; number += 1)
    await played.step({ kind: 'put', who: number, rdn: number, unit: number % 4, title: 0 });
  for (let number = 0; number < people; number += 1)
    await played.step({ kind: 'manage', who: number, by: number >> 2 });
  await played.tell({ kind: 'start' });
  expect((await bench.living()).size).toBe(people);
  played.steady = played.shown();
  for (const each of steps) {
    await played.step(each);
    await played.expectSteady();
    const since = wallTime(bench.now - minutes(10));
    expect((await bench.log.leftSince(source, since)).length).toBeLessThanOrEqual(mostRemovals(brake, people));
  }
  played.directory.failures = [];
  await played.pass(end);
  await played.pass(end);
  const living = await bench.living();
  const held = new Set((await bench.log.holds()).flatMap((hold) => hold.removals.map((removal) => removal.key)));
  expect(await bench.settled()).toEqual(await bench.withoutHeld(await played.wanted()));
  for (const { field, persons } of await bench.log.heldFields())
    for (const each of persons) expect(played.lacksHeld(field, each.key)).toBe(true);
  expect([...held].every((each) => living.has(each) && !played.shown().has(each))).toBe(true);
  const whole = new Map<string, Fields>();
  for await (const page of (await bench.log.book()).pages) for (const each of page) whole.set(each.id, each.fields);
  expect(await bench.replayed()).toEqual(whole);
  const before = await bench.revision();
  await played.pass(end);
  expect(await bench.revision()).toBe(before);
  await bench.log[Symbol.asyncDispose]();
}

describe.each(['follower', 'comparer'] as const)('a %s', (which) => {
  test('whatever happens in the directory, to its rights, and to the connection, the log ends with whom it shows', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 50, size: 'max' }), (steps) =>
        play(machines[which], steps, { end: minutes(22), silently: true }),
      ),
      {
        numRuns: 30,
        examples: [
          [
            [
              { kind: 'manage', who: 0, by: 11 },
              { kind: 'delete', from: 7, count: 5 },
              { kind: 'titles', hide: true },
              { kind: 'put', who: 0, rdn: 11, unit: 3, title: 0 },
            ],
          ],
          [
            [
              { kind: 'delete', from: 11, count: 4 },
              { kind: 'rights', from: 9, count: 12, hide: true },
              { kind: 'unit', unit: 2, name: 1, inside: true },
              { kind: 'put', who: 20, rdn: 14, unit: 2, title: 0 },
              { kind: 'manage', who: 0, by: 20 },
            ],
          ],
        ],
      },
    ));
});

test('what a directory tells is enough: a follower that reads everything but once ends with whom it shows, too', () =>
  fc.assert(
    fc.asyncProperty(fc.array(told, { maxLength: 50, size: 'max' }), (steps) =>
      play(machines['follower that is told all'], steps, { end: minutes(2), silently: false }),
    ),
    { numRuns: 30 },
  ));
