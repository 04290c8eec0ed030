// What every change log does, whatever it is stored in. Called with an opener for each store.

import { afterEach, describe, expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { revision, type Change } from '../../src/book/change.ts';
import type { Fields } from '../../src/book/person.ts';
import { personId, type PersonId } from '../../src/book/person-id.ts';
import { photoHash } from '../../src/book/photo.ts';
import {
  holdId,
  sourceKey,
  sourceName,
  type ChangeLog,
  type Commit,
  type Known,
  type PersonAt,
} from '../../src/server/change-log.ts';
import { photo } from '../peers/pictures.ts';

const hq = sourceName('headquarters');
const branch = sourceName('branch');
const ada = personId('ada2');
const ben = personId('ben2');
const cho = personId('chow');
const dan = personId('dann');
const key = (name: string): ReturnType<typeof sourceKey> => sourceKey(`key-of-${name}`);
const at = wallTime(1_700_000_000_000);
const after = (ms: number): typeof at => wallTime(at + ms);

const added = (person: PersonId, fields: Fields): Change => ({ kind: 'added', person, fields });
const removed = (person: PersonId): Change => ({ kind: 'removed', person });
const commit = (changes: readonly Change[], more: Partial<Commit> = {}): Commit => ({
  source: hq,
  at,
  changes,
  ...more,
});
const numbered = (number: number): PersonId =>
  personId(
    `p${String(number)
      .padStart(4, '0')
      .replaceAll(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)))}`,
  );
const adaFields: Fields = { name: 'Ada Lovelace', officeTelephone: '+86 10 8001', department: 'Engineering' };
const benFields: Fields = { name: '本·卡特', mail: 'ben@example.com' };
const link = (person: PersonId, place = ''): { key: ReturnType<typeof key>; person: PersonId; place: string } => ({
  key: key(person),
  person,
  place,
});
const twoPersons: Commit = commit([added(ada, adaFields), added(ben, benFields)], {
  links: [link(ada, 'uid=ada'), { ...link(ben, 'uid=ben'), managerPlace: 'uid=ada' }],
  cookie: 'one',
});
const all = async <Item>(pages: AsyncIterable<readonly Item[]>): Promise<Item[]> => {
  const items: Item[] = [];
  for await (const page of pages) items.push(...page);
  return items;
};

export function changeLogContract(what: string, open: () => Promise<ChangeLog>): void {
  describe(`a change log (${what})`, () => {
    let opened: ChangeLog[] = [];
    const fresh = async (): Promise<ChangeLog> => {
      const log = await open();
      opened.push(log);
      return log;
    };
    afterEach(async () => {
      for (const log of opened) await log[Symbol.asyncDispose]();
      opened = [];
    });

    test('begins empty at revision 0, with a book of its own', async () => {
      const [one, other] = [await (await fresh()).head(), await (await fresh()).head()];
      expect(one).toMatchObject({ revision: 0, oldest: 0 });
      expect(one.book).not.toBe(other.book);
    });

    test('numbers changes one by one and gives them back as they were, oldest first', async () => {
      const log = await fresh();
      const list = await log.append(twoPersons);
      expect(list).toMatchObject({ after: 0, upTo: 2, changes: twoPersons.changes });
      const alteration: Change = {
        kind: 'altered',
        person: ada,
        from: { officeTelephone: '+86 10 8001' },
        to: { officeTelephone: '8002', title: 'Countess' },
      };
      await log.append(commit([alteration, removed(ben)]));
      const since = await log.since(revision(0), 100);
      expect(since).toEqual({
        kind: 'changes',
        list: { book: list.book, after: 0, upTo: 4, changes: [...twoPersons.changes, alteration, removed(ben)] },
      });
      expect(await log.since(revision(1), 2)).toMatchObject({
        list: { after: 1, upTo: 3, changes: [twoPersons.changes[1], alteration] },
      });
      expect(await log.since(revision(4), 2)).toMatchObject({
        kind: 'changes',
        list: { after: 4, upTo: 4, changes: [] },
      });
    });

    test('says too-old for a revision that it has not reached: it was restored from an old copy', async () => {
      const log = await fresh();
      await log.append(twoPersons);
      expect(await log.since(revision(3), 10)).toEqual({ kind: 'too-old', oldest: 0 });
    });

    test('tells what is new whole, and of whom it is too much who was added, unless one of them is removed again', async () => {
      const log = await fresh();
      const { book, changes } = await log.append(twoPersons);
      const whole = { kind: 'changes', list: { book, after: 0, upTo: 2, changes } };
      expect(await log.news(revision(0), { changes: 9, octets: 1000 })).toEqual(whole);
      expect(await log.news(revision(0), { changes: 9, octets: 0 })).toEqual({
        kind: 'changes',
        list: { book, after: 0, upTo: 2, changes: [], added: [ada, ben] },
      });
      const alteration = { kind: 'altered', person: ada, from: {}, to: { title: 'Countess' } } as const;
      await log.append(commit([alteration, added(cho, { name: 'Cho' })]));
      expect(await log.news(revision(1), { changes: 2, octets: 0 })).toEqual({
        kind: 'changes',
        list: { book, after: 1, upTo: 3, changes: [alteration], added: [ben] },
      });
      expect(await log.news(revision(2), { changes: 1, octets: 0 })).toMatchObject({ list: { changes: [alteration] } });
      await log.append(commit([removed(cho)]));
      expect(await log.news(revision(3), { changes: 9, octets: 0 })).toMatchObject({
        list: { after: 3, upTo: 5, changes: [{ kind: 'added', person: cho }, removed(cho)] },
      });
      expect(await log.news(revision(5), { changes: 9, octets: 0 })).toMatchObject({ list: { upTo: 5, changes: [] } });
      expect(await log.news(revision(6), { changes: 9, octets: 0 })).toEqual({ kind: 'too-old', oldest: 0 });
    });

    test('an empty commit keeps the revision and saves the cookie', async () => {
      const log = await fresh();
      await log.append(twoPersons);
      expect(await log.append(commit([], { cookie: 'two' }))).toMatchObject({ after: 2, upTo: 2, changes: [] });
      expect(await log.cookie(hq)).toBe('two');
      expect(await log.cookie(branch)).toBeUndefined();
      await log.append(commit([]));
      expect(await log.cookie(hq)).toBe('two');
      await log.append(commit([], { forgetCookie: true }));
      expect(await log.cookie(hq)).toBeUndefined();
    });

    test('the settings of a source are kept until others are said', async () => {
      const log = await fresh();
      await log.append(twoPersons);
      expect(await log.settings(hq)).toBeUndefined();
      expect(await log.append(commit([], { settings: '{"base":"dc=x"}' }))).toMatchObject({ after: 2, upTo: 2 });
      await log.append(commit([], { cookie: 'two' }));
      expect([await log.settings(hq), await log.settings(branch)]).toEqual(['{"base":"dc=x"}', undefined]);
      await log.append(commit([], { settings: '{}', forgetCookie: true }));
      expect([await log.settings(hq), await log.cookie(hq)]).toEqual(['{}', undefined]);
    });

    test.each([
      ['added who lives', [added(ada, adaFields)]],
      ['altered who is not known', [{ kind: 'altered', person: cho, from: {}, to: { title: 'x' } } as const]],
      ['removed twice', [removed(ben), removed(ben)]],
    ])('a change that does not fit (%s) is refused, and nothing of its commit is kept', async (_, changes) => {
      const log = await fresh();
      await log.append(twoPersons);
      await expect(
        log.append(commit([added(dan, { name: 'Dan' }), ...changes], { cookie: 'wrong', source: branch })),
      ).rejects.toThrow(/cannot be/);
      expect(await log.head()).toMatchObject({ revision: 2 });
      expect(await log.cookie(branch)).toBeUndefined();
      expect((await log.persons([dan])).persons).toEqual([]);
      // The source that the failed commit named first can be named again.
      await log.append(commit([added(dan, { name: 'Dan' })], { source: branch, cookie: 'right' }));
      expect(await log.cookie(branch)).toBe('right');
    });

    test('a link to a person whom nobody knows is refused', async () => {
      const log = await fresh();
      await expect(log.append(commit([], { links: [link(ada)] }))).rejects.toThrow(/linked/);
    });

    test('a person who left keeps link and fields, lives no more, and may come back', async () => {
      const log = await fresh();
      await log.append(twoPersons);
      await log.append(commit([removed(ada)], { at: after(5) }));
      const known = await log.known(hq, [key('ada2'), key('nobody')]);
      expect([...known]).toEqual([
        [
          key('ada2'),
          {
            key: key('ada2'),
            number: expect.any(Number),
            person: ada,
            fields: adaFields,
            place: 'uid=ada',
            left: true,
          },
        ],
      ]);
      expect((await log.persons([ada, ben, cho])).persons).toEqual([{ id: ben, revision: 2, fields: benFields }]);
      expect(await log.countLiving(hq)).toBe(1);
      await log.append(commit([added(ada, { name: 'Ada King' })], { links: [link(ada, 'uid=ada')] }));
      expect(await log.countLiving(hq)).toBe(2);
      expect(await log.persons([ada])).toMatchObject({
        head: { revision: 4 },
        persons: [{ id: ada, revision: 4, fields: { name: 'Ada King' } }],
      });
      expect((await log.known(hq, [key('ada2')])).get(key('ada2'))?.left).toBe(false);
    });

    test('knows by place and by manager’s place; a link that is given again is the same link at a new place', async () => {
      const log = await fresh();
      await log.append(twoPersons);
      const ids = (known: readonly Known[]): unknown[] => known.map((each) => each.person).sort();
      const at = async (source: typeof hq, ...places: readonly string[]): Promise<unknown[]> =>
        ids([...(await log.knownAt(source, places)).values()].flat());
      expect(await at(hq, 'uid=ada', 'uid=ben')).toEqual([ada, ben]);
      expect(ids(await log.knownUnder(hq, ['uid=ada', 'uid=ben']))).toEqual([ben]);
      expect(ids(await log.knownUnder(branch, ['uid=ada']))).toEqual([]);
      expect(await at(branch, 'uid=ada')).toEqual([]);
      const before = (await log.known(hq, [key('ada2')])).get(key('ada2'))?.number;
      await log.append(commit([], { links: [link(ada, 'uid=ada,ou=new')] }));
      expect(await at(hq, 'uid=ada,ou=new')).toEqual([ada]);
      expect(await at(hq, 'uid=ben')).toEqual([ben]);
      expect(await at(hq, '')).toEqual([]);
      expect((await log.known(hq, [key('ada2')])).get(key('ada2'))?.number).toBe(before);
    });

    test('who moved is known by the old place, until another takes it or this person leaves', async () => {
      const log = await fresh();
      await log.append(twoPersons);
      const at = async (place: string): Promise<unknown[]> =>
        ((await log.knownAt(hq, [place])).get(place) ?? []).filter(({ left }) => !left).map(({ person }) => person);
      const former = (): Promise<unknown> => log.formerPlaces(hq, [key('ada2'), key('ben2')]);
      expect(await former()).toEqual([]);
      await log.append(commit([], { links: [{ ...link(ada, 'uid=countess'), leaves: 'uid=ada' }] }));
      await log.append(commit([], { links: [{ ...link(ada, 'uid=king'), leaves: 'uid=countess' }] }));
      expect(await Promise.all(['uid=ada', 'uid=countess', 'uid=king'].map(at))).toEqual([[ada], [ada], [ada]]);
      expect(await former()).toEqual(['uid=ada', 'uid=countess']);
      expect((await log.knownAt(branch, ['uid=ada'])).get('uid=ada')).toEqual([]);
      // Both move in one commit, to each other's place.
      await log.append(
        commit([], {
          links: [
            { ...link(ada, 'uid=ben'), leaves: 'uid=king' },
            { ...link(ben, 'uid=king'), leaves: 'uid=ben', managerPlace: 'uid=ada' },
          ],
        }),
      );
      expect(await Promise.all(['uid=ben', 'uid=king', 'uid=ada'].map(at))).toEqual([[ada], [ben], [ada]]);
      await log.append(commit([added(cho, { name: 'Cho' })], { links: [link(cho, 'uid=ada')] }));
      expect(await at('uid=ada')).toEqual([cho]);
      await log.append(commit([removed(cho)]));
      expect(await at('uid=ada')).toEqual([]); // it was hers, and not Ada's any more
      await log.append(commit([removed(ada)]));
      expect(await at('uid=countess')).toEqual([]);
      await log.append(commit([added(ada, adaFields)], { links: [link(ada, 'uid=ben')] }));
      expect(await at('uid=countess')).toEqual([ada]);
    });

    test('a container is kept at its place until it is forgotten', async () => {
      const log = await fresh();
      const north = key('north');
      expect(await log.container(hq, north)).toBeUndefined();
      await log.append(commit([], { containers: [{ key: north, place: 'ou=north' }] }));
      expect(await log.container(hq, north)).toBe('ou=north');
      expect(await log.container(branch, north)).toBeUndefined();
      await log.append(commit([], { forgetContainers: [north, key('unheard')] }));
      expect(await log.container(hq, north)).toBeUndefined();
    });

    test('what is below a place is relocated, persons and containers, and nothing beside it, however often', async () => {
      const log = await fresh();
      const many = Array.from({ length: 1203 }, (_, at) => numbered(at));
      const places = (person: PersonId, at: number): string =>
        `uid=${person},${['ou=a,ou=north', 'ou=north', 'ou=northeast', 'xou=north', 'ou=north,ou=x'][at % 5]}`;
      await log.append(
        commit(
          many.map((person) => added(person, { name: person })),
          {
            links: many.map((person, at) => ({
              ...link(person, places(person, at)),
              managerPlace: places(person, at),
            })),
            containers: [
              { key: key('north'), place: 'ou=north' },
              { key: key('a'), place: 'ou=a,ou=north' },
              { key: key('northeast'), place: 'ou=northeast' },
            ],
          },
        ),
      );
      await log.append({ ...commit([added(ada, adaFields)]), source: branch, links: [link(ada, 'uid=ada,ou=north')] });
      const known = async (): Promise<ReadonlyMap<unknown, Known>> =>
        log.known(
          hq,
          many.map((person) => key(person)),
        );
      const moved = (place: string): string => place.replace(/(,(?:ou=a,)?)ou=north$/, '$1ou=south,ou=y');
      for (const repeat of [1, 2]) {
        await log.relocate(hq, { from: 'ou=north', to: 'ou=south,ou=y' });
        const now = await known();
        expect(
          many.map((person) => now.get(key(person))?.place),
          `time ${repeat}`,
        ).toEqual(many.map((person, at) => moved(places(person, at))));
      }
      const [first] = many;
      if (first === undefined) throw new Error('nobody');
      for (const place of [places(first, 0), moved(places(first, 0))])
        expect((await log.knownAt(hq, [place])).get(place)?.map(({ person }) => person)).toEqual([first]);
      const containers = await Promise.all(['north', 'a', 'northeast'].map((name) => log.container(hq, key(name))));
      expect(containers).toEqual(['ou=south,ou=y', 'ou=a,ou=south,ou=y', 'ou=northeast']);
      expect((await log.known(branch, [key('ada2')])).get(key('ada2'))?.place).toBe('uid=ada,ou=north');
      expect(await all(log.below(hq, 'ou=north'))).toEqual([]);
      expect((await all(log.below(hq, 'ou=south,ou=y'))).length).toBe(Math.ceil(1203 / 5) + Math.ceil(1202 / 5));
      // What names a manager is the directory's own word, and stays.
      expect((await all(log.managedFrom(hq, 'ou=a,ou=north'))).length).toBe(Math.ceil(1203 / 5));
      expect(await all(log.managedFrom(hq, 'ou=south,ou=y'))).toEqual([]);
    });

    test('the whole book and the living of a source come in pages, each person once, whatever their number', async () => {
      const log = await fresh();
      const many = Array.from({ length: 2501 }, (_, index) => numbered(index));
      await log.append(
        commit(
          many.map((id, index) => added(id, { name: `Person ${index}` })),
          { links: many.map((id) => ({ key: sourceKey(id), person: id, place: '' })) },
        ),
      );
      await log.append(commit([removed(many[7] ?? ada)]));
      const { head, pages } = await log.book();
      // Written after the book was asked for: not in it.
      await log.append(
        commit([added(ada, adaFields), { kind: 'altered', person: many[0] ?? ada, from: {}, to: { title: 'late' } }]),
      );
      const persons = await all<PersonAt>(pages);
      expect(head.revision).toBe(2502);
      expect(persons.map((person) => person.id)).toEqual(many.filter((_, index) => index !== 7).sort());
      expect(persons.every((person) => person.fields.title === undefined)).toBe(true);
      const living = await all(log.living(hq));
      expect(living.map((each) => each.person)).toEqual(many.filter((_, index) => index !== 7));
      expect(living.every((each, index) => index === 0 || each.number > (living[index - 1]?.number ?? 0))).toBe(true);
      expect(await all(log.living(branch))).toEqual([]);
    });

    test('a whole book that is read only in part holds nothing back', async () => {
      const log = await fresh();
      await log.append(twoPersons);
      for await (const page of (await log.book()).pages) {
        expect(page).toHaveLength(2);
        break;
      }
      await log.book();
      await log.append(commit([removed(ada)]));
      expect(await log.head()).toMatchObject({ revision: 3 });
    });

    test('looks up by every word, in the order of names, and follows each change', async () => {
      const log = await fresh();
      const found = async (text: string): Promise<unknown[]> =>
        (await log.lookUp({ text, limit: 10 })).persons.map((person) => person.id);
      expect(await found('')).toEqual([]);
      await log.append(twoPersons);
      await log.append(commit([added(cho, { name: '张伟', department: 'Engineering' })]));
      expect(await found('')).toEqual([ada, ben, cho]);
      const first = await log.lookUp({ text: 'engineering', limit: 1 });
      expect(first).toMatchObject({
        head: { revision: 3 },
        total: 2,
        asTyped: 2,
        complete: true,
        persons: [{ id: ada }],
      });
      if (first.next === undefined) throw new Error('there is no second page');
      const second = await log.lookUp({ text: 'engineering', limit: 1, after: first.next });
      expect(second).toMatchObject({ head: { revision: 3 }, total: 2, persons: [{ id: cho }] });
      expect(second.next).toBeUndefined();
      expect(await found('engineering love')).toEqual([ada]);
      expect(await found('zw')).toEqual([cho]);
      expect(await found('%')).toEqual([]);
      await log.append(
        commit([
          { kind: 'altered', person: ada, from: { name: 'Ada Lovelace' }, to: { name: 'Zoe King' } },
          removed(ben),
        ]),
      );
      expect(await found('')).toEqual([cho, ada]);
      expect(await found('love')).toEqual([]);
      expect(await found('king')).toEqual([ada]);
      await log.append(commit([added(ben, benFields)]));
      expect(await found('')).toEqual([ben, cho, ada]);
    });

    test('tells where those were who were removed from a time on, but not of removals that were approved', async () => {
      const log = await fresh();
      await log.append(twoPersons);
      await log.append(commit([removed(ada)], { at: after(10) }));
      await log.append(commit([removed(ben)], { at: after(20), approved: true }));
      expect(await log.leftSince(hq, after(10))).toEqual(['uid=ada']);
      expect(await log.leftSince(hq, after(11))).toEqual([]);
      expect(await log.leftSince(branch, after(0))).toEqual([]);
    });

    test('an approved hold is remembered with those who are not back, until it is undone', async () => {
      const log = await fresh();
      await log.append(twoPersons);
      const removals = [ada, ben].map((person) => ({ key: key(person === ada ? 'ada2' : 'ben2'), person }));
      const hold = { id: holdId('one'), source: hq, reason: 'many', at, removals };
      const approving = { approved: true, approves: hold, at: after(10) } as const;
      await log.append(commit([removed(ada), removed(ben)], approving));
      expect(await log.approvedHolds()).toEqual([{ ...hold, at: after(10) }]);
      await log.append(commit([added(ada, adaFields)], { links: [link(ada, 'uid=ada')] }));
      expect(await log.approvedHolds()).toEqual([{ ...hold, at: after(10), removals: removals.slice(1) }]);
      await log.append(commit([], { source: branch, undoes: hold.id }));
      expect(await log.approvedHolds()).toHaveLength(1);
      await log.append(commit([], { undoes: hold.id }));
      expect(await log.approvedHolds()).toEqual([]);
    });

    test('a held field has its persons until they have a value again or are removed; a second of its ID joins it', async () => {
      const log = await fresh();
      await log.append(twoPersons);
      await log.append(
        commit([added(cho, { name: 'Cho', mail: 'cho@example.com' })], { links: [link(cho, 'uid=cho')] }),
      );
      expect(await log.countBearing(hq, 'mail')).toBe(2);
      expect(await log.countBearing(branch, 'mail')).toBe(0);
      const hold = { id: holdId('one'), source: hq, reason: 'many', at, field: 'mail' } as const;
      const [one, two] = [ben, cho].map((person) => ({ key: key(person), person }));
      if (one === undefined || two === undefined) throw new Error('two persons');
      await log.append(commit([], { holdFields: [{ ...hold, persons: [one] }] }));
      await log.append(commit([], { holdFields: [{ ...hold, reason: 'more', at: after(5), persons: [two] }] }));
      expect(await log.heldFields()).toEqual([{ ...hold, reason: 'more', persons: [one, two] }]);
      expect([await log.holds(), await log.countHeld(hq)]).toEqual([[], 2]);
      await log.append(
        commit([], {
          refill: [
            { key: one.key, field: 'mail' },
            { key: two.key, field: 'title' },
          ],
        }),
      );
      expect(await log.heldFields()).toEqual([{ ...hold, reason: 'more', persons: [two] }]);
      await log.append(commit([removed(cho)]));
      expect(await log.heldFields()).toEqual([]);
    });

    test('removals wait since they first came, and go when they are released', async () => {
      const log = await fresh();
      await log.append(twoPersons);
      const removals = [
        { key: key('ada2'), person: ada },
        { key: key('ben2'), person: ben },
      ];
      await log.append(commit([], { wait: removals }));
      await log.append(commit([], { wait: removals.slice(0, 1), at: after(100) }));
      expect(await log.waiting(hq)).toEqual(removals.map((removal) => ({ ...removal, since: at })));
      await log.append(commit([], { release: [key('ada2'), key('nobody')] }));
      expect(await log.waiting(hq)).toEqual([{ key: key('ben2'), person: ben, since: at }]);
      expect(await log.waiting(branch)).toEqual([]);
    });

    test('a hold takes what waited, and ends with the last of its removals', async () => {
      const log = await fresh();
      await log.append(twoPersons);
      const [first, second] = [
        { key: key('ada2'), person: ada },
        { key: key('ben2'), person: ben },
      ];
      await log.append(commit([], { wait: [first] }));
      const hold = {
        id: holdId('hold-1'),
        source: hq,
        reason: 'all of them would go',
        at: after(1),
        removals: [first, second],
      };
      expect(await log.countHeld(hq)).toBe(0);
      await log.append(commit([], { hold, cookie: 'two' }));
      expect(await log.waiting(hq)).toEqual([]);
      expect([await log.holds(), await log.countHeld(hq)]).toEqual([[hold], 2]);
      // What is held does not begin to wait again.
      await log.append(commit([], { wait: [first] }));
      expect(await log.waiting(hq)).toEqual([]);
      await log.append(commit([], { release: [first.key] }));
      expect(await log.holds()).toEqual([{ ...hold, removals: [second] }]);
      await log.append(commit([removed(ben)], { release: [second.key], approved: true }));
      expect(await log.holds()).toEqual([]);
    });

    test('purge moves the oldest revision by count and by age, never back, and keeps every living person', async () => {
      const log = await fresh();
      await log.append(twoPersons);
      await log.append(commit([removed(ben)], { at: after(10) }));
      await log.append(commit([added(cho, { name: 'Cho' })], { at: after(20) }));
      await log.purge({ keep: 100, before: at, leftBefore: after(0) });
      expect(await log.head()).toMatchObject({ revision: 4, oldest: 0 });
      await log.purge({ keep: 100, before: after(10), leftBefore: after(100) });
      expect(await log.head()).toMatchObject({ revision: 4, oldest: 2 });
      expect(await log.since(revision(1), 9)).toEqual({ kind: 'too-old', oldest: 2 });
      expect(await log.since(revision(2), 9)).toMatchObject({ list: { changes: [removed(ben), { kind: 'added' }] } });
      // Ben's removal is still told of, so Ben is still known.
      expect((await log.known(hq, [key('ben2')])).size).toBe(1);
      await log.purge({ keep: 1, before: at, leftBefore: after(10) });
      expect(await log.head()).toMatchObject({ oldest: 3 });
      expect((await log.known(hq, [key('ben2')])).size).toBe(1);
      await log.purge({ keep: 1, before: at, leftBefore: after(11) });
      expect((await log.known(hq, [key('ben2')])).size).toBe(0);
      await log.purge({ keep: 0, before: at, leftBefore: at });
      await log.purge({ keep: 100, before: at, leftBefore: at });
      expect(await log.head()).toMatchObject({ revision: 4, oldest: 4 });
      expect(await log.since(revision(4), 9)).toMatchObject({ kind: 'changes' });
      expect((await all<PersonAt>((await log.book()).pages)).map((person) => person.id)).toEqual([ada, cho]);
      expect((await log.lookUp({ text: '', limit: 9 })).total).toBe(2);
    });

    test('purge forgets nothing after the revision up to which it may, however old that is and however little is to be kept', async () => {
      const log = await fresh();
      await log.append(twoPersons);
      await log.append(commit([removed(ben)]));
      await log.purge({ keep: 0, before: after(10), leftBefore: after(10), upTo: revision(1) });
      expect(await log.head()).toMatchObject({ revision: 3, oldest: 1 });
      // His removal is not told yet, so Ben is still known.
      expect((await log.known(hq, [key('ben2')])).size).toBe(1);
      await log.purge({ keep: 3, before: at, leftBefore: at, upTo: revision(0) });
      expect(await log.head()).toMatchObject({ revision: 3, oldest: 1 });
      await log.purge({ keep: 1, before: at, leftBefore: at, upTo: revision(3) });
      expect(await log.head()).toMatchObject({ revision: 3, oldest: 2 });
    });

    const [red, blue] = [photo(1), photo(2, 20_000, 'image/png')];
    const bears = (person: PersonId, by: typeof red): Change => added(person, { name: person, photo: by.hash });
    const alteredPhoto = (person: PersonId, from: typeof red | undefined, to: typeof red | undefined): Change => ({
      kind: 'altered',
      person,
      from: from === undefined ? {} : { photo: from.hash },
      to: to === undefined ? {} : { photo: to.hash },
    });

    test('a photo is kept once by its hash, byte for byte, and as long as somebody bears it', async () => {
      const log = await fresh();
      expect(await log.photo(red.hash)).toBeUndefined();
      await log.append(commit([bears(ada, red), bears(ben, red), bears(cho, blue)], { photos: [red, red, blue] }));
      expect(await log.photo(red.hash)).toEqual(red);
      expect(await log.photo(blue.hash)).toEqual(blue);
      await log.append(commit([alteredPhoto(ada, red, blue)]));
      expect(await log.photo(red.hash)).toEqual(red);
      await log.append(commit([alteredPhoto(ben, red, undefined)]));
      expect(await log.photo(red.hash)).toBeUndefined();
      expect(await log.photo(blue.hash)).toEqual(blue);
    });

    test('two who change photos with each other in one commit lose neither', async () => {
      const log = await fresh();
      await log.append(commit([bears(ada, red), bears(ben, blue)], { photos: [red, blue] }));
      await log.append(commit([alteredPhoto(ada, red, blue), alteredPhoto(ben, blue, red)], { photos: [blue, red] }));
      expect([await log.photo(red.hash), await log.photo(blue.hash)]).toEqual([red, blue]);
    });

    test('a photo that no change of its commit names is not kept', async () => {
      const log = await fresh();
      await log.append(commit([added(ada, adaFields)], { photos: [red] }));
      await log.append(commit([alteredPhoto(ada, undefined, blue)], { photos: [blue] }));
      await log.append(commit([alteredPhoto(ada, blue, red)], { photos: [red] }));
      expect(await log.photo(blue.hash)).toBeUndefined();
      expect(await log.photo(red.hash)).toEqual(red);
    });

    test('a change that names a photo of which nobody gave the bytes is refused, and nothing of its commit is kept', async () => {
      const log = await fresh();
      await log.append(twoPersons);
      const wrong = commit([alteredPhoto(ada, undefined, red), alteredPhoto(ben, undefined, blue)], {
        photos: [red],
        cookie: 'two',
      });
      await expect(log.append(wrong)).rejects.toThrow(/nobody can bear the photo/);
      expect(await log.head()).toMatchObject({ revision: 2 });
      expect(await log.cookie(hq)).toBe('one');
      await log.append(commit([alteredPhoto(ada, undefined, red)], { photos: [red] }));
      expect(await log.photo(red.hash)).toEqual(red);
    });

    test('the photo of one who left is shown to nobody, and is there again with their return', async () => {
      const log = await fresh();
      await log.append(commit([bears(ada, red)], { photos: [red], links: [link(ada)] }));
      await log.append(commit([removed(ada)]));
      expect(await log.photo(red.hash)).toBeUndefined();
      await log.append(commit([bears(ada, red)]));
      expect(await log.photo(red.hash)).toEqual(red);
      await log.append(commit([removed(ada)]));
      await log.append(commit([added(ada, adaFields)]));
      await log.append(commit([bears(ben, red)], { photos: [red] }));
      expect(await log.photo(red.hash)).toEqual(red);
    });

    test('the photo of one who left goes when they are forgotten, unless another bears it', async () => {
      const log = await fresh();
      await log.append(commit([bears(ada, red), bears(ben, red), bears(cho, blue)], { photos: [red, blue] }));
      await log.append(commit([removed(ada), removed(cho)]));
      await log.purge({ keep: 0, before: at, leftBefore: after(1) });
      expect(await log.photo(red.hash)).toEqual(red);
      // Were it still kept, one could bear it without giving its bytes.
      await expect(log.append(commit([bears(dan, blue)]))).rejects.toThrow(/nobody can bear the photo/);
    });

    test('a hash that is none of a photo is of nobody', async () => {
      const log = await fresh();
      expect(await log.photo(photoHash('0'.repeat(64)))).toBeUndefined();
    });

    test('any text is kept as it is: other planes, quotes, JSON, line feeds, U+0000', async () => {
      const log = await fresh();
      const fields: Fields = {
        name: '𠮷田 "x"\\ \'; drop table person; --',
        otherTelephones: '1\n2',
        office: 'a\u0000b',
        title: '\u2028',
      };
      await log.append(commit([added(ada, fields)]));
      expect((await log.persons([ada])).persons[0]?.fields).toEqual(fields);
      expect(await log.since(revision(0), 1)).toMatchObject({ list: { changes: [{ fields }] } });
    });
  });
}
