// The database of the personal address book in IndexedDB: its stores, how it is opened, and what each failure of
// the browser means for the employee.

import { deleteDB, openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb';
import type { PersonId } from '../book/person-id.ts';
import type { Photo, PhotoHash } from '../book/photo.ts';
import type { Own, PersonalEntry } from '../book/personal-entry.ts';
import type { StoredPrompt } from '../terminal/personal-address-book.ts';
import { HostFault } from './host-fault.ts';

/** The single facts beside the entries. `writes` counts transactions that wrote entries, by whichever tab. */
export type NoteName = 'mark' | 'kept' | 'session' | 'reader' | 'department' | 'writes';

export type EntryRecord = Omit<PersonalEntry, 'own'> & { readonly own: Partial<Own> };
/** `unseen` is there only while the prompt is unseen: what lacks the key is not in the index. */
export type PromptRecord = Omit<StoredPrompt, 'id' | 'seen'> & { readonly id?: number; readonly unseen?: 1 };

export interface AddressBookSchema extends DBSchema {
  note: { key: NoteName; value: string };
  entry: { key: PersonId; value: EntryRecord };
  withheld: { key: PersonId; value: 1 };
  prompt: { key: number; value: PromptRecord; indexes: { unseen: number; person: PersonId } };
  photo: { key: PhotoHash; value: Photo };
  lookedUp: { key: PersonId; value: number };
}

export const storeNames = ['note', 'entry', 'withheld', 'prompt', 'photo', 'lookedUp'] as const;
type StoreNames = (typeof storeNames)[number][];
type Upgrade = IDBPTransaction<AddressBookSchema, StoreNames, 'versionchange'>;
export type Transaction = IDBPTransaction<AddressBookSchema, StoreNames, 'readwrite'>;
export type Database = IDBPDatabase<AddressBookSchema>;

/** One step a version, from version 1: each brings a database of the version before to its own. */
const steps: readonly ((database: Database, transaction: Upgrade) => void)[] = [
  (database) => {
    database.createObjectStore('note');
    database.createObjectStore('entry', { keyPath: 'person' });
    database.createObjectStore('withheld');
    database.createObjectStore('prompt', { keyPath: 'id', autoIncrement: true }).createIndex('unseen', 'unseen');
    database.createObjectStore('photo', { keyPath: 'hash' });
  },
  (database, transaction) => {
    transaction.objectStore('prompt').createIndex('person', 'person');
    database.createObjectStore('lookedUp');
  },
];

/**
 * `lost` is told when another tab deletes or renews the database, or the browser takes it away.
 * @throws HostFault when it cannot be opened, or is of a newer program
 */
export async function openDatabase(name: string, lost: () => void): Promise<Database> {
  // Some windows have none at all.
  if ((globalThis as { readonly indexedDB?: IDBFactory | null }).indexedDB == null)
    throw new HostFault(`personal address book: ${keepsNothing}`);
  try {
    const database = await openDB<AddressBookSchema>(name, steps.length, {
      upgrade: (upgraded, from, _, transaction) => {
        for (const step of steps.slice(from)) step(upgraded, transaction);
      },
      // Whoever wants it changed waits for this: a tab that holds on would hold up all others.
      blocking: () => {
        database.close();
        lost();
      },
      terminated: lost,
    });
    return database;
  } catch (error) {
    throw hostFault(error);
  }
}

/** @throws HostFault when the browser refuses */
export async function deleteDatabase(name: string): Promise<void> {
  try {
    await deleteDB(name);
  } catch (error) {
    throw hostFault(error);
  }
}

const keepsNothing = 'the browser keeps nothing for this page: allow its site data, or leave the private window';

const meanings: Readonly<Record<string, string>> = {
  QuotaExceededError: 'the browser has no room left for it: make room on this device; nothing was lost',
  VersionError: 'a newer version of this program has made it anew: load the page again',
  // Firefox and Safari in private windows of some settings.
  SecurityError: keepsNothing,
};

/** What the browser's refusal means; what is no refusal of the browser's is our own defect, and stays as it is. */
export function hostFault(error: unknown): unknown {
  if (!(error instanceof DOMException)) return error;
  const meaning = meanings[error.name] ?? `the browser refused (${error.name}: ${error.message})`;
  return new HostFault(`personal address book: ${meaning}`, { cause: error });
}
