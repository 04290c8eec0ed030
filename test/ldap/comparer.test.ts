import { beforeEach, expect, test } from 'vitest';
import { concat } from '../../src/base/bytes.ts';
import { instant, minutes, wallTime, type Instant, type WallTime } from '../../src/base/time.ts';
import { element, enumerated, integer, octets, text } from '../../src/ldap/ber.ts';
import { Comparer, keyOfValue, timeOf, type ComparerHeard, type ComparerOptions } from '../../src/ldap/comparer.ts';
import type { FollowerSaid } from '../../src/ldap/line.ts';
import { syncCookie, type EntryKey, type SyncCookie } from '../../src/ldap/sync.ts';
import { bindResult, entryMessage, searchDone, serverMessage } from './server-messages.ts';

const options: ComparerOptions = {
  urls: ['ldap://one'],
  startTls: false,
  dn: 'cn=sync,dc=com',
  password: 'secret',
  base: 'dc=com',
  filter: '(objectClass=*)',
  attributes: ['cn', 'mail'],
  keyAttribute: 'entryUUID',
  every: minutes(15),
  compareEvery: minutes(24 * 60),
  random: () => 1 - Number.EPSILON,
};
const noon = wallTime(1_767_268_800_000);

let now: Instant;
let comparer: Comparer;
beforeEach(() => {
  now = instant(1000);
  comparer = new Comparer(options);
});

const tell = (heard: ComparerHeard): readonly FollowerSaid[] => comparer.handle(heard, now);
const receive = (...messages: readonly Uint8Array[]): readonly FollowerSaid[] =>
  tell({ kind: 'received', bytes: concat(messages) });
const kinds = (said: readonly FollowerSaid[]): readonly string[] => said.map(({ kind }) => kind);
const key = (number: number): EntryKey => `00000000-0000-0000-0000-${String(number).padStart(12, '0')}` as EntryKey;
const entry = (id: number, number: number, more: Readonly<Record<string, readonly string[]>> = {}): Uint8Array =>
  entryMessage(id, { dn: `uid=${number}`, attributes: { entryUUID: [key(number)], ...more } });
const csn = (number: number): Readonly<Record<string, readonly string[]>> => ({ entryCSN: [`csn ${number}`] });

/** The result of a page; `cookie` asks for the next. */
const pageDone = (id: number, cookie: string): Uint8Array => {
  const value = element(0x30, integer(0), octets(new TextEncoder().encode(cookie)));
  const control = element(0x30, text('1.2.840.113556.1.4.319'), octets(value));
  return serverMessage(id, element(0x65, enumerated(0), text(''), text('')), control);
};
/** What was sent, as text in which attributes and DNs can be looked for. */
const sent = (said: readonly FollowerSaid[]): readonly string[] =>
  said.flatMap((each) => (each.kind === 'send' ? [Buffer.from(each.bytes).toString('latin1')] : []));

function open(cookie?: SyncCookie, at: WallTime = noon): readonly FollowerSaid[] {
  tell({ kind: 'start' });
  tell({ kind: 'connected', cookie, at });
  return receive(bindResult(1));
}

/** The cookie of a first run that found one entry, whose stamp is `stamped`. */
function firstRun(stamped: Readonly<Record<string, readonly string[]>> = csn(1)): SyncCookie {
  open();
  const said = receive(entry(2, 1, stamped), pageDone(2, ''));
  const refreshed = said.find(({ kind }) => kind === 'refreshed');
  if (refreshed?.kind !== 'refreshed' || refreshed.cookie === undefined) throw new Error('not refreshed');
  comparer = new Comparer(options);
  return refreshed.cookie;
}

test('the first run reads everything in pages, sweeps at the end, and rests without a connection', () => {
  const began = open();
  expect(kinds(began)).toEqual(['began', 'send']);
  expect(sent(began)[0]).toContain('mail');
  const first = receive(entry(2, 1, csn(1)), entry(2, 2, csn(2)), pageDone(2, 'more'));
  expect(kinds(first)).toEqual(['entry', 'entry', 'send']);
  expect(first[0]).toMatchObject({ key: key(1), dn: 'uid=1', stamp: 'csn 1' });
  expect(sent(first)[0]).toContain('more');
  const last = receive(entry(3, 3, csn(3)), pageDone(3, ''));
  expect(kinds(last)).toEqual(['entry', 'refreshed', 'send', 'hang-up']);
  expect(last[1]).toMatchObject({ sweep: true });
  expect(comparer.deadline()).toBe(1000 + minutes(15));
  now = instant(1000 + minutes(15));
  expect(comparer.wake(now)).toEqual([{ kind: 'connect', url: 'ldap://one' }]);
});

test('the next run asks for keys and stamps only, and reads whom the host wants, by DN', () => {
  const cookie = firstRun();
  const began = open(cookie);
  expect(sent(began)[0]).not.toContain('mail');
  const listed = receive(entry(2, 1, csn(1)), entry(2, 2, csn(9)), pageDone(2, 'more'));
  expect(listed).toEqual([
    {
      kind: 'listed',
      entries: [
        { key: key(1), dn: 'uid=1', stamp: 'csn 1' },
        { key: key(2), dn: 'uid=2', stamp: 'csn 9' },
      ],
    },
  ]);
  const reading = tell({ kind: 'wanted', keys: [key(2)] });
  expect(sent(reading)).toHaveLength(1);
  expect(sent(reading)[0]).toMatch(/uid=2[^]*mail/);
  expect(kinds(receive(entry(3, 2, csn(9))))).toEqual(['entry']);
  expect(sent(receive(searchDone(3)))[0]).toContain('more');
  expect(kinds(receive(pageDone(4, '')))).toEqual(['listed']);
  expect(kinds(tell({ kind: 'wanted', keys: [] }))).toEqual(['refreshed', 'send', 'hang-up']);
});

test('fifty are read at once, and no page is asked for before all are', () => {
  open(firstRun());
  receive(...Array.from({ length: 120 }, (_, at) => entry(2, at, csn(at))), pageDone(2, 'more'));
  const first = tell({ kind: 'wanted', keys: Array.from({ length: 120 }, (_, at) => key(at)) });
  expect(sent(first)).toHaveLength(50);
  expect(sent(first)[0]).toContain('uid=0');
  let asked = 50;
  for (let id = 3; id < 122; id += 1) asked += sent(receive(searchDone(id))).length;
  expect(asked).toBe(120);
  expect(sent(receive(searchDone(122)))[0]).toContain('more');
});

test('who is gone when it is to be read was there, and is not taken for gone in this run', () => {
  open(firstRun());
  receive(entry(2, 1, csn(2)), pageDone(2, ''));
  tell({ kind: 'wanted', keys: [key(1)] });
  expect(receive(searchDone(3, 32))).toMatchObject([
    { kind: 'present', keys: [key(1)] },
    { kind: 'refreshed' },
    { kind: 'send' },
    { kind: 'hang-up' },
  ]);
});

test.each([
  ['a size limit', 4, 'refused'],
  ['a server that knows no pages', 12, 'refused'],
  ['a base that is not there', 32, 'refused'],
  ['a busy server', 51, 'lost'],
])('%s within the pages ends the run: nobody is swept', (_, code, kind) => {
  open(firstRun());
  receive(entry(2, 1, csn(1)), pageDone(2, 'more'));
  tell({ kind: 'wanted', keys: [] });
  const said = receive(entry(3, 2, csn(2)), searchDone(3, code));
  expect(kinds(said)).toEqual(['hang-up', kind]);
  if (code === 12) expect(said[1]).toMatchObject({ advice: expect.stringContaining('paged results (RFC 2696)') });
});

test('a result that does not say whether it was the last page is a fault, not the end', () => {
  open();
  expect(kinds(receive(entry(2, 1), searchDone(2)))).toEqual(['entry', 'hang-up', 'lost']);
});

test('an entry without its key is refused with what to name instead', () => {
  open();
  const said = receive(entryMessage(2, { dn: 'uid=1', attributes: { cn: ['Ada'] } }));
  expect(kinds(said)).toEqual(['hang-up', 'refused']);
  expect(said[1]).toMatchObject({ problem: expect.stringContaining('uid=1 has no entryUUID') as string });
});

test('a connection that is lost within a run begins another one; what is wanted of the first means nothing', () => {
  const cookie = firstRun();
  open(cookie);
  receive(entry(2, 1, csn(1)), pageDone(2, 'more'));
  expect(kinds(tell({ kind: 'closed', why: 'x' }))).toEqual(['lost']);
  expect(tell({ kind: 'wanted', keys: [key(1)] })).toEqual([]);
  expect(kinds(open(cookie))).toEqual(['began', 'send']);
});

test.each([
  ['another search', () => syncCookie('0123456789abcdef@1767268800 -')],
  ['a follower', () => syncCookie('0123456789abcdef@1767268800 rid=000,csn=x')],
  ['garbage', () => syncCookie('garbage')],
  ['a day ago', () => syncCookie(firstRun().replace(/@\d+/, `@${noon / 1000 - 86_400}`))],
])('with a cookie of %s everything is read', (_, cookie) => {
  const held = cookie();
  expect(sent(open(held))[0]).toContain('mail');
  expect(receive(entry(2, 1, csn(1)), pageDone(2, ''))[1]).toMatchObject({
    cookie: expect.stringContaining(`@${noon / 1000} `) as string,
  });
});

test('where something else is made of what is read, everything is read', () => {
  const cookie = firstRun();
  comparer = new Comparer({ ...options, madeInto: 'something else' });
  expect(sent(open(cookie))[0]).toContain('mail');
});

test('within the day the time of the whole reading is kept', () => {
  const cookie = firstRun();
  open(cookie, wallTime(noon + minutes(60)));
  receive(pageDone(2, ''));
  expect(tell({ kind: 'wanted', keys: [] })[0]).toMatchObject({
    cookie: expect.stringContaining(`@${noon / 1000} `) as string,
  });
});

test('by modifyTimestamp, who was altered shortly before the newest of the run before has no stamp, and so is read', () => {
  open(firstRun({ modifyTimestamp: ['20260101120000Z'] }));
  const at = (time: string): Readonly<Record<string, readonly string[]>> => ({ modifyTimestamp: [time] });
  const [said] = receive(
    entry(2, 1, at('20260101114959Z')),
    entry(2, 2, at('20260101115000Z')),
    entry(2, 3, at('20260101130000Z')),
    pageDone(2, ''),
  );
  expect(said).toMatchObject({ kind: 'listed' });
  if (said?.kind !== 'listed') throw new Error('not listed');
  expect(said.entries.map(({ stamp }) => stamp)).toEqual(['20260101114959Z', undefined, undefined]);
  tell({ kind: 'wanted', keys: [key(3)] });
  expect(receive(entry(3, 3, at('20260101130000Z')))[0]).toMatchObject({ stamp: '20260101130000Z' });
  expect(receive(searchDone(3))[0]).toMatchObject({ cookie: expect.stringContaining(' 20260101130000Z') as string });
});

test('a time is read as it is written, in UTC', () => {
  expect(timeOf('20260101120000Z')).toBe(Date.UTC(2026, 0, 1, 12));
  expect(timeOf('20260101120000.123456Z')).toBe(Date.UTC(2026, 0, 1, 12));
  for (const none of ['', '2026', '20260101120000', '20260101120000+0100', '-']) expect(timeOf(none)).toBe(-Infinity);
});

test('a key is text where it is one, else its octets', () => {
  const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);
  expect(keyOfValue(bytes(key(1).toUpperCase()))).toBe(key(1));
  expect(keyOfValue(bytes('2f9cc295-e96411f1-897797ff-2955a290'))).toBe('2f9cc295-e964-11f1-8977-97ff2955a290');
  expect(keyOfValue(bytes('employee-17'))).toBe('employee-17');
  expect(keyOfValue(Uint8Array.of(0, 1, 255, 16))).toBe('0001ff10');
  expect(keyOfValue(bytes('张'))).toBe('e5bca0');
});
