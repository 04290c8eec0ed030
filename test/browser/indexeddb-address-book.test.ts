// The IndexedDB store, over an IndexedDB in memory.

import * as inMemory from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { bookId, revision } from '../../src/book/change.ts';
import { personId, type PersonId } from '../../src/book/person-id.ts';
import { HostFault } from '../../src/browser/host-fault.ts';
import { openIndexedDbAddressBook } from '../../src/browser/indexeddb-address-book.ts';
import type { PersonalAddressBookStore, RevisionStep } from '../../src/terminal/personal-address-book.ts';
import { addressBookContract } from '../contract/address-book.ts';

let made = 0;
const newName = (): string => `book-${(made += 1)}`;

addressBookContract('IndexedDB', async () => {
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
  await one.writeOwn(ada, { note: 'x' });
  await other.remove(ada);
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
