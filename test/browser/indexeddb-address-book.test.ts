// The IndexedDB store, over an IndexedDB in memory.

import * as inMemory from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { bookId, revision } from '../../src/book/change.ts';
import { ownContactId, personId, type PersonId } from '../../src/book/person-id.ts';
import { HostFault } from '../../src/browser/host-fault.ts';
import { openIndexedDbAddressBook } from '../../src/browser/indexeddb-address-book.ts';
import type { PersonalAddressBookStore, RevisionStep } from '../../src/terminal/personal-address-book.ts';
import { addressBookContract } from '../contract/address-book.ts';
import { boundedContract, ownWritingContract } from '../contract/address-book-own.ts';

let made = 0;
const newName = (): string => `book-${(made += 1)}`;

for (const contract of [addressBookContract, ownWritingContract, boundedContract])
  contract('IndexedDB', async () => {
    const name = newName();
    return { store: await openIndexedDbAddressBook(name), reopen: () => openIndexedDbAddressBook(name) };
  });

Object.assign(globalThis, inMemory);
beforeEach(() => vi.stubGlobal('indexedDB', new inMemory.IDBFactory()));
afterEach(() => vi.restoreAllMocks());

const book = bookId('0b0e0a52-6a0d-4d8e-9d0e-6a5c2a6f1d01');
const [ada, ben] = [personId('ada2'), personId('ben2')];
const keeping = (person: PersonId, count: number) => ({
  person,
  fields: { officeTelephone: String(count) },
  at: { book, revision: revision(count) },
});

async function stepTo(store: PersonalAddressBookStore, count: number): Promise<RevisionStep> {
  const { mark, kept } = await store.holdings();
  const fact = { kind: 'fetched', revision: revision(count), fields: { officeTelephone: String(count) } } as const;
  return {
    from: { mark, kept },
    to: { book, revision: revision(count) },
    history: 'follow',
    facts: [ada, ben].map((person) => ({ ...fact, person })),
    withheld: [],
  };
}

test('two tabs over one book take turns; a step of the one overtakes the other’s, and both hold the same', async () => {
  const name = newName();
  const one = await openIndexedDbAddressBook(name);
  const other = await openIndexedDbAddressBook(name);
  await one.keep(keeping(ada, 1));
  const step = await stepTo(other, 2);
  const outcomes = await Promise.all([one.apply(step, wallTime(0)), other.apply(step, wallTime(0))]);
  expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['applied', 'overtaken']);
  await other.keep(keeping(ben, 2));
  const before = await other.entries();
  await one.writeOwn(ada, { note: 'x' });
  // What a tab remembers is another's to write, and what was given out stays as it was.
  expect(await other.entries()).toMatchObject([{ person: ada, own: { note: 'x' } }, { person: ben }]);
  expect(before).toMatchObject([{ person: ada, own: { note: '' } }, { person: ben }]);
  expect((await one.entries())[0]).toBe((await one.entries())[0]);
  await other.remove([ada]);
  expect(await one.holdings()).toEqual(await other.holdings());
  expect([...(await one.holdings()).people.keys()]).toEqual([ben]);
  expect(await one.prompts({ unseenOnly: false })).toHaveLength(1);
});

test('where the browser has no room a step writes nothing: not the entry before, nor the mark, nor a prompt', async () => {
  const store = await openIndexedDbAddressBook(newName());
  await store.keep(keeping(ada, 1));
  await store.keep(keeping(ben, 1));
  const step = await stepTo(store, 2);
  const add = vi.spyOn(inMemory.IDBObjectStore.prototype, 'add');
  add.mockImplementationOnce(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  const refused = store.apply(step, wallTime(0));
  await expect(refused).rejects.toThrow(HostFault);
  await expect(refused).rejects.toThrow('no room left');
  expect((await store.holdings()).mark?.revision).toBe(1);
  expect((await store.entries()).map(({ base }) => base.officeTelephone)).toEqual(['1', '1']);
  expect(await store.prompts({ unseenOnly: false })).toEqual([]);
  expect((await store.apply(step, wallTime(0))).kind).toBe('applied');
});

test('a page that deletes the book is not held up; whoever had it open hears so and writes nothing more', async () => {
  const name = newName();
  const store = await openIndexedDbAddressBook(name);
  await store.keep(keeping(ada, 1));
  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.addEventListener('success', resolve);
    request.addEventListener('blocked', () => reject(new Error('blocked')));
  });
  await expect(store.keep(keeping(ben, 1))).rejects.toThrow('load the page again');
  const anew = await openIndexedDbAddressBook(name);
  expect(await anew.entries()).toEqual([]);
});

test('a book that a newer program has made anew is not opened, and stays as it is', async () => {
  const name = newName();
  await new Promise((resolve) => {
    const request = indexedDB.open(name, 99);
    request.addEventListener('success', () => resolve(request.result.close()));
  });
  await expect(openIndexedDbAddressBook(name)).rejects.toThrow('a newer version of this program');
});

test('a browser that keeps nothing for the page says what to do', async () => {
  vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  await expect(openIndexedDbAddressBook(newName())).rejects.toThrow('leave the private window');
});

test('a store that is closed refuses, and breaks nothing', async () => {
  const store = await openIndexedDbAddressBook(newName());
  await store[Symbol.asyncDispose]();
  await expect(store.entries()).rejects.toThrow(HostFault);
});

test('a book of before there were own contacts is brought up, with all that is in it', async () => {
  const name = newName();
  await new Promise((resolve) => {
    const request = indexedDB.open(name, 1);
    request.addEventListener('upgradeneeded', () => {
      for (const store of ['note', 'withheld']) request.result.createObjectStore(store);
      const entries = request.result.createObjectStore('entry', { keyPath: 'person' });
      const prompts = request.result.createObjectStore('prompt', { keyPath: 'id', autoIncrement: true });
      prompts.createIndex('unseen', 'unseen');
      request.result.createObjectStore('photo', { keyPath: 'hash' });
      entries.add({ person: ada, base: { name: 'Ada' }, revision: 3, own: { note: 'x' }, state: 'held' });
      prompts.add({ person: ada, name: 'Ada', fact: { kind: 'returned' }, at: 5, undone: false, unseen: 1 });
    });
    request.addEventListener('success', () => resolve(request.result.close()));
  });
  const store = await openIndexedDbAddressBook(name);
  expect(await store.entries()).toMatchObject([{ person: ada, revision: 3, own: { note: 'x' } }]);
  expect(await store.prompts({ person: ada })).toMatchObject([{ name: 'Ada', seen: false }]);
  await store.lookedUp(ada, wallTime(0));
  expect(await store.oftenLookedUp(1)).toEqual([ada]);
});

test('where the browser has no room nobody of an import is added, nobody of several is put back, nor is any of them written', async () => {
  const store = await openIndexedDbAddressBook(newName());
  for (const person of [ada, ben]) await store.keep(keeping(person, 1));
  const { removed } = await store.remove([ada, ben]);
  const before = await store.holdings();
  const full = new DOMException('full', 'QuotaExceededError');
  const refusing = (verb: 'add' | 'put'): void => {
    const original = inMemory.IDBObjectStore.prototype[verb];
    let times = 0;
    vi.spyOn(inMemory.IDBObjectStore.prototype, verb).mockImplementation(function refuse(this: unknown, ...given) {
      if ((times += 1) === 2) throw full;
      return original.apply(this as InstanceType<typeof inMemory.IDBObjectStore>, given);
    });
  };
  refusing('add');
  const contacts = ['aaaaaaaa', 'bbbbbbbb'].map((id) => ({ person: ownContactId(id), own: {} }));
  await expect(store.addOwn(contacts)).rejects.toThrow('no room left');
  refusing('put');
  await expect(store.putBack(removed)).rejects.toThrow('no room left');
  vi.restoreAllMocks();
  expect(await store.entries()).toEqual([]);
  expect(await store.holdings()).toEqual(before);
  const { entries } = await store.putBack(removed);
  refusing('put');
  const writings = [ada, ben].map((person) => ({ person, own: { note: 'x' } }));
  await expect(store.writeAllOwn(writings)).rejects.toThrow('no room left');
  vi.restoreAllMocks();
  expect(await store.entries()).toEqual(entries);
});
