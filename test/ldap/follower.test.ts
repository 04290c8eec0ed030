import { beforeEach, expect, test } from 'vitest';
import { instant, minutes, wallTime, type Instant, type WallTime } from '../../src/base/time.ts';
import { concat } from '../../src/base/bytes.ts';
import { Follower, type FollowerOptions } from '../../src/ldap/follower.ts';
import type { FollowerHeard, FollowerSaid } from '../../src/ldap/line.ts';
import { searchMark, stored } from '../../src/ldap/sync-cookie.ts';
import type { SyncCookie } from '../../src/ldap/sync.ts';
import {
  bindResult,
  entryMessage,
  extendedResult,
  idSet,
  keyText,
  newCookie,
  notice,
  refreshDelete,
  refreshPresent,
  searchDone,
  serverMessage,
} from './server-messages.ts';
import { element, enumerated, text } from '../../src/ldap/ber.ts';

const options: FollowerOptions = {
  urls: ['ldap://one'],
  startTls: false,
  dn: 'cn=sync,dc=com',
  password: 'secret',
  base: 'dc=com',
  filter: '(objectClass=*)',
  attributes: ['cn'],
  random: () => 1 - Number.EPSILON,
};
const mark = searchMark([options.dn, options.base, options.filter, 'cn']);
const csn = (second: number, server = 1): string =>
  `202601010000${String(second).padStart(2, '0')}.000000Z#000000#00${server}#000000`;
const cookie = (...csns: readonly string[]): string => `rid=000,csn=${csns.join(';')}`;
/** The time of day at which every connection is made unless told. */
const noon = wallTime(1_767_268_800_000);
const today = { mark, wholeAt: noon };
const good = stored(today, cookie(csn(1)));

let now: Instant;
let follower: Follower;
beforeEach(() => {
  now = instant(1000);
  follower = new Follower(options);
});

const at = (milliseconds: number): void => {
  now = instant(milliseconds);
};
const tell = (heard: FollowerHeard): readonly FollowerSaid[] => follower.handle(heard, now);
const receive = (...messages: readonly Uint8Array[]): readonly FollowerSaid[] =>
  tell({ kind: 'received', bytes: concat(messages) });
const kinds = (said: readonly FollowerSaid[]): readonly string[] => said.map(({ kind }) => kind);
/** Sends are compared by their operation's tag. */
const sent = (said: readonly FollowerSaid[]): readonly number[] =>
  said.flatMap((each) => (each.kind === 'send' ? [each.bytes[5] ?? 0] : []));

/** Up to the search: its message ID is 2. */
function follow(held?: SyncCookie, time: WallTime = noon): void {
  tell({ kind: 'start' });
  tell({ kind: 'connected', cookie: held, at: time });
  expect(kinds(receive(bindResult(1)))).toEqual(['send', 'began']);
}

test('it connects, binds, searches, in that order', () => {
  expect(tell({ kind: 'start' })).toEqual([{ kind: 'connect', url: 'ldap://one' }]);
  expect(sent(tell({ kind: 'connected', cookie: undefined, at: noon }))).toEqual([0x60]);
  const search = receive(bindResult(1));
  expect(kinds(search)).toEqual(['send', 'began']);
  expect(sent(search)).toEqual([0x63]);
});

test('trap 3: without a cookie a refresh that ends in refreshDelete has named everybody', () => {
  follow();
  const said = receive(entryMessage(2, { dn: 'a' }, { state: 'add', byte: 1 }), refreshDelete(2, cookie(csn(9))));
  expect(said).toMatchObject([
    { kind: 'entry', key: keyText(1), dn: 'a' },
    { kind: 'refreshed', sweep: true, cookie: stored(today, cookie(csn(9))) },
  ]);
});

test('with a cookie a delete phase names whom it means: nobody is swept', () => {
  follow(good);
  expect(receive(idSet(2, [3, 4], { deleted: true }), refreshDelete(2, cookie(csn(9))))).toEqual([
    { kind: 'gone', keys: [keyText(3), keyText(4)] },
    { kind: 'refreshed', sweep: false, cookie: stored(today, cookie(csn(9))) },
  ]);
});

test('with a cookie a present phase names who is there: the others are swept', () => {
  follow(good);
  expect(receive(idSet(2, [3], { deleted: false }), refreshPresent(2, cookie(csn(9))))).toEqual([
    { kind: 'present', keys: [keyText(3)] },
    { kind: 'refreshed', sweep: true, cookie: stored(today, cookie(csn(9))) },
  ]);
});

test('a present phase of several ID sets that a delete phase follows sweeps once, at the end (RFC 4533 §3.3)', () => {
  follow(good);
  const said = receive(
    idSet(2, [1], { deleted: false }),
    idSet(2, [2], { deleted: false, cookie: cookie(csn(8)) }),
    entryMessage(2, { dn: 'c' }, { state: 'present', byte: 3 }),
    refreshPresent(2, cookie(csn(8)), false),
    idSet(2, [2], { deleted: true }),
    entryMessage(2, { dn: 'd' }, { state: 'modify', byte: 4 }),
    entryMessage(2, { dn: 'e' }, { state: 'delete', byte: 5 }),
    refreshDelete(2, cookie(csn(9))),
  );
  expect(kinds(said)).toEqual(['present', 'present', 'present', 'gone', 'entry', 'gone', 'refreshed']);
  expect(said.at(-1)).toMatchObject({ sweep: true, cookie: stored(today, cookie(csn(9))) });
});

test('trap 4: no cookie counts within a refresh, wherever it stands', () => {
  follow(good);
  const said = receive(
    newCookie(2, cookie(csn(9))),
    idSet(2, [1], { deleted: true, cookie: cookie(csn(9)) }),
    entryMessage(2, { dn: 'd' }, { state: 'modify', byte: 4, cookie: cookie(csn(9)) }),
  );
  expect(kinds(said)).toEqual(['gone', 'entry']);
  expect(receive(refreshDelete(2))).toEqual([{ kind: 'refreshed', sweep: false, cookie: good }]);
});

test('trap 2: after a change the checkpoint knows the other servers too', () => {
  follow(stored(today, cookie(csn(1), csn(1, 2))));
  receive(refreshDelete(2));
  expect(
    receive(entryMessage(2, { dn: 'd' }, { state: 'modify', byte: 4, cookie: `rid=000,sid=002,csn=${csn(5, 2)}` })),
  ).toMatchObject([{ kind: 'entry' }, { kind: 'checkpoint', cookie: stored(today, cookie(csn(1), csn(5, 2))) }]);
});

test('while it persists, changes, deletes and bare cookies come each with their checkpoint', () => {
  follow(good);
  receive(refreshDelete(2));
  expect(kinds(receive(newCookie(2, cookie(csn(4)))))).toEqual(['checkpoint']);
  expect(kinds(receive(idSet(2, [1], { deleted: true, cookie: cookie(csn(5)) })))).toEqual(['gone', 'checkpoint']);
  expect(kinds(receive(entryMessage(2, { dn: 'd' }, { state: 'delete', byte: 4, cookie: cookie(csn(6)) })))).toEqual([
    'gone',
    'checkpoint',
  ]);
  expect(kinds(receive(entryMessage(2, { dn: 'd' }, { state: 'add', byte: 4 })))).toEqual(['entry']);
  // Nobody is swept outside a refresh, so who is present is no news.
  expect(receive(idSet(2, [1], { deleted: false }), refreshPresent(2))).toEqual([]);
});

test.each([
  [53, 'consumer state is newer than provider!'],
  [4096, 'Invalid session cookie'],
])('trap 5: after result %i the cookie is dropped and everything is read afresh', (code, diagnostic) => {
  follow(good);
  const said = receive(searchDone(2, code, diagnostic));
  expect(kinds(said)).toEqual(['lost', 'send', 'began']);
  expect(said[0]).toMatchObject({ retryInMilliseconds: 0 });
  expect(receive(refreshDelete(3, cookie(csn(0))))).toEqual([
    { kind: 'refreshed', sweep: true, cookie: stored(today, cookie(csn(0))) },
  ]);
});

test('trap 5: a connection lost within that refresh does not bring the dropped cookie back', () => {
  follow(good);
  receive(searchDone(2, 4096));
  tell({ kind: 'closed', why: 'gone' });
  tell({ kind: 'start' });
  tell({ kind: 'connected', cookie: good, at: noon });
  receive(bindResult(1));
  expect(receive(refreshDelete(2, cookie(csn(3))))).toMatchObject([{ kind: 'refreshed', sweep: true }]);
});

test('result 53 without a cookie is a refusal, not a circle', () => {
  follow();
  expect(kinds(receive(searchDone(2, 53)))).toEqual(['hang-up', 'refused']);
});

test('a cookie that the server makes nothing of is dropped: an empty one ends the delete phase', () => {
  follow(stored(today, 'dir:389#cn=a:dc=b:(c=d)#5'));
  const said = receive(entryMessage(2, { dn: 'd' }, { state: 'add', byte: 4 }), refreshDelete(2, ''));
  expect(kinds(said)).toEqual(['entry', 'send', 'lost', 'send', 'began']);
  expect(receive(entryMessage(2, { dn: 'late' }, { state: 'add', byte: 4 }))).toEqual([]);
  expect(receive(refreshDelete(4, ''))).toEqual([{ kind: 'refreshed', sweep: true, cookie: undefined }]);
});

test('trap 7: a size limit is a refusal with the line that lifts it, never the end of a refresh', () => {
  follow();
  const said = receive(entryMessage(2, { dn: 'd' }, { state: 'add', byte: 4 }), searchDone(2, 4));
  expect(kinds(said)).toEqual(['entry', 'hang-up', 'refused']);
  expect(said.at(-1)).toMatchObject({
    advice: expect.stringContaining('limits dn.exact="cn=sync,dc=com" size=unlimited time=unlimited') as string,
  });
});

test.each([49, 8, 50, 32, 3, 12])('result %i to a search is a refusal, tried again after five minutes', (code) => {
  follow();
  const said = receive(searchDone(2, code));
  expect(kinds(said)).toEqual(['hang-up', 'refused']);
  expect(follower.deadline()).toBe(now + 300_000);
  expect(follower.wake(instant(now + 299_999))).toEqual([]);
  expect(kinds(follower.wake(instant(now + 300_000)))).toEqual(['connect']);
});

test('a wrong password is tried once, not again and again; `start` tries at once', () => {
  tell({ kind: 'start' });
  tell({ kind: 'connected', cookie: undefined, at: noon });
  const said = receive(bindResult(1, 49));
  expect(kinds(said)).toEqual(['hang-up', 'refused']);
  expect(said.at(-1)).toMatchObject({ advice: expect.stringContaining('password') as string });
  expect(kinds(tell({ kind: 'start' }))).toEqual(['connect']);
});

test.each([51, 52, 80, 0])('result %i passes: what is known stays, and it is tried again soon', (code) => {
  follow();
  const said = receive(searchDone(2, code));
  expect(kinds(said)).toEqual(['hang-up', 'lost']);
  expect(said.at(-1)).toMatchObject({ retryInMilliseconds: 1000 });
});

test('waits grow from 1 s to 60 s and begin anew once a refresh is done', () => {
  const waits: number[] = [];
  tell({ kind: 'start' });
  for (let round = 0; round < 8; round += 1) {
    const lost = tell({ kind: 'closed', why: 'refused' }).find(({ kind }) => kind === 'lost');
    if (lost?.kind !== 'lost') throw new Error('not lost');
    waits.push(lost.retryInMilliseconds);
    at(now + lost.retryInMilliseconds);
    expect(kinds(follower.wake(now))).toEqual(['connect']);
  }
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  tell({ kind: 'connected', cookie: undefined, at: noon });
  receive(bindResult(1), refreshDelete(2, cookie(csn(1))));
  expect(tell({ kind: 'closed', why: 'x' })).toMatchObject([{ kind: 'lost', retryInMilliseconds: 1000 }]);
});

test('waits are spread by chance between half and whole', () => {
  follower = new Follower({ ...options, random: () => 0 });
  tell({ kind: 'start' });
  expect(tell({ kind: 'closed', why: 'x' })).toMatchObject([{ retryInMilliseconds: 500 }]);
});

test('addresses are tried in order, the wait grows by the round, and one that worked is tried first again', () => {
  follower = new Follower({ ...options, urls: ['ldap://one', 'ldap://two'] });
  const seen: string[] = [];
  const waits: number[] = [];
  const note = (said: readonly FollowerSaid[]): void => {
    for (const each of said) {
      if (each.kind === 'connect') seen.push(each.url);
      if (each.kind === 'lost') waits.push(each.retryInMilliseconds);
    }
  };
  note(tell({ kind: 'start' }));
  for (let turn = 0; turn < 3; turn += 1) {
    note(tell({ kind: 'closed', why: 'x' }));
    note(tell({ kind: 'start' }));
  }
  expect(seen).toEqual(['ldap://one', 'ldap://two', 'ldap://one', 'ldap://two']);
  expect(waits).toEqual([1000, 1000, 2000]);
  tell({ kind: 'connected', cookie: undefined, at: noon });
  receive(bindResult(1), refreshDelete(2, cookie(csn(1))));
  tell({ kind: 'closed', why: 'x' });
  expect(tell({ kind: 'start' })).toEqual([{ kind: 'connect', url: 'ldap://two' }]);
});

test('after 30 s of silence it asks for a sign of life, and hangs up when none comes within 10 s', () => {
  follow();
  receive(refreshDelete(2, cookie(csn(1))));
  expect(follower.deadline()).toBe(31_000);
  at(31_000);
  expect(kinds(follower.wake(now))).toEqual(['send']);
  expect(follower.deadline()).toBe(41_000);
  at(35_000);
  expect(receive(searchDone(3))).toEqual([]);
  expect(follower.deadline()).toBe(65_000);
  at(65_000);
  follower.wake(now);
  at(75_000);
  expect(kinds(follower.wake(now))).toEqual(['hang-up', 'lost']);
});

test('silence means nothing while the host does not read', () => {
  follow();
  at(31_000);
  follower.wake(now);
  tell({ kind: 'paused' });
  expect(follower.deadline()).toBeUndefined();
  expect(follower.wake(instant(99_000))).toEqual([]);
  at(31_999);
  expect(tell({ kind: 'resumed' })).toEqual([]);
  expect(follower.deadline()).toBe(61_999);
});

test('trap writetimeout: after a pause of a second it asks for a sign of life at once: the server may have given it up', () => {
  follow();
  tell({ kind: 'paused' });
  at(2000);
  tell({ kind: 'paused' });
  expect(kinds(tell({ kind: 'resumed' }))).toEqual(['send']);
  expect(follower.deadline()).toBe(12_000);
  // What was sent before the pause is no sign of life.
  at(5000);
  receive(entryMessage(2, { dn: 'cn=a' }, { state: 'add', byte: 1 }));
  expect(follower.deadline()).toBe(15_000);
  at(15_000);
  expect(kinds(follower.wake(now))).toEqual(['hang-up', 'lost']);
});

test('trap writetimeout: a server that answers after a pause is asked again only after 30 s of silence', () => {
  follow();
  tell({ kind: 'paused' });
  at(2000);
  tell({ kind: 'resumed' });
  at(3000);
  receive(searchDone(3));
  expect(follower.deadline()).toBe(33_000);
});

test.each(['connecting', 'binding'] as const)(
  'a server that does not answer while %s is given up after 10 s',
  (stage) => {
    tell({ kind: 'start' });
    if (stage === 'binding') tell({ kind: 'connected', cookie: undefined, at: noon });
    at(11_000);
    expect(kinds(follower.wake(now))).toEqual(['hang-up', 'lost']);
  },
);

test('StartTLS comes before the bind, and without it nothing goes on', () => {
  follower = new Follower({ ...options, startTls: true });
  tell({ kind: 'start' });
  expect(sent(tell({ kind: 'connected', cookie: undefined, at: noon }))).toEqual([0x77]);
  expect(kinds(receive(extendedResult(1)))).toEqual(['secure']);
  expect(sent(tell({ kind: 'secured' }))).toEqual([0x60]);
});

test('a server that refuses StartTLS is not spoken to in clear text', () => {
  follower = new Follower({ ...options, startTls: true });
  tell({ kind: 'start' });
  tell({ kind: 'connected', cookie: undefined, at: noon });
  expect(kinds(receive(extendedResult(1, 2)))).toEqual(['hang-up', 'refused']);
});

test('what an attacker puts behind the answer to StartTLS, in clear text, is not listened to', () => {
  follower = new Follower({ ...options, startTls: true });
  tell({ kind: 'start' });
  tell({ kind: 'connected', cookie: undefined, at: noon });
  const forged = bindResult(2);
  expect(kinds(receive(extendedResult(1), forged, forged.subarray(0, 5)))).toEqual(['secure']);
  expect(sent(tell({ kind: 'secured' }))).toEqual([0x60]);
  expect(kinds(receive(bindResult(2)))).toEqual(['send', 'began']);
});

test.each(['ldaps://one', 'ldapi://%2Frun', 'LDAPS://one'])('%s needs no StartTLS', (url) => {
  follower = new Follower({ ...options, startTls: true, urls: [url] });
  tell({ kind: 'start' });
  expect(sent(tell({ kind: 'connected', cookie: undefined, at: noon }))).toEqual([0x60]);
});

test('the notice of disconnection is heeded, other unasked messages are not (RFC 4511 §4.4)', () => {
  follow();
  expect(receive(serverMessage(0, element(0x78, enumerated(0), text(''), text(''), text('1.2.3', 0x8a))))).toEqual([]);
  expect(kinds(receive(notice(52)))).toEqual(['hang-up', 'lost']);
});

test('messages with a number that nobody asked under, references, and unknown intermediates are passed over', () => {
  follow();
  expect(
    receive(
      entryMessage(9, { dn: 'x' }),
      searchDone(9),
      serverMessage(2, element(0x73, text('ldap://elsewhere'))),
      serverMessage(2, element(0x79, text('1.2.3', 0x80))),
    ),
  ).toEqual([]);
});

test.each([
  ['an entry without its state', entryMessage(2, { dn: 'x' })],
  ['bytes that are not LDAP', Uint8Array.of(1, 2, 3)],
  ['a message of 2 GB', Uint8Array.of(0x30, 0x84, 0x7f, 0xff, 0xff, 0xff)],
  ['an empty message', Uint8Array.of(0x30, 0)],
])('%s: the connection is given up, and what came before it stands', (_, bytes) => {
  follow();
  const said = receive(entryMessage(2, { dn: 'a' }, { state: 'add', byte: 1 }), bytes);
  expect(kinds(said)).toEqual(['entry', 'hang-up', 'lost']);
});

test('stop says goodbye; nothing is heard until start', () => {
  follow();
  const said = tell({ kind: 'stop' });
  expect(kinds(said)).toEqual(['send', 'hang-up']);
  expect(sent(said)).toEqual([0x42]);
  expect(receive(refreshDelete(2))).toEqual([]);
  expect(tell({ kind: 'closed', why: 'x' })).toEqual([]);
  expect(follower.deadline()).toBeUndefined();
  expect(tell({ kind: 'stop' })).toEqual([]);
  expect(kinds(tell({ kind: 'start' }))).toEqual(['connect']);
});

test.each(['start', 'secured', 'resumed'] as const)('%s where it has no meaning is passed over', (kind) => {
  follow();
  expect(tell({ kind })).toEqual([]);
  expect(tell({ kind: 'connected', cookie: good, at: noon })).toEqual([]);
});

test('a filter that is none, or a DN with an empty password, is refused at once', () => {
  expect(() => new Follower({ ...options, filter: 'objectClass=*' })).toThrow(/not a filter/);
  expect(() => new Follower({ ...options, password: '' })).toThrow(/empty password/);
});

test('a changed search does not use the cookie of the one before: everybody is read again and swept', () => {
  follower = new Follower({ ...options, attributes: ['cn', 'mail'] });
  tell({ kind: 'start' });
  tell({ kind: 'connected', cookie: good, at: noon });
  receive(bindResult(1));
  expect(receive(refreshDelete(2, cookie(csn(9))))).toMatchObject([{ kind: 'refreshed', sweep: true }]);
});

// ---- what no server tells of: everything is read again, once a day -----------------------------------

const hours = (count: number): number => minutes(60 * count);
const ago = (milliseconds: number): SyncCookie =>
  stored({ mark, wholeAt: wallTime(noon - milliseconds) }, cookie(csn(1)));

test('trap 6: a cookie of a whole reading less than a day ago is used, and its time is kept', () => {
  const held = ago(hours(24) - 1000);
  follow(held);
  expect(receive(refreshDelete(2, cookie(csn(9))))).toEqual([
    {
      kind: 'refreshed',
      sweep: false,
      cookie: stored({ mark, wholeAt: wallTime(noon - hours(24) + 1000) }, cookie(csn(9))),
    },
  ]);
});

test.each([
  ['a day ago', ago(hours(24))],
  ['a year ago', ago(hours(24 * 365))],
  ['at a time that is not told', `${mark} ${cookie(csn(1))}` as SyncCookie],
])('trap 6: where everything was last read %s, it is read again in place of the cookie', (_, held) => {
  follow(held);
  expect(receive(refreshDelete(2, cookie(csn(9))))).toEqual([
    { kind: 'refreshed', sweep: true, cookie: stored(today, cookie(csn(9))) },
  ]);
});

test('trap 6: a connection that lasts is left after a day for one that reads everything', () => {
  follow(ago(hours(23)));
  receive(refreshDelete(2, cookie(csn(9))));
  const due = 1000 + hours(1);
  for (at(31_000); follower.deadline() !== due;) {
    at(follower.deadline() ?? Infinity);
    expect(kinds(follower.wake(now))).toEqual(['send']);
    receive(searchDone(99)); // a sign of life
  }
  at(due);
  expect(kinds(follower.wake(now))).toEqual(['send', 'hang-up', 'connect']);
  tell({ kind: 'connected', cookie: ago(hours(23)), at: wallTime(noon + hours(1)) });
  receive(bindResult(1));
  expect(receive(refreshDelete(2, cookie(csn(9))))).toEqual([
    { kind: 'refreshed', sweep: true, cookie: stored({ mark, wholeAt: wallTime(noon + hours(1)) }, cookie(csn(9))) },
  ]);
});

test('trap 6: a whole reading that breaks off is begun again as one', () => {
  follow(ago(hours(25)));
  tell({ kind: 'closed', why: 'x' });
  tell({ kind: 'start' });
  tell({ kind: 'connected', cookie: ago(hours(25)), at: wallTime(noon + 1000) });
  receive(bindResult(1));
  expect(receive(refreshDelete(2, cookie(csn(9))))).toMatchObject([{ kind: 'refreshed', sweep: true }]);
});

test('trap 6: nothing is read anew while the host does not read, or a refresh is under way', () => {
  follower = new Follower({ ...options, compareEvery: minutes(1) });
  follow();
  at(70_000);
  expect(kinds(follower.wake(now))).toEqual(['send']); // a sign of life is asked for, no more
  receive(refreshDelete(2, cookie(csn(9))));
  tell({ kind: 'paused' });
  expect(follower.deadline()).toBeUndefined();
  tell({ kind: 'resumed' });
  expect(follower.deadline()).toBe(61_000); // overdue: the reading began at 1,000
  expect(kinds(follower.wake(now))).toEqual(['send', 'hang-up', 'connect']);
});

test('a clock that is set back by a year puts the next whole reading off by no more than a day', () => {
  follow(ago(-hours(24 * 365)));
  receive(refreshDelete(2, cookie(csn(9))));
  tell({ kind: 'paused' });
  tell({ kind: 'resumed' });
  at(1000 + hours(24));
  expect(kinds(follower.wake(now))).toContain('hang-up');
});

test('389-DS: a refresh that stands still for two minutes, while the server is alive, is refused with the limits to lift', () => {
  follow();
  for (let second = 31; second <= 121; second += 30) {
    at(second * 1000);
    expect(kinds(follower.wake(now))).toEqual(['send']);
    if (second === 61) receive(entryMessage(2, { dn: 'cn=a' }, { state: 'add', byte: 1 }));
    receive(searchDone(Math.floor(second / 30) + 2)); // alive
  }
  expect(follower.deadline()).toBe(151_000);
  tell({ kind: 'paused' });
  at(200_000);
  tell({ kind: 'resumed' });
  receive(searchDone(7));
  expect(follower.deadline()).toBe(230_000);
  for (const time of [230_000, 260_000, 290_000]) {
    at(time);
    expect(kinds(follower.wake(now))).toEqual(['send']);
    receive(searchDone(8 + (time - 230_000) / 30_000));
  }
  at(320_000);
  expect(follower.deadline()).toBe(320_000);
  const said = follower.wake(now);
  expect(kinds(said)).toEqual(['hang-up', 'refused']);
  expect(said[1]).toMatchObject({ advice: expect.stringContaining('nsSizeLimit: -1') as string });
});

test('while it persists, silence is no standstill', () => {
  follow();
  receive(refreshDelete(2, cookie(csn(1))));
  for (let second = 31; second < 400; second += 30) {
    at(second * 1000);
    expect(kinds(follower.wake(now))).toEqual(['send']);
    receive(searchDone(Math.floor(second / 30) + 2));
  }
});

test('389-DS: too many synchronization sessions is no word on the cookie, and passes', () => {
  follow(good);
  const said = receive(searchDone(2, 53, 'Too many active synchronization sessions'));
  expect(said).toMatchObject([{ kind: 'hang-up' }, { kind: 'lost', retryInMilliseconds: 1000 }]);
  tell({ kind: 'start' });
  tell({ kind: 'connected', cookie: good, at: noon });
  receive(bindResult(1));
  expect(receive(refreshDelete(2, cookie(csn(9))))).toMatchObject([{ kind: 'refreshed', sweep: false }]);
});
