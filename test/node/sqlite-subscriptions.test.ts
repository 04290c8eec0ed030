import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { milliseconds, wallTime } from '../../src/base/time.ts';
import { HostFault } from '../../src/node/host-fault.ts';
import { printKept } from '../../src/node/kept-subscription.ts';
import { openSubscriptionStore } from '../../src/node/sqlite-subscriptions.ts';
import type { KeptSubscription } from '../../src/server/subscription-store.ts';
import { subscriptionId } from '../../src/sip/transaction-user.ts';
import { ada, at, ben, book } from '../server/samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-subscriptions-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newFile = (): string => join(folder, `${(files += 1)}.sqlite`);

const morning = wallTime(1_700_000_000_000);
const soon = wallTime(morning + 1000);

const sample = (slot: number, parts: Partial<KeptSubscription> = {}): KeptSubscription => ({
  slot,
  usage: {
    subscription: subscriptionId(`tag-${slot}`),
    user: 'ben',
    served: 'address-book',
    event: 'address-book;id=7',
    dialog: {
      callId: 'call@10.0.0.12',
      local: { uri: 'sip:address-book@example.com', tag: `tag-${slot}` },
      remote: { uri: 'sip:ben@example.com', tag: 'ben1' },
      localCSeq: 4,
      remoteCSeq: 2,
      routes: ['<sip:10.0.0.2;lr>', '"Edge" <sip:[2001:db8::2]:5070;transport=tcp;lr>'],
      target: 'sip:ben@[2001:db8::12]:5062;x=%20',
    },
    path: {
      transport: 'UDP',
      local: { host: '0.0.0.0', port: 5060 },
      remote: { host: '2001:db8::12', port: 40_000 },
    },
    expiresIn: milliseconds(3_600_000),
  },
  choice: { delivery: 'held', takes: 'changes-and-notice' },
  rates: { 'max-rate': '0.5' },
  held: [ada, ben],
  book,
  told: at(17),
  ...parts,
});

/** As it is a second later. */
const later = (kept: KeptSubscription): KeptSubscription => ({
  ...kept,
  usage: { ...kept.usage, expiresIn: milliseconds(kept.usage.expiresIn - 1000) },
});

describe.each([
  ['in memory', () => ':memory:'],
  ['in a file', newFile],
])('the store of subscriptions %s', (_, path) => {
  test('gives back what was written, with the time that is left of it', async () => {
    await using store = openSubscriptionStore(path());
    const [plain] = [sample(9, { choice: { delivery: 'notice', takes: 'external-body' } })];
    const { rates: _rates, held: _held, ...bare } = plain;
    await store.write({ kept: [sample(3), bare], moved: [], ended: [] }, morning);
    expect(await store.found(soon)).toEqual({
      subscriptions: [later(sample(3)), later(bare)],
      unreadable: [],
      expired: 0,
    });
  });

  test('what moved stands where it moved, what ended is gone, and a slot may be used again', async () => {
    await using store = openSubscriptionStore(path());
    await store.write({ kept: [sample(1), sample(2), sample(3)], moved: [], ended: [] }, morning);
    await store.write({ kept: [], moved: [{ slot: 1, told: at(20), localCSeq: 9 }], ended: [2, 3] }, morning);
    await store.write({ kept: [sample(2, { told: at(99) })], moved: [], ended: [] }, morning);
    const { subscriptions } = await store.found(morning);
    expect(subscriptions.map(({ slot, told }) => [slot, told])).toEqual([
      [1, 20],
      [2, 99],
    ]);
    expect(subscriptions[0]?.usage.dialog.localCSeq).toBe(9);
  });

  test('a movement of what is not there is passed over, twice ended is as once', async () => {
    await using store = openSubscriptionStore(path());
    const moved = [{ slot: 4, told: at(1), localCSeq: 1 }];
    await store.write({ kept: [], moved, ended: [5, 5] }, morning);
    expect(await store.found(morning)).toEqual({ subscriptions: [], unreadable: [], expired: 0 });
  });

  test('what ran out meanwhile is counted, once, and gone', async () => {
    await using store = openSubscriptionStore(path());
    await store.write({ kept: [sample(1)], moved: [], ended: [] }, morning);
    const evening = wallTime(morning + 3_600_000);
    expect(await store.found(evening)).toEqual({ subscriptions: [], unreadable: [], expired: 1 });
    expect(await store.found(evening)).toEqual({ subscriptions: [], unreadable: [], expired: 0 });
  });
});

test('what was written is there for the next process', async () => {
  const path = newFile();
  {
    await using store = openSubscriptionStore(path);
    await store.write({ kept: [sample(1)], moved: [], ended: [] }, morning);
  }
  await using again = openSubscriptionStore(path);
  expect((await again.found(morning)).subscriptions).toEqual([sample(1)]);
});

/** A store in which row 1 is good and row 2 is what `spoil` makes of it. */
async function spoilt(spoil: (db: DatabaseSync) => void): Promise<ReturnType<typeof openSubscriptionStore>> {
  const path = newFile();
  {
    await using store = openSubscriptionStore(path);
    await store.write({ kept: [sample(1), sample(2)], moved: [], ended: [] }, morning);
  }
  const db = new DatabaseSync(path);
  spoil(db);
  db.close();
  return openSubscriptionStore(path);
}

type Json = Record<string, unknown>;

const withLine =
  (change: (line: { usage: Json & { dialog: Json; path: Json } } & Json) => unknown) =>
  (db: DatabaseSync): void => {
    const line = JSON.parse(printKept(sample(2), morning)) as Parameters<typeof change>[0];
    change(line);
    db.prepare('update subscription set kept = ? where slot = 2').run(JSON.stringify(line));
  };
const withText =
  (text: string) =>
  (db: DatabaseSync): void =>
    void db.prepare('update subscription set kept = ? where slot = 2').run(text);
const withSql =
  (sql: string) =>
  (db: DatabaseSync): void =>
    db.exec(sql);

const forged = '<sip:10.0.0.2;lr>\r\nEvil: yes';

test.each<[string, (db: DatabaseSync) => void, string]>([
  ['no JSON', withText('{"usage":'), 'subscription 2 is not JSON'],
  ['nothing', withText(''), 'subscription 2 is not JSON'],
  ['another thing', withText('[1,2]'), 'subscription 2: '],
  ['a route with a line break', withLine(({ usage }) => (usage.dialog['routes'] = [forged])), 'usage.dialog.routes.0: has control characters'],
  ['a Call-ID with a NUL', withLine(({ usage }) => (usage.dialog['callId'] = 'a\0b')), 'usage.dialog.callId: has control characters'],
  ['an event with a line break', withLine(({ usage }) => (usage['event'] = 'address-book\nx')), 'usage.event: has control characters'],
  ['a rate with a line break', withLine((line) => (line['rates'] = { 'max-rate': '1\r\n' })), 'rates.max-rate: has control characters'],
  ['a target that is no SIP URI', withLine(({ usage }) => (usage.dialog['target'] = 'tel:+4930')), 'usage.dialog.target: is no SIP URI'],
  ['no target', withLine(({ usage }) => delete usage.dialog['target']), 'usage.dialog.target: '],
  ['a huge Call-ID', withLine(({ usage }) => (usage.dialog['callId'] = 'x'.repeat(20_000))), 'usage.dialog.callId: '],
  ['a thousand routes', withLine(({ usage }) => (usage.dialog['routes'] = Array.from({ length: 1000 }, () => 'a'))), 'usage.dialog.routes: '],
  ['an address that is a name', withLine(({ usage }) => (usage.path['remote'] = { host: 'evil.example', port: 1 })), 'usage.path.remote.host: is no IP address'],
  ['port 0', withLine(({ usage }) => (usage.path['remote'] = { host: '10.0.0.1', port: 0 })), 'usage.path.remote.port: '],
  ['another transport', withLine(({ usage }) => (usage.path['transport'] = 'WS')), 'usage.path.transport: '],
  ['an unknown delivery', withLine((line) => (line['choice'] = { delivery: 'pigeon', takes: 'notice' })), 'choice.delivery: '],
  ['a held person who is none', withLine((line) => (line['held'] = ['ADA'])), 'held.0: not a person ID'],
  ['a book that is none', withLine((line) => (line['book'] = 'x')), 'book: not a UUID'],
  ['an expiry that is no number', withLine((line) => (line['expiresAt'] = null)), 'expiresAt: '],
  ['no standing', withSql('delete from standing where slot = 2'), 'where it stands is not known'],
  ['a negative revision', withSql('update standing set told = -1 where slot = 2'), 'where it stands is not known'],
  ['a revision beyond all', withSql('update standing set told = 9223372036854775807 where slot = 2'), 'where it stands is not known'],
  ['a CSeq beyond 2^31', withSql('update standing set local_cseq = 3000000000 where slot = 2'), 'where it stands is not known'],
  ['a negative slot', withSql('update subscription set slot = -2 where slot = 2'), 'there is no such slot'],
  ['a slot beyond all', withSql('update subscription set slot = 9223372036854775807 where slot = 2'), 'there is no such slot'],
])('a row with %s is left out and told, and the others go on', async (_, spoil, problem) => {
  await using store = await spoilt(spoil);
  const found = await store.found(morning);
  expect(found.subscriptions).toEqual([sample(1)]);
  expect(found.unreadable).toEqual([expect.stringContaining(problem)]);
  // It is out of the store.
  expect((await store.found(morning)).unreadable).toEqual([]);
}); // prettier-ignore

test.each<[string, (path: string) => void]>([
  ['is garbage', (path) => writeFileSync(path, 'x'.repeat(10_000))],
  ['has lost its first page', (path) => writeFileSync(path, Buffer.alloc(8192), { flag: 'r+' })],
  [
    'is damaged further in',
    (path) => {
      const db = new DatabaseSync(path);
      const pages = Number(db.prepare('pragma page_count').get()?.['page_count']);
      db.close();
      writeFileSync(
        path,
        Buffer.concat([readFileSync(path).subarray(0, 4096), Buffer.alloc(4096 * (pages - 1), 0xaa)]),
      );
    },
  ],
])('a file that %s is put away and begun anew, and that is told', async (_, spoil) => {
  const path = newFile();
  {
    await using store = openSubscriptionStore(path);
    const kept = Array.from({ length: 100 }, (__, slot) => sample(slot));
    await store.write({ kept, moved: [], ended: [] }, morning);
  }
  spoil(path);
  await using store = openSubscriptionStore(path);
  const { subscriptions, unreadable } = await store.found(morning);
  expect(subscriptions).toEqual([]);
  expect(unreadable).toEqual([`${path} was damaged, and is begun anew`]);
  await store.write({ kept: [sample(1)], moved: [], ended: [] }, morning);
  expect((await store.found(morning)).subscriptions).toEqual([sample(1)]);
});

test('a file of another program, or of a newer one, is not touched', () => {
  const path = newFile();
  const db = new DatabaseSync(path);
  db.exec('create table theirs (x)');
  db.close();
  expect(() => openSubscriptionStore(path)).toThrow(HostFault);
  const newer = newFile();
  openSubscriptionStore(newer)[Symbol.asyncDispose]();
  const ahead = new DatabaseSync(newer);
  ahead.exec('pragma user_version = 99');
  ahead.close();
  expect(() => openSubscriptionStore(newer)).toThrow(/version 99/);
});
