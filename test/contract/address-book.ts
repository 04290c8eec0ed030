// What every store of the personal address book must do. One suite; each store runs it.

import { describe, expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { bookId, revision } from '../../src/book/change.ts';
import { personId } from '../../src/book/person-id.ts';
import { nothingOwn } from '../../src/book/personal-entry.ts';
import type { Session } from '../../src/wire/http.ts';
import type {
  Applied,
  Keeping,
  PersonalAddressBookStore,
  PersonFact,
  RevisionStep,
} from '../../src/terminal/personal-address-book.ts';
import { photo } from '../peers/pictures.ts';

export interface StoreUnderTest {
  readonly store: PersonalAddressBookStore;
  /** The same book, opened anew. */
  readonly reopen: () => Promise<PersonalAddressBookStore>;
}

const book = bookId('0b0e0a52-6a0d-4d8e-9d0e-6a5c2a6f1d01');
const otherBook = bookId('11111111-2222-4333-8444-555555555555');
const ada = personId('ada2');
const ben = personId('ben2');
const cleo = personId('cleo');
const at = (count: number, of: typeof book = book) => ({ book: of, revision: revision(count) });
const when = wallTime(1_700_000_000_000);
const keeping = (person: typeof ada, count: number, fields: Keeping['fields'] = { name: person }): Keeping => ({
  person,
  fields,
  at: at(count),
});
const session: Session = {
  token: 't',
  name: 'Ada',
  sip: { address: 'sip:ada@example.com', to: 'sip:address-book@example.com', username: 'ada', password: 'p' },
};

async function stepFrom(
  store: PersonalAddressBookStore,
  to: number,
  facts: readonly PersonFact[],
  rest: Partial<RevisionStep> = {},
): Promise<RevisionStep> {
  const { mark, kept } = await store.holdings();
  return { from: { mark, kept }, to: at(to), history: 'follow', facts, withheld: [], ...rest };
}

const altered = (person: typeof ada, count: number, [from, to]: readonly [string, string]): PersonFact => ({
  kind: 'altered',
  person,
  revision: revision(count),
  from: { officeTelephone: from },
  to: { officeTelephone: to },
});

export function addressBookContract(name: string, open: () => Promise<StoreUnderTest>): void {
  const opened = async (): Promise<PersonalAddressBookStore> => (await open()).store;

  describe(`the personal address book in ${name}`, () => {
    test('is empty, and in step with nothing, at first', async () => {
      const store = await opened();
      const holdings = await store.holdings();
      expect(holdings.mark).toBeUndefined();
      expect(holdings.people.size).toBe(0);
      expect(await store.entries()).toEqual([]);
      expect(await store.prompts({ unseenOnly: false })).toEqual([]);
      expect(await store.session()).toBeUndefined();
    });

    test('the first entry kept makes its revision the mark; a later one does not move it', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5));
      await store.keep(keeping(ben, 9));
      const { mark, people, kept } = await store.holdings();
      expect(mark).toEqual(at(5));
      expect(kept).toBe(2);
      expect(people.get(ben)?.revision).toBe(9);
    });

    test('a person as of before the mark, or of another book, is not kept', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5));
      expect(await store.keep(keeping(ben, 4))).toEqual({ kind: 'behind' });
      expect(await store.keep({ ...keeping(ben, 9), at: at(9, otherBook) })).toEqual({ kind: 'another-book' });
      expect((await store.holdings()).people.size).toBe(1);
    });

    test('to keep somebody twice changes nothing', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5, { name: 'Ada' }));
      await store.writeOwn(ada, { note: 'met in Paris' });
      await store.keep(keeping(ada, 9, { name: 'Somebody else' }));
      expect(await store.entries()).toEqual([
        {
          person: ada,
          base: { name: 'Ada' },
          revision: 5,
          own: { ...nothingOwn, note: 'met in Paris' },
          state: 'held',
        },
      ]);
    });

    test('who is new in the own department is prompted once, with what is known from then on, unless the person is held', async () => {
      const { store, reopen } = await open();
      const known = { person: ben, at: at(5), name: 'Research' };
      const next = { ...known, at: at(7), former: 'Works' };
      const newcomers = [
        { person: ada, name: 'Ada' },
        { person: cleo, name: 'Cleo' },
      ];
      await store.keep(keeping(ada, 5));
      expect(await store.ownDepartment()).toBeUndefined();
      expect(await store.welcome({ from: undefined, to: known, newcomers: [] }, when)).toEqual([]);
      expect(await store.welcome({ from: undefined, to: next, newcomers }, when)).toEqual([]);
      expect(await store.ownDepartment()).toEqual(known);
      const told = await store.welcome({ from: known, to: next, newcomers }, when);
      expect(told).toMatchObject([{ person: cleo, name: 'Cleo', fact: { kind: 'joined', department: 'Research' } }]);
      expect(await store.welcome({ from: known, to: next, newcomers }, when)).toEqual([]);
      await store[Symbol.asyncDispose]();
      const again = await reopen();
      expect(await again.ownDepartment()).toEqual(next);
      expect(await again.prompts({ unseenOnly: true })).toEqual(told);
      expect(await again.undoAll([told[0]?.id ?? 0])).toEqual([{ kind: 'nothing-to-undo' }]);
      await again.keepSession({ server: 'https://a/', user: 'ben', session });
      expect(await again.ownDepartment()).toBeUndefined();
    });

    test('a step writes entries, prompts and mark, and is there after it is opened anew', async () => {
      const { store, reopen } = await open();
      await store.keep(keeping(ada, 5, { name: 'Ada', officeTelephone: '8001' }));
      const applied = await store.apply(await stepFrom(store, 6, [altered(ada, 6, ['8001', '8002'])]), when);
      expect(applied).toMatchObject({
        kind: 'applied',
        holdings: { mark: at(6) },
        changed: [{ person: ada, base: { officeTelephone: '8002' } }],
        prompts: [
          { name: 'Ada', fact: { kind: 'altered', field: 'officeTelephone', from: '8001', to: '8002' }, seen: false },
        ],
      });
      await store[Symbol.asyncDispose]();
      const again = await reopen();
      expect((await again.holdings()).mark).toEqual(at(6));
      expect((await again.entry(ada))?.base).toEqual({ name: 'Ada', officeTelephone: '8002' });
      expect(await again.prompts({ unseenOnly: true })).toHaveLength(1);
    });

    test('a step that is applied twice does what it does once', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5, { officeTelephone: '8001' }));
      const step = await stepFrom(store, 6, [altered(ada, 6, ['8001', '8002'])]);
      await store.apply(step, when);
      expect(await store.apply(step, when)).toMatchObject({ kind: 'overtaken', holdings: { mark: at(6) } });
      expect(await store.prompts({ unseenOnly: false })).toHaveLength(1);
    });

    test('a step worked out before somebody was kept is overtaken and writes nothing', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5, { officeTelephone: '8001' }));
      const step = await stepFrom(store, 9, [altered(ada, 9, ['8001', '8002'])]);
      await store.keep(keeping(ben, 7));
      expect((await store.apply(step, when)).kind).toBe('overtaken');
      expect((await store.entry(ada))?.base).toEqual({ officeTelephone: '8001' });
      expect((await store.holdings()).mark).toEqual(at(5));
    });

    test('an entry that stands at a fact’s revision or later passes it over; in another history it does not', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5));
      await store.keep(keeping(ben, 9, { name: 'as of 9' }));
      const older: PersonFact = { kind: 'fetched', person: ben, revision: revision(8), fields: { name: 'as of 8' } };
      await store.apply(await stepFrom(store, 8, [older]), when);
      expect((await store.entry(ben))?.base).toEqual({ name: 'as of 9' });
      const step = await stepFrom(store, 3, [{ ...older, revision: revision(3) }], {
        to: at(3, otherBook),
        history: 'start-over',
      });
      await store.apply(step, when);
      expect(await store.entry(ben)).toMatchObject({ base: { name: 'as of 8' }, revision: 3 });
      expect((await store.holdings()).mark).toEqual(at(3, otherBook));
    });

    test('an own edit while a step is worked out loses nothing, and the step loses nothing by it', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5, { officeTelephone: '8001' }));
      const step = await stepFrom(store, 6, [altered(ada, 6, ['8001', '8002'])]);
      await Promise.all([
        store.writeOwn(ada, { nickname: 'Countess' }),
        store.apply(step, when),
        store.writeOwn(ada, { favourite: true }),
      ]);
      expect(await store.entry(ada)).toMatchObject({
        base: { officeTelephone: '8002' },
        own: { nickname: 'Countess', favourite: true },
      });
    });

    test('a step about people who are not held, or were removed meanwhile, does nothing to anybody', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5, { officeTelephone: '8001' }));
      const step = await stepFrom(store, 6, [altered(ada, 6, ['8001', '8002']), altered(cleo, 6, ['1', '2'])]);
      await store.remove([ada]);
      expect(await store.apply(step, when)).toMatchObject({ kind: 'applied', changed: [], prompts: [] });
      expect(await store.entries()).toEqual([]);
    });

    test('one who leaves stays, marked left, with all that was written; and can become an own contact', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5, { name: 'Ada' }));
      await store.writeOwn(ada, { note: 'owes me a book' });
      expect(await store.keepAsOwn(ada)).toBeUndefined();
      await store.apply(await stepFrom(store, 6, [{ kind: 'gone', person: ada, revision: revision(6) }]), when);
      expect(await store.entry(ada)).toMatchObject({
        state: 'left',
        base: { name: 'Ada' },
        own: { note: 'owes me a book' },
      });
      expect(await store.prompts({ unseenOnly: true })).toMatchObject([{ name: 'Ada', fact: { kind: 'left' } }]);
      expect(await store.keepAsOwn(ada)).toMatchObject({ state: 'kept' });
    });

    test('one who is removed never comes back by itself', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5));
      await store.keep(keeping(ben, 5));
      expect((await store.remove([ada])).holdings.people.has(ada)).toBe(false);
      const back: PersonFact = { kind: 'fetched', person: ada, revision: revision(6), fields: { name: 'Ada' } };
      await store.apply(await stepFrom(store, 6, [back]), when);
      expect(await store.entry(ada)).toBeUndefined();
    });

    test('what the brake withholds stays, survives a restart, and is decided once', async () => {
      const { store, reopen } = await open();
      await store.keep(keeping(ada, 5));
      await store.keep(keeping(ben, 5));
      await store.apply(await stepFrom(store, 6, [], { withheld: [ada, cleo] }), when);
      expect((await store.entry(ada))?.state).toBe('held');
      await store[Symbol.asyncDispose]();
      const again = await reopen();
      expect([...(await again.holdings()).withheld]).toEqual([ada]);
      const decided = await again.decideWithheld(true, when);
      expect(decided).toMatchObject({
        changed: [{ person: ada, state: 'left' }],
        prompts: [{ fact: { kind: 'left' } }],
      });
      expect(await again.decideWithheld(true, when)).toMatchObject({ changed: [], prompts: [] });
    });

    test('what the employee does not let go becomes an own contact, without a prompt', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5));
      await store.apply(await stepFrom(store, 6, [], { withheld: [ada] }), when);
      expect(await store.decideWithheld(false, when)).toMatchObject({ changed: [{ state: 'kept' }], prompts: [] });
    });

    test('whoever is spoken of as there is withheld no longer; nor is one who was removed', async () => {
      const store = await opened();
      for (const person of [ada, ben]) await store.keep(keeping(person, 5));
      await store.apply(await stepFrom(store, 6, [], { withheld: [ada, ben] }), when);
      await store.remove([ben]);
      const back: PersonFact = { kind: 'fetched', person: ada, revision: revision(7), fields: { name: 'Ada' } };
      await store.apply(await stepFrom(store, 7, [back]), when);
      expect((await store.holdings()).withheld.size).toBe(0);
    });

    test('a prompt is unread until seen; undo makes the value from before an own value', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5, { officeTelephone: '8001' }));
      await store.apply(await stepFrom(store, 6, [altered(ada, 6, ['8001', '8002'])]), when);
      const [prompt] = await store.prompts({ unseenOnly: true });
      const [undone] = await store.undoAll([prompt?.id ?? -1]);
      expect(undone).toMatchObject({
        kind: 'undone',
        field: 'officeTelephone',
        entry: { base: { officeTelephone: '8002' } },
      });
      expect((await store.entry(ada))?.own.values).toEqual({ officeTelephone: '8001' });
      expect(await store.prompts({ unseenOnly: true })).toEqual([]);
      expect(await store.prompts({ unseenOnly: false })).toMatchObject([{ seen: true, undone: true }]);
    });

    test('several are undone as one, the last of one field counts; what cannot be undone is passed over', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5, { officeTelephone: '8001' }));
      await store.apply(await stepFrom(store, 6, [altered(ada, 6, ['8001', '8002'])]), when);
      await store.apply(await stepFrom(store, 7, [altered(ada, 7, ['8002', '8003'])]), when);
      const [first, second] = (await store.prompts({})).map(({ id }) => id) as [number, number];
      const undone = await store.undoAll([second, 999, first]);
      expect(undone.map(({ kind }) => kind)).toEqual(['undone', 'nothing-to-undo', 'undone']);
      expect((await store.entry(ada))?.own.values).toEqual({ officeTelephone: '8001' });
      expect(await store.prompts({})).toMatchObject([{ undone: true }, { undone: true }]);
      expect(await store.undoAll([])).toEqual([]);
    });

    test('an own value is never written over by an undo; what undoing the later change made is', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5, { officeTelephone: '8001' }));
      await store.apply(await stepFrom(store, 6, [altered(ada, 6, ['8001', '8002'])]), when);
      await store.apply(await stepFrom(store, 7, [altered(ada, 7, ['8002', '8003'])]), when);
      const [first, second] = (await store.prompts({})).map(({ id }) => id) as [number, number];
      await store.writeOwn(ada, { values: { officeTelephone: '8555' } });
      const covered = { kind: 'covered', field: 'officeTelephone', own: '8555' };
      expect(await store.undoAll([second, first])).toEqual([covered, covered]);
      expect((await store.entry(ada))?.own.values).toEqual({ officeTelephone: '8555' });
      expect(await store.prompts({})).toMatchObject([{ undone: false }, { undone: false }]);
      await store.writeOwn(ada, { values: {} });
      expect(await store.undoAll([second])).toMatchObject([{ kind: 'undone' }]);
      expect(await store.undoAll([first])).toMatchObject([{ kind: 'undone' }]);
      expect((await store.entry(ada))?.own.values).toEqual({ officeTelephone: '8001' });
    });

    test('there is nothing to undo where there was no value, the entry is gone, or the prompt is unknown', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5, {}));
      const added: PersonFact = {
        kind: 'altered',
        person: ada,
        revision: revision(6),
        from: {},
        to: { title: 'Countess' },
      };
      await store.apply(await stepFrom(store, 6, [added]), when);
      const [first] = await store.prompts({ unseenOnly: false });
      expect(await store.undoAll([first?.id ?? -1])).toEqual([{ kind: 'nothing-to-undo' }]);
      expect(await store.undoAll([999])).toEqual([{ kind: 'nothing-to-undo' }]);
      expect(await store.prompts({ unseenOnly: true })).toHaveLength(1);
      await store.seen([first?.id ?? -1, 999]);
      expect(await store.prompts({ unseenOnly: true })).toEqual([]);
    });

    test('an own value that is emptied covers the enterprise’s no longer; a person not held has no own', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5, { mail: 'ada@example.com' }));
      await store.writeOwn(ada, { values: { mail: 'mine@example.com' } });
      expect((await store.writeOwn(ada, { values: { mail: '' } }))?.own.values).toEqual({});
      expect(await store.writeOwn(ben, { note: 'x' })).toBeUndefined();
    });

    test('the session is kept and forgotten; another reader’s log-in forgets the mark, the same one’s does not', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 5));
      const mine = { server: 'https://one.example', user: 'ada', session };
      expect((await store.keepSession(mine)).mark).toBeUndefined();
      await store.apply(await stepFrom(store, 6, []), when);
      expect((await store.keepSession(undefined)).mark).toEqual(at(6));
      expect(await store.session()).toBeUndefined();
      expect((await store.keepSession(mine)).mark).toEqual(at(6));
      expect(await store.session()).toEqual(mine);
      expect((await store.keepSession({ ...mine, user: 'ben' })).mark).toBeUndefined();
      expect(await store.keep(keeping(ben, 9))).toEqual({ kind: 'another-book' });
    });

    const [red, blue] = [photo(1), photo(2, 20_000, 'image/png')];
    const shows = (person: typeof ada, count: number, by: typeof red): Keeping =>
      keeping(person, count, { name: person, photo: by.hash });
    const alteredPhoto = (
      person: typeof ada,
      count: number,
      [from, to]: readonly [string | undefined, string?],
    ): PersonFact => ({
      kind: 'altered',
      person,
      revision: revision(count),
      from: from === undefined ? {} : { photo: from },
      to: to === undefined ? {} : { photo: to },
    });

    test('says which photos entries name and are not here, each once, and keeps them byte for byte', async () => {
      const { store, reopen } = await open();
      await store.keep(shows(ada, 1, red));
      await store.keep(shows(ben, 1, red));
      await store.keep(keeping(cleo, 1));
      expect(await store.missingPhotos()).toEqual([red.hash]);
      expect(await store.photo(ada)).toBeUndefined();
      expect(await store.keepPhoto(red)).toEqual([ada, ben]);
      expect(await store.missingPhotos()).toEqual([]);
      expect(await store.photo(ada)).toEqual(red);
      expect(await store.photo(cleo)).toBeUndefined();
      expect(await (await reopen()).photo(ben)).toEqual(red);
    });

    test('a photo that no entry shows is not kept, and one that the last entry stops to show goes', async () => {
      const store = await opened();
      await store.keep(shows(ada, 1, red));
      await store.keep(shows(ben, 1, red));
      expect(await store.keepPhoto(blue)).toEqual([]);
      await store.keepPhoto(red);
      await store.apply(await stepFrom(store, 2, [alteredPhoto(ada, 2, [red.hash, blue.hash])]), when);
      expect(await store.photo(ada)).toBeUndefined();
      expect(await store.missingPhotos()).toEqual([blue.hash]);
      expect(await store.photo(ben)).toEqual(red);
      await store.remove([ben]);
      await store.keep(shows(cleo, 2, red));
      expect(await store.missingPhotos()).toEqual([red.hash, blue.hash].toSorted());
      await store.keepPhoto(blue);
      await store.apply(await stepFrom(store, 3, [alteredPhoto(ada, 3, [blue.hash])]), when);
      await store.apply(await stepFrom(store, 4, [alteredPhoto(ada, 4, [undefined, blue.hash])]), when);
      expect(await store.missingPhotos()).toContain(blue.hash);
    });

    test('the photo of one who left stays with the entry', async () => {
      const store = await opened();
      await store.keep(shows(ada, 1, red));
      await store.keepPhoto(red);
      await store.apply(await stepFrom(store, 2, [{ kind: 'gone', person: ada, revision: revision(2) }]), when);
      expect(await store.photo(ada)).toEqual(red);
    });

    test('what a server names as a photo and is no hash is not asked for', async () => {
      const store = await opened();
      await store.keep(keeping(ada, 1, { name: 'Ada', photo: '../../etc/passwd' }));
      expect(await store.missingPhotos()).toEqual([]);
    });

    test('a photo is never an own value: neither by writing one, nor by taking a change back', async () => {
      const store = await opened();
      await store.keep(shows(ada, 1, red));
      const { prompts } = (await store.apply(
        await stepFrom(store, 2, [alteredPhoto(ada, 2, [red.hash, blue.hash])]),
        when,
      )) as Extract<Applied, { kind: 'applied' }>;
      expect(prompts).toMatchObject([{ fact: { kind: 'altered', field: 'photo' } }]);
      expect(await store.undoAll([prompts[0]?.id ?? 0])).toEqual([{ kind: 'nothing-to-undo' }]);
      expect(await store.writeOwn(ada, { values: { photo: red.hash } })).toMatchObject({ own: { values: {} } });
    });
  });
}
