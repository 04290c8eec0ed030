import { expect, test } from 'vitest';
import { later, milliseconds, seconds } from '../../src/base/time.ts';
import type { Change } from '../../src/book/change.ts';
import type { PersonId } from '../../src/book/person-id.ts';
import type { News } from '../../src/server/change-log.ts';
import { Notifier, type NotifierSaid } from '../../src/server/notifier.ts';
import type { NotifierOptions } from '../../src/server/notifier-options.ts';
import { Tail } from '../../src/server/tail.ts';
import type { SubscriptionId } from '../../src/sip/transaction-user.ts';
import { parseChangeList, parseNotice } from '../../src/wire/change-list.ts';
import { printHeld } from '../../src/wire/interest.ts';
import { changesType, heldType, noticeType } from '../../src/wire/protocol-version.ts';
import { ada, at, ben, book, eve, listOf, noon, otherBook, subscribe, telephone, type Asking } from './samples.ts';

const id = (text: string): SubscriptionId => text as SubscriptionId;
const broadcast = { delivery: 'broadcast' };
const tagOf = (revision: number): string => `${book}.${revision}`;

/** A notifier whose log stands at revision 10. */
function notifier(options: Partial<NotifierOptions> = {}, limits = {}): Notifier {
  const tail = new Tail({ book, revision: at(10) }, limits);
  const made = new Notifier({
    tailOf: () => tail,
    roomFor: () => Infinity,
    publicUrl: () => 'https://book.example',
    ...options,
  });
  tails.set(made, tail);
  return made;
}

const tails = new WeakMap<Notifier, Tail>();

function tailOf(machine: Notifier): Tail {
  const tail = tails.get(machine);
  if (tail === undefined) throw new Error('not made by notifier()');
  return tail;
}

function ask(machine: Notifier, name: string, asking: Asking = {}, now = noon): readonly NotifierSaid[] {
  return machine.handle({ kind: 'asked', request: subscribe(name, asking) }, now);
}

/** A subscription that was told all up to revision 10, and has nothing in flight. */
function settled(machine: Notifier, name: string, asking: Asking = {}): void {
  ask(machine, name, { tag: tagOf(10), ...asking });
  delivered(machine, name);
}

const delivered = (machine: Notifier, name: string, now = noon): readonly NotifierSaid[] =>
  machine.handle({ kind: 'delivered', subscription: id(name) }, now);

const announce = (machine: Notifier, after: number, ...changes: readonly Change[]): readonly NotifierSaid[] =>
  machine.handle({ kind: 'announced', list: listOf(after, ...changes), tail: tailOf(machine) }, noon);

const held = (...people: readonly PersonId[]): Asking => ({
  event: { delivery: 'held' },
  body: { type: heldType, text: printHeld(people) },
});

const textOf = (said: NotifierSaid | undefined): string =>
  said !== undefined && 'body' in said ? (said.body?.text ?? '') : '';
const typeOf = (said: NotifierSaid | undefined): string | undefined =>
  said !== undefined && 'body' in said ? said.body?.type : undefined;
const told = (said: readonly NotifierSaid[]): readonly string[] =>
  said.map((each) => `${each.kind} ${each.subscription}`);

test('of a first load everybody hears that there is something to fetch, and who holds one that came back', () => {
  const machine = notifier();
  settled(machine, 'all', { event: broadcast });
  settled(machine, 'ada', held(ada));
  settled(machine, 'ben', held(ben));
  const list: News = { ...listOf(10), upTo: at(12), added: [ada, eve] };
  const said = machine.handle({ kind: 'announced', list, tail: tailOf(machine) }, noon);
  expect(told(said)).toEqual(['notify all', 'notify ada']);
  expect(said.map((each) => parseNotice(textOf(each)))).toEqual([
    { book, after: 10, upTo: 12 },
    { book, after: 10, upTo: 12 },
  ]);
});

test('a change is told to every subscription at once, with the entity tag of the head', () => {
  const machine = notifier();
  settled(machine, 'one');
  settled(machine, 'two', { event: broadcast });
  const said = announce(machine, 10, telephone(ada, '8001', '8002'));
  expect(told(said)).toEqual(['notify one', 'notify two']);
  expect(said[0]).toMatchObject({ etag: tagOf(11) });
  expect(typeOf(said[0])).toBe(noticeType);
  expect(parseNotice(textOf(said[0]))).toEqual({ book, after: 10, upTo: 11 });
  expect(typeOf(said[1])).toBe(changesType);
  expect(parseChangeList(textOf(said[1]))).toEqual(listOf(10, telephone(ada, '8001', '8002')));
});

test('while a NOTIFY is in flight nothing is sent; what came meanwhile is one list, folded', () => {
  const machine = notifier();
  settled(machine, 'one', { event: broadcast });
  announce(machine, 10, telephone(ada, '1', '2'));
  expect(announce(machine, 11, telephone(ada, '2', '3'))).toEqual([]);
  expect(announce(machine, 12, telephone(ada, '3', '4'), telephone(ben, '7', '8'))).toEqual([]);
  const [next, ...others] = delivered(machine, 'one');
  expect(others).toEqual([]);
  expect(parseChangeList(textOf(next))).toEqual({
    ...listOf(11),
    upTo: 14,
    changes: [telephone(ada, '2', '4'), telephone(ben, '7', '8')],
  });
  expect(delivered(machine, 'one')).toEqual([]);
});

test('what is undone while a NOTIFY is in flight is not told, and the next list starts where the terminal stands', () => {
  const machine = notifier();
  settled(machine, 'one', { event: broadcast });
  announce(machine, 10, telephone(ada, '1', '2'));
  announce(machine, 11, telephone(ben, '7', '8'), telephone(ben, '8', '7'));
  expect(delivered(machine, 'one')).toEqual([]);
  const [next] = announce(machine, 13, telephone(eve, '5', '6'));
  expect(parseChangeList(textOf(next))).toMatchObject({ after: 11, upTo: 14, changes: [telephone(eve, '5', '6')] });
});

test('a restricted field never goes out, and a change of nothing else tells nobody', () => {
  const machine = notifier();
  settled(machine, 'one', { event: broadcast });
  const from = { homeTelephone: '030 1' };
  expect(announce(machine, 10, { kind: 'altered', person: ada, from, to: { homeTelephone: '030 2' } })).toEqual([]);
  const [said] = announce(machine, 11, { kind: 'added', person: ben, fields: { name: 'Ben', ...from } });
  expect(parseChangeList(textOf(said))).toMatchObject({
    after: 10,
    changes: [{ kind: 'added', person: ben, fields: { name: 'Ben' } }],
  });
  expect(textOf(said)).not.toContain('030');
});

test('RFC 5839: the revision that a SUBSCRIBE names is where its first NOTIFY starts', () => {
  const machine = notifier();
  announce(machine, 10, telephone(ada, '1', '2'), telephone(ben, '1', '2'));
  const [accept] = ask(machine, 'one', { tag: tagOf(11), event: broadcast });
  expect(accept).toMatchObject({ kind: 'accept', etag: tagOf(12) });
  expect(parseChangeList(textOf(accept))).toEqual(listOf(11, telephone(ben, '1', '2')));
});

test('RFC 5839 §4.2: a matching entity tag suppresses the body, and * matches any', () => {
  const machine = notifier();
  for (const tag of [tagOf(10), '*'])
    expect(ask(machine, `with ${tag}`, { tag })).toEqual([
      { kind: 'accept', subscription: `with ${tag}`, etag: tagOf(10), suppress: true },
    ]);
});

test('a refresh that is answered with 204 leaves nothing in flight', () => {
  const machine = notifier();
  settled(machine, 'one');
  ask(machine, 'one', { refresh: true, tag: tagOf(10) });
  expect(told(announce(machine, 10, telephone(ada, '1', '2')))).toEqual(['notify one']);
});

test.each([
  ['no entity tag', undefined],
  ['garbage', '"?'],
  ['the tag of another book', `${otherBook}.10`],
  ['a revision that is not there yet (a log restored from an old copy)', tagOf(11)],
  ['a revision that no number can hold', tagOf(9e14)],
])('%s is answered with the head only, so that the terminal sees the gap and catches up', (_, tag) => {
  const machine = notifier();
  const [accept] = ask(machine, 'one', { event: broadcast, ...(tag !== undefined && { tag }) });
  expect(typeOf(accept)).toBe(noticeType);
  expect(parseNotice(textOf(accept))).toEqual({ book, after: 10, upTo: 10 });
});

test('a terminal further behind than the tail is told where to fetch from, and what is new next is told in full', () => {
  const machine = notifier({}, { mostChanges: 2 });
  announce(machine, 10, telephone(ada, '1', '2'), telephone(ada, '2', '3'), telephone(ada, '3', '4'));
  const [accept] = ask(machine, 'one', { tag: tagOf(10), event: broadcast });
  expect(parseNotice(textOf(accept))).toMatchObject({ after: 10, upTo: 13 });
  delivered(machine, 'one');
  const [next] = announce(machine, 13, telephone(ben, '1', '2'));
  expect(typeOf(next)).toBe(changesType);
});

test('an empty span for a broadcast brings the terminal to the head with an empty list, not with a request over HTTP', () => {
  const machine = notifier();
  announce(machine, 10, telephone(ada, '1', '2'), telephone(ada, '2', '1'));
  const [accept] = ask(machine, 'one', { tag: tagOf(10), event: broadcast });
  expect(parseChangeList(textOf(accept))).toEqual({ book, after: 10, upTo: 12, changes: [] });
});

test('held: only who holds the person is told, of that person only, from where the terminal stands', () => {
  const machine = notifier();
  settled(machine, 'one', held(ada));
  settled(machine, 'two', held(ben, eve));
  expect(told(announce(machine, 10, telephone(ada, '1', '2'), telephone(eve, '1', '2')))).toHaveLength(2);
  delivered(machine, 'one');
  delivered(machine, 'two');
  expect(announce(machine, 12, { kind: 'removed', person: ben })).toHaveLength(1);
  const [said, ...others] = announce(machine, 13, telephone(ada, '2', '3'));
  expect(others).toEqual([]);
  // The terminal stands at 12; between 12 and 13 there was nothing for it.
  expect(parseChangeList(textOf(said))).toEqual({ ...listOf(12, telephone(ada, '2', '3')), upTo: 14 });
});

test('held: a terminal that long had nothing to hear of is told in full, though the tail is shorter than its silence', () => {
  const machine = notifier({}, { mostChanges: 3 });
  settled(machine, 'one', held(ada));
  for (let revision = 10; revision < 30; revision += 1) announce(machine, revision, telephone(ben, '1', '2'));
  const [said] = announce(machine, 30, telephone(ada, '1', '2'));
  expect(parseChangeList(textOf(said))).toMatchObject({ after: 10, upTo: 31, changes: [telephone(ada, '1', '2')] });
});

test('held: a refresh with a body holds others; one without a body (RFC 4660 §5) holds the same', () => {
  const machine = notifier();
  settled(machine, 'one', held(ada));
  ask(machine, 'one', { refresh: true, tag: tagOf(10), ...held(ben) });
  expect(announce(machine, 10, telephone(ada, '1', '2'))).toEqual([]);
  ask(machine, 'one', { refresh: true, tag: tagOf(11), event: { delivery: 'held' } });
  expect(told(announce(machine, 11, telephone(ben, '1', '2')))).toEqual(['notify one']);
});

test.each<[string, Asking, number, RegExp]>([
  ['an unknown delivery', { event: { delivery: 'carrier-pigeon' } }, 400, /notice, broadcast, held/],
  ['held without a body', { event: { delivery: 'held' } }, 400, /names the held persons/],
  ['held with another body', { ...held(), body: { type: 'text/plain', text: 'ada2' } }, 415, /held\+json/],
  ['held with a body that is not JSON', { ...held(), body: { type: heldType, text: '{' } }, 400, /not JSON/],
  ['held with deep nesting', { ...held(), body: { type: heldType, text: '['.repeat(50_000) } }, 400, /not JSON/],
  ['held with a wrong person ID', { ...held(), body: { type: heldType, text: '{"held":["Ada!"]}' } }, 400, /held\.0/],
  ['an Accept without any of our bodies', { accept: ['application/pidf+xml'] }, 406, /accepted/],
])('%s is refused, with the reason', (_, asking, status, reason) => {
  const machine = notifier();
  const [said, ...others] = ask(machine, 'one', asking);
  expect(others).toEqual([]);
  expect(said).toMatchObject({ kind: 'refuse', status, reason: expect.stringMatching(reason) });
  expect(machine.count).toBe(0);
});

test('RFC 6665 §4.1.2.2: a refresh that is refused leaves the subscription as it was', () => {
  const machine = notifier();
  settled(machine, 'one', held(ada));
  ask(machine, 'one', { refresh: true, ...held(), body: { type: heldType, text: '{}' } });
  expect(told(announce(machine, 10, telephone(ada, '1', '2')))).toEqual(['notify one']);
});

test('changes too large for the flow, or for the limit, become a notice', () => {
  const small = notifier({ roomFor: () => 100 });
  settled(small, 'one', { event: broadcast });
  expect(typeOf(announce(small, 10, telephone(ada, '1', '2'))[0])).toBe(noticeType);
  const limited = notifier({ mostBodyOctets: 100 });
  settled(limited, 'one', { event: broadcast });
  expect(typeOf(announce(limited, 10, telephone(ada, '1', '2'))[0])).toBe(noticeType);
});

test('the room of a flow is counted in octets, not in characters', () => {
  const change: Change = { kind: 'added', person: ada, fields: { chineseName: '张'.repeat(100) } };
  const characters = JSON.stringify(listOf(10, change)).length;
  const machine = notifier({ roomFor: () => characters });
  settled(machine, 'one', { event: broadcast });
  expect(typeOf(announce(machine, 10, change)[0])).toBe(noticeType);
});

test.each([
  [[noticeType], noticeType],
  [[changesType], changesType],
  [['text/html', `${changesType};q=0.5`], changesType],
  [['*/*'], changesType],
  [['application/*'], changesType],
  [[], changesType],
])('a broadcast subscriber that accepts %j is sent %s', (accept, type) => {
  const machine = notifier();
  settled(machine, 'one', { event: broadcast, accept });
  expect(typeOf(announce(machine, 10, telephone(ada, '1', '2'))[0])).toBe(type);
});

test('RFC 4483: a subscriber that knows neither body is told an absolute URL', () => {
  const machine = notifier();
  settled(machine, 'one', { accept: ['message/external-body'] });
  const [said] = announce(machine, 10, telephone(ada, '1', '2'));
  expect(typeOf(said)).toBe('message/external-body; access-type="URL"; URL="https://book.example/v1/changes?after=10"');
  expect(textOf(said)).toMatch(/^Content-Type: application\/json\r\n(?:[^\r\n]+\r\n)*\r\n$/);
});

test('a fetch (Expires: 0) is answered and leaves nothing behind', () => {
  const machine = notifier();
  expect(ask(machine, 'one', { expires: 0 })[0]).toMatchObject({ kind: 'accept', body: { type: noticeType } });
  expect(machine.count).toBe(0);
  expect(announce(machine, 10, telephone(ada, '1', '2'))).toEqual([]);
  expect(delivered(machine, 'one')).toEqual([]);
});

test('a 503 with Retry-After is tried again then, not before, and with all that is new by then', () => {
  const machine = notifier();
  settled(machine, 'one', { event: broadcast });
  announce(machine, 10, telephone(ada, '1', '2'));
  machine.handle({ kind: 'undelivered', subscription: id('one'), status: 503, retryAfterSeconds: 20 }, noon);
  expect(announce(machine, 11, telephone(ben, '1', '2'))).toEqual([]);
  expect(machine.deadline()).toBe(later(noon, seconds(20)));
  expect(machine.wake(later(noon, seconds(19)))).toEqual([]);
  const [said] = machine.wake(later(noon, seconds(20)));
  expect(parseChangeList(textOf(said))).toMatchObject({ after: 10, upTo: 12 });
  expect(machine.deadline()).toBeUndefined();
});

test('a refresh during the wait for a retry is told all, and the retry then sends nothing more', () => {
  const machine = notifier();
  settled(machine, 'one', { event: broadcast });
  announce(machine, 10, telephone(ada, '1', '2'));
  machine.handle({ kind: 'undelivered', subscription: id('one'), status: 503, retryAfterSeconds: 20 }, noon);
  const [accept] = ask(machine, 'one', { refresh: true, tag: tagOf(10), event: broadcast });
  expect(parseChangeList(textOf(accept))).toMatchObject({ after: 10, upTo: 11 });
  delivered(machine, 'one');
  expect(machine.wake(later(noon, seconds(20)))).toEqual([]);
});

test('after a refresh in the wait for a retry, what is new next is told at once', () => {
  const machine = notifier();
  settled(machine, 'one', { event: broadcast });
  announce(machine, 10, telephone(ada, '1', '2'));
  machine.handle({ kind: 'undelivered', subscription: id('one'), status: 503, retryAfterSeconds: 20 }, noon);
  ask(machine, 'one', { refresh: true, tag: tagOf(11), event: broadcast });
  expect(told(announce(machine, 11, telephone(ben, '1', '2')))).toEqual(['notify one']);
});

test('a refresh may come by another path, with room for more or less', () => {
  let room = Infinity;
  const machine = notifier({ roomFor: () => room });
  settled(machine, 'one', { event: broadcast });
  expect(typeOf(announce(machine, 10, telephone(ada, '1', '2'))[0])).toBe(changesType);
  delivered(machine, 'one');
  room = 10;
  ask(machine, 'one', { refresh: true, tag: tagOf(11), event: broadcast });
  expect(typeOf(announce(machine, 11, telephone(ada, '2', '3'))[0])).toBe(noticeType);
});

test('the window bounds the NOTIFYs without an answer; each answer lets the next one out', () => {
  const machine = notifier({ window: 2 });
  for (const name of ['one', 'two', 'three', 'four']) settled(machine, name);
  expect(told(announce(machine, 10, telephone(ada, '1', '2')))).toEqual(['notify one', 'notify two']);
  expect(told(delivered(machine, 'two'))).toEqual(['notify three']);
  // One that ends gives its place up too.
  expect(told(machine.handle({ kind: 'ended', subscription: id('one'), why: 'gone' }, noon))).toEqual(['notify four']);
  expect(delivered(machine, 'three')).toEqual([]);
});

test('terminals that are dead hold up the living for half a second, not for the 32 s of Timer F', () => {
  const machine = notifier({ window: 2 });
  for (const name of ['dead', 'dead too', 'living']) settled(machine, name);
  announce(machine, 10, telephone(ada, '1', '2'));
  expect(machine.deadline()).toBe(later(noon, milliseconds(500)));
  expect(machine.wake(later(noon, milliseconds(499)))).toEqual([]);
  expect(told(machine.wake(later(noon, milliseconds(500))))).toEqual(['notify living']);
});

test('the end of a session ends its subscriptions for good, and no others', () => {
  const machine = notifier();
  settled(machine, 'one', { user: 'ben' });
  settled(machine, 'two', { user: 'ben' });
  settled(machine, 'three', { user: 'eve' });
  expect(machine.handle({ kind: 'session-over', user: 'ben' }, noon)).toEqual([
    { kind: 'end', subscription: 'one', reason: 'rejected' },
    { kind: 'end', subscription: 'two', reason: 'rejected' },
  ]);
  expect(told(announce(machine, 10, telephone(ada, '1', '2')))).toEqual(['notify three']);
});

test('a clean stop tells those whose connection ends with it to subscribe again, and keeps those over UDP', () => {
  const machine = notifier();
  settled(machine, 'one', { transport: 'WS' });
  settled(machine, 'two', { transport: 'UDP' });
  settled(machine, 'three', { transport: 'TCP' });
  expect(machine.handle({ kind: 'stopping' }, noon)).toEqual([
    { kind: 'end', subscription: 'one', reason: 'deactivated' },
    { kind: 'end', subscription: 'three', reason: 'deactivated' },
  ]);
  expect(machine.count).toBe(1);
});

test('one session cannot fill the server: a subscription too many ends its oldest', () => {
  const machine = notifier({ mostPerUser: 2 });
  for (const name of ['one', 'two']) settled(machine, name, { user: 'ben' });
  expect(told(ask(machine, 'three', { user: 'ben' }))).toEqual(['end one', 'accept three']);
  expect(machine.count).toBe(2);
});

test('a list that was heard before, or of which an answer is asked twice, is told once', () => {
  const machine = notifier();
  settled(machine, 'one');
  announce(machine, 10, telephone(ada, '1', '2'));
  delivered(machine, 'one');
  expect(announce(machine, 10, telephone(ada, '1', '2'))).toEqual([]);
  expect(delivered(machine, 'one')).toEqual([]);
});

test('a subscription too many is turned away with 503 and a time to come again; refreshes and the next that fits are taken', () => {
  const machine = notifier({ mostSubscriptions: 2, comeBackSeconds: () => 17 });
  for (const name of ['one', 'two']) settled(machine, name);
  expect(ask(machine, 'three')).toMatchObject([{ kind: 'refuse', status: 503, retryAfterSeconds: 17 }]);
  expect(told(ask(machine, 'one', { refresh: true }))).toEqual(['accept one']);
  machine.handle({ kind: 'ended', subscription: id('two'), why: 'gone' }, noon);
  expect(told(ask(machine, 'three'))).toEqual(['accept three']);
  expect(machine.count).toBe(2);
});

test('a subscription too many of one address is turned away; a refresh moves to another, and whoever comes through a proxy is counted and let in', () => {
  const crowded: string[] = [];
  const machine = notifier({
    mostPerAddress: 2,
    comeBackSeconds: () => 17,
    isMany: ({ remote }) => remote.host === '192.0.2.9',
    turnedAway: (what, { remote }) => crowded.push(`${what} ${remote.host}`),
  });
  for (const name of ['one', 'two']) settled(machine, name, { from: '2001:db8::1' });
  // One IPv6 network is one address.
  const refused = {
    kind: 'refuse',
    status: 503,
    reason: 'Too Many Subscriptions From One Address',
    retryAfterSeconds: 17,
  };
  expect(ask(machine, 'three', { from: '2001:db8::2' })).toMatchObject([refused]);
  expect(crowded).toEqual(['address 2001:db8::2']);
  expect(told(ask(machine, 'three', { from: '192.0.2.1' }))).toEqual(['accept three']);
  // Who is there already may come by any address, and takes the place along.
  for (const name of ['one', 'two'])
    expect(told(ask(machine, name, { from: '192.0.2.1', refresh: true }))).toEqual([`accept ${name}`]);
  expect(told(ask(machine, 'four', { from: '2001:db8::1' }))).toEqual(['accept four']);
  for (const name of ['one', 'two']) machine.handle({ kind: 'ended', subscription: id(name), why: 'gone' }, noon);
  expect(told(ask(machine, 'five', { from: '192.0.2.1' }))).toEqual(['accept five']);
  expect(ask(machine, 'six', { from: '192.0.2.1' })).toMatchObject([refused]);
  for (const name of ['a', 'b', 'c'])
    expect(told(ask(machine, name, { from: '192.0.2.9' }))).toEqual([`accept ${name}`]);
  expect(machine.counts()).toMatchObject({ subscriptions: 6, addresses: 3 });
});
