// The registrar: RFC 3261 §10.3, RFC 5626 §6, RFC 3327 §5.3, RFC 3608 §5, as octets.

import { beforeEach, expect, test } from 'vitest';
import { instant, seconds, type Instant } from '../../src/base/time.ts';
import { utf8 } from '../../src/base/bytes.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import { flow, type FlowPath, type Said, type Transport } from '../../src/sip/transaction-user.ts';
import { addressOfRecord, parseUri, sameUri } from '../../src/sip/uri.ts';
import { ben, request, sentBy, signedFor, status, type Parts } from './played-terminal.ts';
import { hash, notifierOptions, numbered, paths } from './two-endpoints.ts';

const owned = ['ben@example.com', 'ben.carter@example.com'];
const registrar = { owns: (user: string, address: string) => user === 'ben' && owned.includes(address) };

let endpoint: Endpoint;
let now: Instant;
let made: number;

beforeEach(() => {
  endpoint = new Endpoint({ random: numbered('s'), hash, notifier: { ...notifierOptions, registrar } });
  now = instant(0);
  made = 0;
});

const path = (transport: Transport = 'UDP', name = 'flow'): FlowPath => ({
  ...paths(transport).server,
  flow: flow(name),
});

const base = {
  To: '<sip:ben@example.com>',
  Contact: '<sip:ben@10.0.0.12:5062>',
  Event: undefined,
  Supported: 'path, outbound',
};

/** A REGISTER with the credentials of ben; each is a new transaction, with the next CSeq. */
function register(
  headers: Parts['headers'] = {},
  more: { readonly uri?: string; readonly by?: FlowPath } = {},
): Uint8Array {
  made += 1;
  const own = { Via: `SIP/2.0/UDP 10.0.0.12:5062;branch=z9hG4bKr${made};rport`, CSeq: `${made + 10} REGISTER` };
  const { uri = 'sip:example.com', by = path() } = more;
  const parts = { method: 'REGISTER', uri, headers: { ...base, ...own, ...headers } };
  return signedFor(endpoint, parts, { ...ben, path: by });
}

const hear = (bytes: Uint8Array, by = path()): readonly Said[] =>
  endpoint.handle({ kind: 'received', path: by, bytes }, now);

const pass = (count: number): void => {
  now = instant(now + seconds(count));
  for (let due = endpoint.deadline(); due !== undefined && due <= now; due = endpoint.deadline()) endpoint.wake(now);
};

const answerTo = (headers: Parts['headers'] = {}, by = path()): string =>
  sentBy(hear(register(headers, { by }), by))[0] ?? '';
const statusOf = (answer: string): string => answer.slice(8, answer.indexOf('\r\n'));
const values = (answer: string, name: string): readonly string[] =>
  [...answer.matchAll(new RegExp(`\r\n${name}: ([^\r]*)`, 'g'))].map((match) => match[1] ?? '');
const contacts = (answer: string): readonly string[] => values(answer, 'm');
const known = (): readonly string[] => [...endpoint.bindings()].map(({ contact }) => contact);

test('RFC 3261 §10.3: a contact is bound for as long as it asks, by its own parameter, by Expires, or for an hour', () => {
  expect(contacts(answerTo())).toEqual(['<sip:ben@10.0.0.12:5062>;expires=3600']);
  expect(contacts(answerTo({ Expires: '600' }))).toEqual(['<sip:ben@10.0.0.12:5062>;expires=600']);
  const both = { Expires: '600', Contact: '<sip:ben@10.0.0.12:5062>;q=0.5;expires=120' };
  expect(contacts(answerTo(both))).toEqual(['<sip:ben@10.0.0.12:5062>;q=0.5;expires=120']);
  // §10.2.1.1: what is malformed counts as an hour; and no more than a day is granted.
  expect(contacts(answerTo({ Expires: 'soon' }))).toEqual(['<sip:ben@10.0.0.12:5062>;expires=3600']);
  expect(contacts(answerTo({ Expires: '9999999' }))).toEqual(['<sip:ben@10.0.0.12:5062>;expires=86400']);
});

test('a contact that asks for 1048 seconds is given 1048, at whatever fraction of a millisecond it asks', () => {
  now = instant(601.1111103);
  expect(now + 1_048_000 - now).toBeGreaterThan(1_048_000);
  expect(contacts(answerTo({ Expires: '1048' }))).toEqual(['<sip:ben@10.0.0.12:5062>;expires=1048']);
});

test('RFC 3261 §10.3 step 7: less than the minimum is 423 with Min-Expires, and nothing is bound', () => {
  const answer = answerTo({ Contact: '<sip:a@h>;expires=600, <sip:b@h>;expires=59' });
  expect([statusOf(answer), values(answer, 'Min-Expires')]).toEqual(['423 Interval Too Brief', ['60']]);
  expect(known()).toEqual([]);
});

test('RFC 3261 §10.3 step 8: the answer names all bindings with the time that is left, and one without Contact only asks', () => {
  answerTo({ Contact: '<sip:ben@10.0.0.12:5062>;expires=600' });
  pass(100);
  answerTo({ Contact: '"Ben" <sip:ben@10.0.0.13>', Expires: '120' });
  pass(20);
  const both = ['<sip:ben@10.0.0.12:5062>;expires=480', '<sip:ben@10.0.0.13>;expires=100'];
  expect(contacts(answerTo({ Contact: undefined }))).toEqual(both);
  pass(100);
  expect(contacts(answerTo({ Contact: undefined }))).toEqual(['<sip:ben@10.0.0.12:5062>;expires=380']);
  pass(380);
  expect([known(), contacts(answerTo({ Contact: undefined }))]).toEqual([[], []]);
});

test('RFC 3261 §10.2.2: Expires: 0 takes away the contact it names, several are one act, and one that is not there is no fault', () => {
  answerTo({ Contact: '<sip:a@h>, <sip:b@h>, <sip:c@h>' });
  expect(contacts(answerTo({ Contact: '<sip:a@h>;expires=0, <sip:d@h>, <sip:z@h>;expires=0' }))).toEqual([
    '<sip:b@h>;expires=3600',
    '<sip:c@h>;expires=3600',
    '<sip:d@h>;expires=3600',
  ]);
});

test('RFC 3261 §10.3 step 6: * takes all away, alone and with Expires: 0 only', () => {
  answerTo({ Contact: '<sip:a@h>, <sip:b@h>' });
  for (const wrong of [
    { Contact: '*' },
    { Contact: '*', Expires: '60' },
    { Contact: '*, <sip:a@h>', Expires: '0' },
    { Contact: '*', Expires: 'x' },
  ])
    expect(statusOf(answerTo(wrong))).toBe('400 Contact * Is Alone and Goes With Expires: 0');
  expect(known()).toEqual(['sip:a@h', 'sip:b@h']);
  expect(contacts(answerTo({ Contact: '*', Expires: '0' }))).toEqual([]);
});

test('RFC 3261 §10.3 step 7: within a Call-ID an older CSeq changes nothing, not even for the contacts that are new; another Call-ID does', () => {
  answerTo({ CSeq: '50 REGISTER' });
  pass(33); // until then the same CSeq by another branch is 482 (§8.2.2.2)
  for (const CSeq of ['50 REGISTER', '49 REGISTER'])
    for (const Contact of ['<sip:new@h>, <sip:ben@10.0.0.12:5062>;expires=0', '<sip:ben@10.0.0.12:5062>;q=1'])
      expect([statusOf(answerTo({ CSeq, Contact })), pass(33)]).toEqual(['500 CSeq Out of Order', undefined]);
  expect(statusOf(answerTo({ CSeq: '50 REGISTER', Contact: '*', Expires: '0' }))).toBe('500 CSeq Out of Order');
  expect(known()).toEqual(['sip:ben@10.0.0.12:5062']);
  expect(statusOf(answerTo({ CSeq: '1 REGISTER', 'Call-ID': 'restarted', Expires: '0' }))).toBe('200 OK');
  expect(known()).toEqual([]);
});

test('a REGISTER that comes again gets the same answer, and does not count twice (RFC 3261 §17.2.2)', () => {
  const bytes = register();
  const [first] = sentBy(hear(bytes));
  expect(sentBy(hear(bytes))).toEqual([first]);
});

test.each<[string, Parts['headers'], string, string]>([
  ['no credentials', { Authorization: undefined }, '', '401 Unauthorized'],
  ['another person’s address', { To: '<sip:ada@example.com>' }, '', '403 Not Your Address'],
  ['an address of another domain than the Request-URI', {}, 'sip:other.example', '404 Not Found'],
  ['an address without a user', { To: '<sip:example.com>' }, '', '404 Not Found'],
  ['a telephone number', { To: '<tel:+123>' }, '', '404 Not Found'],
  ['a Contact that is no SIP URI', { Contact: '<mailto:ben@example.com>' }, '', '400 Bad Contact'],
  ['a Contact that cannot be read', { Contact: '<sip:ben@h' }, '', '400 Bad Contact'],
  ['a Contact of a kilobyte', { Contact: `<sip:${'b'.repeat(1100)}@h>` }, '', '400 Bad Contact'],
  ['a Path that is none', { Path: 'nowhere' }, '', '400 Bad Path'],
  ['a Path of a kilobyte', { Path: `<sip:${'p'.repeat(1100)};lr>` }, '', '400 Bad Path'],
  ['what is required and not known', { Require: 'path, gruu' }, '', '420 Bad Extension'],
  ['no tag in From', { From: '<sip:ben@example.com>' }, '', '400 No Tag in From'],
])('RFC 3261 §10.3: a REGISTER with %s binds nothing', (_, headers, uri, answer) => {
  expect(status(hear(register(headers, uri === '' ? {} : { uri })))).toEqual([answer]);
  expect(known()).toEqual([]);
});

test('RFC 3261 §10.3 step 5: escapes, parameters and the case of the host make no other address', () => {
  answerTo({ To: '<sip:ben@example.com>', Contact: '<sip:one@h>' });
  answerTo({ To: 'Ben <sip:b%65n@EXAMPLE.com;user=phone>', Contact: '<sip:two@h>' });
  expect(contacts(answerTo({ Contact: undefined }))).toHaveLength(2);
  answerTo({ To: '<sip:ben.carter@example.com>', Contact: '<sip:three@h>' });
  expect(contacts(answerTo({ Contact: undefined }))).toHaveLength(2);
});

test('RFC 3261 §19.1.4: contacts are compared as URIs, not as texts', () => {
  const same = (one: string, other: string): boolean => {
    const [a, b] = [parseUri(one), parseUri(other)];
    return a !== undefined && b !== undefined && sameUri(a, b) && sameUri(b, a);
  };
  expect(same('sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtlanTa.CoM;Transport=tcp')).toBe(true);
  expect(same('sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5')).toBe(true);
  expect(same('sip:carol@chicago.com;newparam=5', 'sip:carol@chicago.com;newparam=6')).toBe(false);
  expect(same('SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP')).toBe(false);
  expect(same('sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060')).toBe(false);
  expect(same('sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp')).toBe(false);
  expect(same('sip:bob@biloxi.com', 'sips:bob@biloxi.com')).toBe(false);
  expect(same('sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next')).toBe(false);
  expect(addressOfRecord('sip:b%zz@h')).toBe('b%zz@h');
});

test('nobody registers more than ten contacts; then those that are there stay, may be refreshed, and may make room', () => {
  const ten = Array.from({ length: 10 }, (_, at) => `<sip:${at}@h>`);
  expect(statusOf(answerTo({ Contact: [...ten, '<sip:11@h>'].join(', ') }))).toBe('403 Too Many Contacts');
  expect(known()).toEqual([]);
  expect(statusOf(answerTo({ Contact: ten.join(', ') }))).toBe('200 OK');
  expect(statusOf(answerTo({ Contact: '<sip:11@h>' }))).toBe('403 Too Many Contacts');
  const elsewhere = { To: '<sip:ben.carter@example.com>', Contact: '<sip:11@h>' };
  expect(statusOf(answerTo(elsewhere))).toBe('403 Too Many Contacts');
  expect(statusOf(answerTo({ Contact: ten.join(', ') }))).toBe('200 OK');
  expect(statusOf(answerTo({ Contact: '<sip:0@h>;expires=0, <sip:11@h>' }))).toBe('200 OK');
  expect(known()).toHaveLength(10);
});

test('thousands of contacts in one REGISTER are refused before any is compared', () => {
  const Contact = Array.from({ length: 1500 }, (_, at) => `<sip:${at}>`).join(',');
  expect(status(hear(register({ Contact, Authorization: undefined })))).toEqual(['403 Too Many Contacts']);
  expect(statusOf(answerTo({ Contact: Array.from({ length: 50 }, () => '<sip:same@h>').join(',') }))).toBe('200 OK');
  expect(known()).toEqual(['sip:same@h']);
});

test('an address has at most fifty contacts, of all its users together', () => {
  const sums = (name: string) =>
    ({
      md5: hash('MD5', `${name}:example.com:secret`),
      sha256: hash('SHA-256', `${name}:example.com:secret`),
    }) as const;
  const account = (user: string) => ({ user, ...sums(user) });
  const notifier = { ...notifierOptions, account, registrar: { owns: () => true } };
  endpoint = new Endpoint({ random: numbered('s'), hash, notifier });
  const statuses = Array.from({ length: 6 }, (_, user) => {
    const Contact = Array.from({ length: 10 }, (_each, at) => `<sip:${user}-${at}@h>`).join(', ');
    const headers = { ...base, Contact, Via: `SIP/2.0/UDP h;branch=z9hG4bK${user}`, 'Call-ID': `${user}` };
    const credentials = { username: `user${user}`, password: 'secret' };
    const parts = { method: 'REGISTER', uri: 'sip:example.com', headers };
    return statusOf(sentBy(hear(signedFor(endpoint, parts, credentials)))[0] ?? '');
  });
  expect(statuses).toEqual([...Array.from({ length: 5 }, () => '200 OK'), '403 Too Many Contacts']);
});

const phone = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"';

test('RFC 5626 §6: instance and reg-id make the binding, wherever the contact is; the answer requires outbound', () => {
  const first = answerTo({ Contact: `<sip:ben@10.0.0.12>;reg-id=1;${phone}` });
  expect(contacts(first)).toEqual([`<sip:ben@10.0.0.12>;reg-id=1;${phone};expires=3600`]);
  expect([values(first, 'Require'), values(first, 'Flow-Timer')]).toEqual([['outbound'], ['120']]);
  answerTo({ Contact: `<sip:ben@10.0.0.12>;reg-id=2;${phone}` }, path('UDP', 'second'));
  answerTo({ Contact: `<sip:ben@10.0.0.99>;reg-id=1;${phone}`, 'Call-ID': 'rebooted' });
  expect(known()).toEqual(['sip:ben@10.0.0.12', 'sip:ben@10.0.0.99']);
  const last = answerTo({ Contact: `<sip:ben@10.0.0.99>;reg-id=1;${phone};expires=0` });
  expect([values(last, 'Require'), known()]).toEqual([[], ['sip:ben@10.0.0.12']]);
});

test.each([
  ['reg-id without an instance', 'reg-id=1', 'outbound'],
  ['an instance without reg-id', phone, 'outbound'],
  ['both, from a client that does not say outbound', `reg-id=1;${phone}`, 'path'],
  ['a reg-id of 0', `reg-id=0;${phone}`, 'outbound'],
  ['a reg-id that is no number', `reg-id=one;${phone}`, 'outbound'],
])('RFC 5626 §6: %s is an ordinary registration', (_, parameters, Supported) => {
  const answer = answerTo({ Contact: `<sip:ben@h>;${parameters}`, Supported }, path('TCP'));
  expect([statusOf(answer), values(answer, 'Require')]).toEqual(['200 OK', []]);
  endpoint.handle({ kind: 'closed', flow: path().flow }, now);
  expect(known()).toEqual(['sip:ben@h']);
});

test('RFC 5626 §6: two contacts at once are none of outbound, unless one of them goes', () => {
  const Contact = `<sip:a@h>;reg-id=1;${phone}, <sip:b@h>`;
  expect(statusOf(answerTo({ Contact }))).toBe('400 One Contact a Flow');
  expect(statusOf(answerTo({ Contact: `${Contact};expires=0` }))).toBe('200 OK');
});

test('RFC 5626 §6, §11.6: behind a first hop without outbound it is 439; with ob in the first Path it is as if that hop were here', () => {
  const hop = 'SIP/2.0/UDP 10.0.0.5;branch=z9hG4bKhop';
  const via = (): string => `${hop}${made}, SIP/2.0/UDP 10.0.0.12:5062;branch=z9hG4bKuac`;
  const Contact = `<sip:ben@10.0.0.12>;reg-id=1;${phone}`;
  expect(statusOf(answerTo({ Contact, Via: via() }))).toBe('439 First Hop Lacks Outbound Support');
  expect(statusOf(answerTo({ Contact, Via: via(), Path: '<sip:10.0.0.5;lr>, <sip:10.0.0.6;lr;ob>' }))).toMatch(/^439/);
  expect(statusOf(answerTo({ Contact, Via: via(), Supported: 'path' }))).toBe('200 OK'); // passed over
  const edge = answerTo({ Contact, Via: via(), Path: '<sip:token@10.0.0.5;lr;ob>' }, path('TCP'));
  expect([statusOf(edge), values(edge, 'Require')]).toEqual(['200 OK', ['outbound']]);
  // The flow of the edge proxy is not the client's.
  endpoint.handle({ kind: 'closed', flow: path().flow }, now);
  expect(known()).toHaveLength(2);
});

test('RFC 5626 §5.3: with its connection goes what was registered by it, and nothing else', () => {
  answerTo({ Contact: `<sip:a@h>;reg-id=1;${phone}` }, path('TCP', 'one'));
  answerTo({ Contact: `<sip:b@h>;reg-id=2;${phone}` }, path('TCP', 'two'));
  answerTo({ Contact: '<sip:c@h>' }, path('TCP', 'one'));
  endpoint.handle({ kind: 'closed', flow: flow('one') }, now);
  expect(known()).toEqual(['sip:b@h', 'sip:c@h']);
});

test('RFC 5626 §4.4.1: on UDP a flow that is silent for longer than its Flow-Timer has failed; any keep-alive keeps it', () => {
  answerTo({ Contact: `<sip:a@h>;reg-id=1;${phone}` }, path('UDP', 'one'));
  answerTo({ Contact: `<sip:b@h>;reg-id=2;${phone}` }, path('UDP', 'two'));
  const stun = new Uint8Array([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...Array.from({ length: 12 }, () => 7)]);
  for (let round = 0; round < 10; round += 1) {
    pass(140);
    hear(stun, path('UDP', 'one'));
  }
  expect(known()).toEqual(['sip:a@h']);
  pass(150);
  expect(known()).toEqual([]);
  // On a stream the end is told.
  expect(values(answerTo({ Contact: `<sip:a@h>;reg-id=1;${phone}` }, path('TCP')), 'Flow-Timer')).toEqual([]);
});

test('RFC 3327 §5.3: Path is kept with the binding and told to who knows it; RFC 3608 §5: Service-Route is told as it is set', () => {
  const Path = '<sip:p1.example.com;lr>, <sip:p2.example.com;lr>';
  expect(values(answerTo({ Path, Require: 'path' }), 'Path').join(', ')).toBe(Path);
  expect([...endpoint.bindings()][0]?.path.join(', ')).toBe(Path);
  expect(values(answerTo({ Path, Supported: undefined }), 'Path')).toEqual([]);
  expect([...endpoint.bindings()][0]?.path.join(', ')).toBe(Path);
  const serviceRoute = ['<sip:home.example.com;lr>'];
  const notifier = { ...notifierOptions, registrar: { ...registrar, serviceRoute } };
  endpoint = new Endpoint({ random: numbered('s'), hash, notifier });
  expect(values(answerTo(), 'Service-Route')).toEqual(serviceRoute);
});

test('whose credentials are over has nothing registered any more; the alarms are gone with it', () => {
  answerTo({ Contact: '<sip:a@h>, <sip:b@h>' });
  endpoint.handle({ kind: 'unregister', user: 'ben' }, now);
  expect(known()).toEqual([]);
  pass(33); // Timer J
  expect(endpoint.deadline()).toBeUndefined();
});

test('a connection that registered is no stranger’s: it stays open', () => {
  const tcp = path('TCP');
  endpoint.handle({ kind: 'opened', path: tcp }, now);
  expect(hear(register({}, { by: tcp }), tcp).map(({ kind }) => kind)).toEqual(['send', 'registered']);
  now = instant(60_000);
  expect(endpoint.wake(now).map(({ kind }) => kind)).toEqual([]);
});

test('without a registrar REGISTER is 405 with Allow; with one OPTIONS names it (RFC 3261 §8.2.1, §11.2)', () => {
  expect(sentBy(hear(request({ method: 'OPTIONS' })))[0]).toContain('Allow: SUBSCRIBE, REGISTER, NOTIFY, OPTIONS');
  endpoint = new Endpoint({ random: numbered('s'), hash, notifier: notifierOptions });
  const answer = sentBy(hear(request({ method: 'REGISTER' })))[0] ?? '';
  expect([statusOf(answer), values(answer, 'Allow')]).toEqual([
    '405 Method Not Allowed',
    ['SUBSCRIBE, NOTIFY, OPTIONS'],
  ]);
});

test('however many REGISTERs come without credentials, nothing is remembered, and no answer is much longer than its request', () => {
  for (let round = 0; round < 100; round += 1) {
    const bytes = register({ Authorization: undefined, Contact: `<sip:${round}@h>` });
    const [answer = ''] = sentBy(hear(bytes));
    expect(utf8(answer).length).toBeLessThan(bytes.length + 300);
  }
  expect([endpoint.deadline(), known()]).toEqual([undefined, []]);
});
