import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { HostFault } from '../../src/node/host-fault.ts';
import { makeDataFolder } from '../../src/node/running.ts';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-running-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a data folder is made with those above it, for its owner alone, and one that is there is left as it is', () => {
  const data = join(folder, 'above', 'data');
  makeDataFolder(data);
  expect(statSync(data).mode & 0o777).toBe(0o700);
  makeDataFolder(data);
});

test('a folder that cannot be made is a host fault that names it', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(() => makeDataFolder(file)).toThrow(HostFault);
  expect(() => makeDataFolder(join(file, 'data'))).toThrow(`data: cannot make the folder ${join(file, 'data')}`);
});

test.skipIf(!existsSync('/proc/self'))('a file system that takes no folders is said to be one, at once', () => {
  expect(() => makeDataFolder('/proc/rollcall/data')).toThrow('data: cannot make the folder /proc/rollcall/data');
});
