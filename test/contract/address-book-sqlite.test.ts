import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openSqliteAddressBook } from '../../src/node/sqlite-address-book.ts';
import { addressBookContract } from './address-book.ts';

const folder = mkdtempSync(join(tmpdir(), 'address-book-'));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
addressBookContract('SQLite', () => {
  made += 1;
  const path = join(folder, `${made}.sqlite`);
  return Promise.resolve({
    store: openSqliteAddressBook(path),
    reopen: () => Promise.resolve(openSqliteAddressBook(path)),
  });
});
