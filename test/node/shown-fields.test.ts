import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { classesInEffect } from '../../src/book/field.ts';
import { HostFault } from '../../src/node/host-fault.ts';
import { renewIfShownOtherwise } from '../../src/node/shown-fields.ts';
import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';

let data: string;
beforeEach(() => (data = mkdtempSync(join(tmpdir(), 'rollcall-shown-'))));
afterEach(() => rmSync(data, { recursive: true }));

async function bookId(): Promise<string> {
  await using log = openSqliteChangeLog({ path: join(data, 'book.sqlite') });
  return (await log.head()).book;
}

const byTable = classesInEffect();
const less = classesInEffect({ mobileTelephone: 'restricted' });
const file = (): string => join(data, 'fields-shown.json');

test('a new folder, and one from before this was written down, are shown as the table says', async () => {
  expect(renewIfShownOtherwise(data, less)).toBe(false);
  rmSync(file());
  const first = await bookId();
  expect(renewIfShownOtherwise(data, byTable)).toBe(false);
  expect(await bookId()).toBe(first);
  rmSync(file());
  expect(renewIfShownOtherwise(data, less)).toBe(true);
});

test('other fields than at the last start give the book a new ID, once; a class that hides nothing else does not', async () => {
  const first = await bookId();
  expect(renewIfShownOtherwise(data, byTable)).toBe(false);
  expect(renewIfShownOtherwise(data, classesInEffect({ mobileTelephone: 'public' }))).toBe(false);
  expect(await bookId()).toBe(first);
  expect(renewIfShownOtherwise(data, less)).toBe(true);
  const second = await bookId();
  expect(second).not.toBe(first);
  expect(renewIfShownOtherwise(data, less)).toBe(false);
  expect(await bookId()).toBe(second);
  expect(renewIfShownOtherwise(data, byTable)).toBe(true);
});

test.each(['', '{', '{"name":1}', '["no such field"]'])(
  'a file that says %j is as if other fields were shown',
  async (text) => {
    await bookId();
    renewIfShownOtherwise(data, byTable);
    writeFileSync(file(), text);
    expect(renewIfShownOtherwise(data, byTable)).toBe(true);
    expect(renewIfShownOtherwise(data, byTable)).toBe(false);
  },
);

test('a folder that cannot be written is told, and nothing is made there', () => {
  const nowhere = join(data, 'not there');
  expect(() => renewIfShownOtherwise(nowhere, byTable)).toThrow(HostFault);
  expect(existsSync(nowhere)).toBe(false);
});
