// Two directories in which anything happens, with numbers that are shared, altered, doubled and given on: at the end each
// person is what the directories say together, and who was never ambiguous has one person ID all the time.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { milliseconds } from '../../src/base/time.ts';
import { revision } from '../../src/book/change.ts';
import { altered, type Fields } from '../../src/book/person.ts';
import type { PersonId } from '../../src/book/person-id.ts';
import type { SourceName } from '../../src/server/change-log.ts';
import type { SourcePerson } from '../../src/server/source.ts';
import { gone, key } from './directory.ts';
import { entry, ldap, Several, windows } from './several.ts';

const sources = [ldap, windows] as const;
const keys = 8;
const prefer = { fax: [windows] };

type Step =
  | {
      readonly kind: 'put';
      readonly at: number;
      readonly who: number;
      readonly number: number;
      readonly title: number | undefined;
      readonly manager: number | undefined;
    }
  | { readonly kind: 'delete'; readonly at: number; readonly who: number }
  | { readonly kind: 'reconnect'; readonly at: number; readonly from: number; readonly cutAfter: number | undefined }
  | { readonly kind: 'pass'; readonly milliseconds: number }
  | { readonly kind: 'restart' };

const at = fc.nat(1);
const who = fc.nat(keys - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      at,
      who,
      number: fc.nat(keys * 2 - 1),
      title: fc.option(fc.nat(2), { nil: undefined }),
      manager: fc.option(who, { nil: undefined }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('delete' as const), at, who }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('reconnect' as const),
      at,
      from: fc.nat(keys - 1),
      cutAfter: fc.option(fc.nat(keys), { nil: undefined }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), milliseconds: fc.constantFrom(1, 3000, 6000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

const numberOf = (person: SourcePerson): string => person.fields.employeeNumber ?? '';

class Play {
  readonly several: Several;
  // One is there always: that a directory names nobody at all the brake holds.
  readonly directories: ReadonlyMap<SourceName, Map<string, SourcePerson>> = new Map([
    [ldap, new Map([['one', entry('one')]])],
    [windows, new Map([['other', entry('other')]])],
  ]);
  readonly #connected = new Set<SourceName>();
  /** Numbers of which it was ever unclear whose they are. */
  readonly #unclear = new Set<string>();
  readonly #idOf = new Map<string, PersonId>();

  constructor(several: Several) {
    this.several = several;
  }

  in(source: SourceName): Map<string, SourcePerson> {
    return this.directories.get(source) ?? new Map<string, SourcePerson>();
  }

  async step(each: Step): Promise<void> {
    switch (each.kind) {
      case 'put':
        return this.#put(each);
      case 'delete': {
        const source = sources[each.at] ?? ldap;
        if (!this.in(source).delete(`k${each.who}`) || !this.#connected.has(source)) return;
        return this.several.take(source, gone(`k${each.who}`), { kind: 'checkpoint', cookie: 'c' });
      }
      case 'reconnect':
        return this.reconnect(sources[each.at] ?? ldap, each.from, each.cutAfter);
      case 'pass':
        return this.several.pass(each.milliseconds);
      case 'restart':
        this.#connected.clear();
        return this.several.restart();
    }
  }

  async #put({ at: index, who: whose, number, title, manager }: Step & { kind: 'put' }): Promise<void> {
    const source = sources[index] ?? ldap;
    const name = `k${whose}`;
    const fields = {
      employeeNumber: String(number),
      ...(title !== undefined && { title: `${source} ${title}`, fax: `${source} ${title}` }),
    };
    const place = { place: `cn=${name}`, ...(manager !== undefined && { managerPlace: `cn=k${manager}` }) };
    const now = entry(name, fields, place);
    const before = this.in(source).get(name);
    // A number that is altered, or that two entries have at once, is somebody's by what happened before.
    if (before !== undefined && numberOf(before) !== numberOf(now))
      for (const each of [before, now]) this.#unclear.add(numberOf(each));
    for (const [other, person] of this.in(source))
      if (other !== name && numberOf(person) === numberOf(now)) this.#unclear.add(numberOf(now));
    this.in(source).set(name, now);
    if (this.#connected.has(source)) await this.several.take(source, now, { kind: 'checkpoint', cookie: 'c' });
  }

  async reconnect(source: SourceName, from = 0, cutAfter?: number): Promise<void> {
    const all = [...this.in(source).values()];
    const turned = [...all.slice(from), ...all.slice(0, from)].slice(0, cutAfter);
    const whole = cutAfter === undefined || cutAfter >= all.length;
    const end = whole
      ? ({ kind: 'refreshed', sweep: true, cookie: 'c' } as const)
      : ({ kind: 'lost', problem: 'cut', retryInMilliseconds: milliseconds(1000) } as const);
    await this.several.take(source, { kind: 'began' }, ...turned, end);
    if (whole) this.#connected.add(source);
    else this.#connected.delete(source);
  }

  async expectSteady(): Promise<void> {
    for (const source of sources)
      for (const person of this.in(source).values()) {
        const known = await this.several.known(source, person.key);
        const number = numberOf(person);
        if (known === undefined || number === '' || this.#unclear.has(number)) continue;
        const id = this.#idOf.get(number) ?? known.person;
        expect([number, known.person]).toEqual([number, id]);
        this.#idOf.set(number, id);
      }
  }

  /** A key that comes back with another number is still the person of before, so that both numbers are unclear from then on. */
  async noteReturns(each: Step): Promise<void> {
    if (each.kind !== 'put') return;
    const known = await this.several.known(sources[each.at] ?? ldap, `k${each.who}`);
    const before = (known?.own ?? known?.fields)?.employeeNumber;
    if (before !== undefined && before !== String(each.number))
      for (const number of [before, String(each.number)]) this.#unclear.add(number);
  }

  /** What the persons are by what the directories say now, and by whom the log has linked. */
  async wanted(): Promise<Map<PersonId, Fields>> {
    const said = new Map<PersonId, Partial<Record<SourceName, Fields>>>();
    for (const source of sources)
      for (const person of this.in(source).values()) {
        const known = await this.several.known(source, person.key);
        if (known === undefined) throw new Error(`${person.key} is not known`);
        const place = person.managerPlace ?? '';
        const there = (await this.several.log.knownAt(source, [place])).get(place) ?? [];
        const manager = there.filter(({ left }) => !left).at(-1)?.person;
        const parts = said.get(known.person) ?? {};
        expect([source, parts[source]]).toEqual([source, undefined]);
        parts[source] = { ...person.fields, ...(manager !== undefined && { manager }) };
        said.set(known.person, parts);
      }
    const wanted = new Map<PersonId, Fields>();
    for (const [person, { [ldap]: first = {}, [windows]: second = {} }] of said) {
      const fax = second.fax ?? first.fax;
      wanted.set(person, { ...second, ...first, ...(fax !== undefined && { fax }) });
    }
    return wanted;
  }

  async replayed(): Promise<Map<PersonId, Fields>> {
    const persons = new Map<PersonId, Fields>();
    const since = await this.several.log.since(revision(0), 1_000_000);
    if (since.kind === 'too-old') throw new Error('the log was purged');
    for (const change of since.list.changes)
      if (change.kind === 'added') persons.set(change.person, change.fields);
      else if (change.kind === 'removed') persons.delete(change.person);
      else persons.set(change.person, altered(persons.get(change.person) ?? {}, change));
    return persons;
  }
}

test('whatever happens in two directories, persons end as both say together, and nobody who is clear gets another ID', () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const brake = { count: 1000, percent: 100, container: { persons: 1000, percent: 100 } };
      await using several = await Several.open({ prefer, brake });
      const play = new Play(several);
      for (const source of sources) {
        for (let each = 0; each < keys; each += 2)
          await play.step({
            kind: 'put',
            at: source === ldap ? 0 : 1,
            who: each,
            number: each,
            title: 0,
            manager: each >> 1,
          });
        await play.reconnect(source);
      }
      for (const each of steps) {
        await play.noteReturns(each);
        await play.step(each);
        await play.expectSteady();
      }
      for (let round = 0; round < 2; round += 1) {
        for (const source of sources) await play.reconnect(source);
        await several.pass(120_000);
      }
      await play.expectSteady();
      const persons = await several.persons();
      expect(persons).toEqual(await play.wanted());
      expect(await play.replayed()).toEqual(persons);
      for (const source of sources) {
        expect(await several.log.countLiving(source)).toBe(play.in(source).size);
        for (const name of Array.from({ length: keys }, (_, index) => `k${index}`).filter(
          (each) => !play.in(source).has(each),
        ))
          expect((await several.log.known(source, [key(name)])).get(key(name))?.left ?? true).toBe(true);
      }
      const before = await several.log.head();
      for (const source of sources) await play.reconnect(source, 3);
      expect(await several.log.head()).toEqual(before);
    }),
    { numRuns: 40 },
  ));
