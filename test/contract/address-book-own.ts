// What every store of the personal address book must do with what is the employee's own: own contacts, what is put back, the
// history of prompts, whom one looks up often. One suite; each store runs it.

import { describe, expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { bookId, revision } from '../../src/book/change.ts';
import { fieldNames, fields as table } from '../../src/book/field.ts';
import { ownContactId, personId, type PersonId } from '../../src/book/person-id.ts';
import { nothingOwn } from '../../src/book/personal-entry.ts';
import type { Addition, PersonalAddressBookStore, PersonFact } from '../../src/terminal/personal-address-book.ts';
import { mostLookedUp } from '../../src/terminal/looked-up.ts';
import { photo } from '../peers/pictures.ts';
import type { StoreUnderTest } from './address-book.ts';

const book = bookId('0b0e0a52-6a0d-4d8e-9d0e-6a5c2a6f1d01');
const otherBook = bookId('11111111-2222-4333-8444-555555555555');
const [ada, ben, cleo] = [personId('ada2'), personId('ben2'), personId('cleo')];
const [mum, dentist] = [ownContactId('aaaaaaaa'), ownContactId('BBBBBBBB')];
const at = (count: number, of = book) => ({ book: of, revision: revision(count) });
const when = wallTime(1_700_000_000_000);
const day = 86_400_000;
const [red, blue] = [photo(1), photo(2, 20_000, 'image/png')];
const keeping = (person: PersonId, count: number, fields = {}) => ({ person, fields, at: at(count) });

async function step(
  store: PersonalAddressBookStore,
  to: number,
  facts: readonly PersonFact[],
  withheld: PersonId[] = [],
) {
  const { mark, kept } = await store.holdings();
  return store.apply({ from: { mark, kept }, to: at(to), history: 'follow', facts, withheld }, when);
}

const altered = (person: PersonId, count: number, [from, to]: readonly [string, string]): PersonFact => ({
  kind: 'altered',
  person,
  revision: revision(count),
  from: { officeTelephone: from },
  to: { officeTelephone: to },
});

export function ownWritingContract(name: string, open: () => Promise<StoreUnderTest>): void {
  const opened = async (): Promise<PersonalAddressBookStore> => (await open()).store;

  describe(`own contacts in ${name}`, () => {
    const additions: readonly Addition[] = [
      { person: mum, own: { values: { name: 'Mum', homeTelephone: '12' }, favourite: true }, photo: red },
      { person: dentist, own: { nickname: 'Dentist' } },
    ];

    test('are entries with an empty base, there after it is opened anew, with their photo', async () => {
      const { store, reopen } = await open();
      const added = await store.addOwn(additions);
      expect(added).toEqual([
        {
          person: mum,
          base: {},
          revision: 0,
          own: {
            ...nothingOwn,
            values: { name: 'Mum', homeTelephone: '12', photo: red.hash },
            favourite: true,
          },
          state: 'own',
        },
        { person: dentist, base: {}, revision: 0, own: { ...nothingOwn, nickname: 'Dentist' }, state: 'own' },
      ]);
      await store[Symbol.asyncDispose]();
      const again = await reopen();
      expect(await again.entry(mum)).toEqual(added[0]);
      expect((await again.entries()).map(({ person }) => person).toSorted()).toEqual([dentist, mum].toSorted());
      expect(await again.photo(mum)).toEqual(red);
    });

    test('are nowhere in what is held, so that nothing of them is asked, prompted, counted or withheld', async () => {
      const store = await opened();
      await store.addOwn(additions);
      expect(await store.holdings()).toMatchObject({ mark: undefined, kept: 0, people: new Map() });
      expect(await store.missingPhotos()).toEqual([]);
      await store.keep(keeping(ada, 5));
      expect((await store.holdings()).mark).toEqual(at(5));
      const lie: PersonFact = { kind: 'fetched', person: mum, revision: revision(6), fields: { name: 'Not Mum' } };
      const gone: PersonFact = { kind: 'gone', person: dentist, revision: revision(6) };
      expect(await step(store, 6, [lie, gone], [mum])).toMatchObject({ kind: 'applied', changed: [], prompts: [] });
      expect([...(await store.holdings()).withheld]).toEqual([]);
      expect(await store.entry(mum)).toMatchObject({ base: {}, state: 'own' });
      expect(await store.keepAsOwn(mum)).toBeUndefined();
      await store.remove([ada]);
      expect((await store.holdings()).people.size).toBe(0);
      expect((await store.keep(keeping(ben, 3))).kind).toBe('kept');
    });

    test('are all added, or none: an ID that is taken takes nothing', async () => {
      const store = await opened();
      await store.addOwn([additions[0] as Addition]);
      await expect(store.addOwn([...additions].toReversed())).rejects.toThrow();
      expect(await store.entries()).toHaveLength(1);
      expect((await store.addOwn(additions.slice(1))).length).toBe(1);
      expect(await store.addOwn([])).toEqual([]);
    });

    test('keep their photo however they are rewritten, until it is written; nobody else has an own one', async () => {
      const store = await opened();
      await store.addOwn(additions);
      await store.keep(keeping(ada, 1, { name: 'Ada' }));
      expect((await store.writeOwn(mum, { values: { name: 'Mother' } }))?.own.values).toEqual({
        name: 'Mother',
        photo: red.hash,
      });
      expect(await store.photo(mum)).toEqual(red);
      expect((await store.writeAllOwn([{ person: mum, own: {}, photo: blue }]))[0]?.own.values.photo).toBe(blue.hash);
      expect(await store.photo(mum)).toEqual(blue);
      const none = { person: mum, own: {}, photo: 'none' } as const;
      expect((await store.writeAllOwn([none]))[0]?.own.values).toEqual({ name: 'Mother' });
      expect(await store.photo(mum)).toBeUndefined();
      const others = [ada, cleo].map((person) => ({ person, own: {}, photo: red }));
      expect(await store.writeAllOwn(others)).toMatchObject([{ person: ada, own: nothingOwn }]);
      expect(await store.photo(ada)).toBeUndefined();
    });
  });

  describe(`what is written of many in ${name}`, () => {
    test('is written in its order, of those who are there; each is given once, as it is at last', async () => {
      const store = await opened();
      const people = Array.from({ length: 120 }, (_, number) => ownContactId(`cccc${String(number).padStart(4, 'a')}`));
      await store.addOwn(people.map((person) => ({ person, own: { note: 'before' } })));
      await store.keep(keeping(ada, 1, { name: 'Ada' }));
      const notes = [ada, cleo, ...people, ada].map((person) => ({ person, own: { note: 'after' } }));
      const written = await store.writeAllOwn([...notes, { person: ada, own: { nickname: 'Countess' } }]);
      expect(written.map(({ person }) => person)).toEqual([ada, ...people]);
      expect(written[0]?.own).toEqual({ ...nothingOwn, note: 'after', nickname: 'Countess' });
      expect(await store.entries()).toEqual(written.toSorted((one, other) => (one.person < other.person ? -1 : 1)));
      expect(await store.writeAllOwn([])).toEqual([]);
    });
  });

  describe(`what is put back in ${name}`, () => {
    test('is as it was: several at once, with all that was written, and their photos where no server has them', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5, { name: 'Ada' }));
      await store.keep(keeping(ben, 5, { name: 'Ben', photo: blue.hash }));
      await store.keepPhoto(blue);
      await step(store, 6, [{ kind: 'gone', person: ben, revision: revision(6) }]);
      await store.writeOwn(ada, { note: 'met in Paris', groups: ['friends'] });
      await store.addOwn([{ person: mum, own: { nickname: 'Mum' }, photo: red }]);
      const before = await store.entries();
      const { removed, holdings } = await store.remove([mum, ada, ben, cleo, ada]);
      expect(await store.entries()).toEqual([]);
      expect(holdings.people.size).toBe(0);
      expect(await store.photo(mum)).toBeUndefined();
      const back = await store.putBack(removed);
      expect(back.entries.map(({ person }) => person)).toEqual([mum, ada, ben]);
      expect(back.holdings).toEqual(await store.holdings());
      expect(await store.entries()).toEqual(before);
      expect([await store.photo(mum), await store.photo(ben)]).toEqual([red, blue]);
      expect((await store.holdings()).mark).toEqual(at(6));
    });

    test('brings the mark back to where it was, where the book has moved on meanwhile; a step from before is overtaken', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5, { officeTelephone: '8001' }));
      await store.keep(keeping(ben, 5, { officeTelephone: '9001' }));
      const { removed } = await store.remove([ada]);
      await step(store, 7, [altered(ben, 7, ['9001', '9002'])]);
      const { mark, kept } = await store.holdings();
      const { holdings } = await store.putBack(removed);
      expect(holdings.mark).toEqual(at(5));
      const stale = { from: { mark, kept }, to: at(9), history: 'follow', facts: [], withheld: [] } as const;
      expect((await store.apply(stale, when)).kind).toBe('overtaken');
      // What Ben has heard is passed over; Ada's is new.
      const done = await step(store, 9, [altered(ben, 7, ['9001', '9002']), altered(ada, 9, ['8001', '8003'])]);
      expect(done).toMatchObject({ kind: 'applied', changed: [{ person: ada }], prompts: [{ person: ada }] });
    });

    test('makes everyone be compared where the book is another, and stands for itself where nobody else is there', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5));
      await store.keep(keeping(ben, 5));
      const { removed } = await store.remove([ada]);
      const { mark, kept } = await store.holdings();
      const other = { to: at(2, otherBook), history: 'start-over', facts: [], withheld: [] } as const;
      await store.apply({ from: { mark, kept }, ...other }, when);
      expect((await store.putBack(removed)).holdings.mark).toBeUndefined();
      const all = await store.remove([ada, ben]);
      expect((await store.putBack(removed)).holdings.mark).toEqual(at(5));
      expect((await store.putBack(all.removed)).holdings.mark).toBeUndefined();
    });

    test('an own contact alone leaves the mark; twice is as once; who is there again stays, with what was written then', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5, { name: 'Ada' }));
      await store.writeOwn(ada, { note: 'met in Paris' });
      await store.addOwn([{ person: mum, own: { nickname: 'Mum' } }]);
      const [first, second] = [await store.remove([mum]), await store.remove([ada])];
      await store.keep(keeping(ben, 8));
      const before = await store.holdings();
      await store.putBack(first.removed);
      await store.putBack(first.removed);
      expect(await store.holdings()).toEqual(before);
      await store.keep(keeping(ada, 9, { name: 'Ada King' }));
      expect((await store.putBack(second.removed)).entries).toMatchObject([
        { base: { name: 'Ada King' }, own: { note: 'met in Paris' } },
      ]);
      expect((await store.holdings()).mark).toEqual(before.mark);
      await store.writeOwn(ada, { note: 'written since' });
      expect((await store.putBack(second.removed)).entries).toMatchObject([{ own: { note: 'written since' } }]);
    });

    test('is withheld again, where the brake held it back', async () => {
      const store = await opened();
      for (const person of [ada, ben]) await store.keep(keeping(person, 5));
      await step(store, 6, [], [ada]);
      const { removed } = await store.remove([ada, ben]);
      await store.putBack(removed);
      expect([...(await store.holdings()).withheld]).toEqual([ada]);
    });
  });
}

/** Of what is bounded: some thousands of each are written. */
export function boundedContract(name: string, open: () => Promise<StoreUnderTest>): void {
  const opened = async (): Promise<PersonalAddressBookStore> => (await open()).store;

  describe(`the history of prompts in ${name}`, () => {
    const numbers = async (store: PersonalAddressBookStore, which: Parameters<typeof store.prompts>[0]) =>
      (await store.prompts(which)).map(({ id }) => id);

    test('comes in pages from the newest, over all or of one person; all up to one are seen at once', async () => {
      const store = await opened();
      for (const person of [ada, ben]) await store.keep(keeping(person, 1, { officeTelephone: '1' }));
      for (let count = 2; count < 7; count += 1)
        await step(store, count, [altered(count % 2 === 0 ? ada : ben, count, [String(count), `${count + 2}`])]);
      const all = await numbers(store, {});
      expect(all).toHaveLength(5);
      expect(await numbers(store, { limit: 2 })).toEqual(all.slice(3));
      expect(await numbers(store, { limit: 2, before: all[3] ?? 0 })).toEqual(all.slice(1, 3));
      expect(await numbers(store, { limit: 2, before: all[0] ?? 0 })).toEqual([]);
      expect(await numbers(store, { limit: 0 })).toEqual([]);
      expect(await numbers(store, { person: ben })).toEqual([all[1], all[3]]);
      await store.seenAll(all[2] ?? 0);
      expect(await numbers(store, { unseenOnly: true })).toEqual(all.slice(3));
      expect(await numbers(store, { unseenOnly: true, person: ada, limit: 5 })).toEqual([all[4]]);
      expect(await numbers(store, { person: cleo })).toEqual([]);
    });

    test('has a bound: the oldest go, first of those that were seen', async () => {
      const store = await opened();
      const texts = fieldNames.filter((field) => table[field].kind === 'text');
      const values = Object.fromEntries(texts.map((field) => [field, 'x']));
      await store.keep(keeping(ada, 1));
      const fact = (count: number, from: typeof values, to: typeof values): PersonFact => ({
        kind: 'altered',
        person: ada,
        revision: revision(count),
        from,
        to,
      });
      const most = 5000;
      const steps = Math.ceil(most / texts.length);
      await step(store, 2, [fact(2, {}, values)]);
      await store.seenAll(texts.length);
      const unseen = Array.from({ length: steps - 1 }, () => fact(4, values, {}));
      await step(store, 4, unseen);
      const kept = await store.prompts({});
      expect(kept).toHaveLength(4500);
      expect(kept.every(({ seen }) => !seen)).toBe(true);
      expect(kept.at(-1)?.id).toBe(steps * texts.length);
      expect(kept[0]?.id).toBe(steps * texts.length - 4499);
    });
  });

  describe(`whom one looks up often in ${name}`, () => {
    test('is who was looked up most, and lately: a half of it is forgotten in 30 days', async () => {
      const { store, reopen } = await open();
      expect(await store.oftenLookedUp(5)).toEqual([]);
      const look = (person: PersonId, days: number) => store.lookedUp(person, wallTime(when + days * day));
      for (const person of [ada, ada, ada, ben, ben, mum]) await look(person, 0);
      expect(await store.oftenLookedUp(5)).toEqual([ada, ben, mum]);
      expect(await store.oftenLookedUp(2)).toEqual([ada, ben]);
      await look(mum, 60);
      expect(await store.oftenLookedUp(5)).toEqual([mum, ada, ben]);
      await store[Symbol.asyncDispose]();
      expect(await (await reopen()).oftenLookedUp(1)).toEqual([mum]);
    });

    test('is forgotten with the entry, and there is a bound; a clock that was ahead does no harm for long', async () => {
      const store = await opened();
      await store.addOwn([{ person: mum, own: {} }]);
      for (const person of [mum, ada]) await store.lookedUp(person, when);
      await store.remove([mum]);
      expect(await store.oftenLookedUp(5)).toEqual([ada]);
      await store.lookedUp(ben, wallTime(when + 100 * 365 * day));
      expect(await store.oftenLookedUp(5)).toEqual([ben, ada]);
      for (let count = 0; count < 4; count += 1) await store.lookedUp(ada, wallTime(when + 330 * day));
      expect(await store.oftenLookedUp(5)).toEqual([ada, ben]);
      for (let count = 0; count < mostLookedUp; count += 1)
        await store.lookedUp(ownContactId(`c${100_000 + count}`), wallTime(when + 340 * day));
      const often = await store.oftenLookedUp(1000);
      expect(often).toHaveLength(mostLookedUp);
      expect(often[0]).toBe(ada);
      expect(often).not.toContain(ben);
    });
  });
}
