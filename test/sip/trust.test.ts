// Identities that peers of the trust domain assert (RFC 3325, RFC 5502), registrations that a core tells of
// (3GPP TS 24.229 §5.4.1.7), and what of charging is handed on (RFC 7315).

import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { instant } from '../../src/base/time.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import { subscriptionId, type FlowPath, type Said, type Transport } from '../../src/sip/transaction-user.ts';
import { anyWordOfTheCore } from './hostile-core.ts';
import { ben as credentialsOfBen, request, sentBy, signedFor, status, type Parts } from './played-terminal.ts';
import { acceptAll, hash, notifierOptions, numbered, paths } from './two-endpoints.ts';

const people: Readonly<Record<string, string>> = {
  'sip:ada@example.com': 'ada',
  'tel:+4420': 'ada',
  'sip:ben@example.com': 'ben',
};
let unknown: (readonly string[])[];
let endpoint: Endpoint;

const trust = {
  trusts: ({ remote }: FlowPath) => remote.host === '10.0.0.12',
  userOf: (identities: readonly string[]) => {
    const found = new Set(identities.flatMap((identity) => people[identity] ?? []));
    return found.size === 1 ? [...found][0] : undefined;
  },
  unknown: (identities: readonly string[]) => void unknown.push(identities),
};

beforeEach(() => {
  unknown = [];
  endpoint = new Endpoint({ random: numbered('s'), hash, notifier: { ...notifierOptions, trust } });
});

const core = paths('UDP').server;
const stranger: FlowPath = { ...core, remote: { host: '10.0.0.13', port: 5062 } };

const hear = (parts: Parts, path = core): readonly Said[] =>
  endpoint.handle({ kind: 'received', path, bytes: request(parts) }, instant(0));

/** Who subscribed, or the answer. */
function subscriber(headers: Parts['headers'] = {}, path = core): string | undefined {
  const said = hear({ headers }, path);
  const asked = said.find((each) => each.kind === 'asked');
  return asked?.request.user ?? status(said)[0];
}

test.each<[string, Parts['headers'], string]>([
  ['one SIP URI', { 'P-Asserted-Identity': '"Ada" <sip:ada@example.com>' }, 'ada'],
  ['one tel URI', { 'P-Asserted-Identity': '<tel:+4420>' }, 'ada'],
  ['both in one line', { 'P-Asserted-Identity': '<sip:ada@example.com>, <tel:+4420>' }, 'ada'],
  ['a known and an unknown one', { 'P-Asserted-Identity': '<sip:x@y>, <tel:+4420>' }, 'ada'],
  [
    'one beside a From and a P-Preferred-Identity',
    {
      From: '<sip:ben@example.com>;tag=t',
      'P-Preferred-Identity': '<sip:ben@example.com>',
      'P-Asserted-Identity': 'sip:ada@example.com',
    },
    'ada',
  ],
  ['one whom nobody knows', { 'P-Asserted-Identity': '<sip:eve@example.com>' }, '403 Asserted Identity Is Nobody Here'],
  [
    'two of different persons',
    { 'P-Asserted-Identity': '<sip:ben@example.com>, <tel:+4420>' },
    '403 Asserted Identity Is Nobody Here',
  ],
  [
    'two SIP URIs',
    { 'P-Asserted-Identity': '<sip:ada@example.com>, <sips:ada@example.com>' },
    '400 Bad P-Asserted-Identity',
  ],
  ['three', { 'P-Asserted-Identity': '<sip:ada@example.com>, <tel:+4420>, <tel:+1>' }, '400 Bad P-Asserted-Identity'],
  ['a URI of another kind', { 'P-Asserted-Identity': '<mailto:ada@example.com>' }, '400 Bad P-Asserted-Identity'],
  ['what is no URI', { 'P-Asserted-Identity': 'ada' }, '400 Bad P-Asserted-Identity'],
  ['nothing at all', { 'P-Asserted-Identity': ',' }, '401 Unauthorized'],
])('RFC 3325 §9.1: from the trust domain, %s', (_, headers, who) => {
  expect(subscriber(headers)).toBe(who);
  expect(unknown).toHaveLength(who.startsWith('403') ? 1 : 0);
});

test.each<[string, Parts['headers'], string]>([
  ['alone', { 'P-Served-User': '<sip:ben@example.com>' }, 'ben'],
  [
    'on an originating way, before P-Asserted-Identity',
    {
      'P-Served-User': '<sip:ben@example.com>;sescase=orig;regstate=reg',
      'P-Asserted-Identity': '<sip:ada@example.com>',
    },
    'ben',
  ],
  [
    'on a terminating way, where it is who is called',
    {
      'P-Served-User': '<sip:ben@example.com>;sescase=term;regstate=reg',
      'P-Asserted-Identity': '<sip:ada@example.com>',
    },
    'ada',
  ],
  ['two of them', { 'P-Served-User': '<sip:ben@example.com>, <tel:+4420>' }, '400 Bad P-Served-User'],
])('RFC 5502 §4.2: P-Served-User, %s', (_, headers, who) => {
  expect(subscriber(headers)).toBe(who);
});

test('RFC 3325 §5: from anybody else the same words are passed over, and a digest is asked; nothing is told of', () => {
  for (const name of ['P-Asserted-Identity', 'P-Served-User', 'P-Preferred-Identity'])
    expect(subscriber({ [name]: '<sip:ada@example.com>' }, stranger)).toBe('401 Unauthorized');
  expect(subscriber({ 'P-Asserted-Identity': 'broken, broken, broken' }, stranger)).toBe('401 Unauthorized');
  expect([unknown, endpoint.deadline()]).toEqual([[], undefined]);
});

test('never From, nor P-Preferred-Identity: what the trust domain does not assert is asked by digest, and a digest is good there too', () => {
  expect(subscriber({ From: '<sip:ada@example.com>;tag=t', 'P-Preferred-Identity': '<sip:ada@example.com>' })).toBe(
    '401 Unauthorized',
  );
  const said = endpoint.handle({ kind: 'received', path: core, bytes: signedFor(endpoint, {}) }, instant(0));
  expect(said).toMatchObject([{ kind: 'asked', request: { user: 'ben' } }]);
});

/** The answer and the NOTIFY of a SUBSCRIBE that is accepted. */
function accepted(parts: Parts, path = core): readonly string[] {
  const said = hear(parts, path);
  const commands = said.flatMap((each) => acceptAll(each) ?? []);
  return sentBy([...said, ...commands.flatMap((command) => endpoint.handle(command, instant(0)))]);
}
const ada = { 'P-Asserted-Identity': '<sip:ada@example.com>' };
const field = (message: string | undefined, name: string): string | undefined =>
  new RegExp(`\r\n${name}: ([^\r]*)`).exec(message ?? '')?.[1];

test('a refresh is the same person’s, by whatever URI; another person’s is 403', () => {
  const [answer] = accepted({ headers: ada });
  const within = { To: field(answer, 't'), Via: 'SIP/2.0/UDP h;branch=z9hG4bK2', CSeq: '2 SUBSCRIBE' };
  expect(subscriber({ ...within, 'P-Asserted-Identity': '<tel:+4420>' })).toBe('ada');
  const third = { ...within, Via: 'SIP/2.0/UDP h;branch=z9hG4bK3', CSeq: '3 SUBSCRIBE' };
  expect(subscriber({ ...third, 'P-Asserted-Identity': '<sip:ben@example.com>' })).toBe('403 Forbidden');
});

test.each<[string, Parts]>([
  ['its own URI', {}],
  ['the topmost Route', { headers: { Route: '<sip:10.0.0.1;lr>' } }],
  [
    'the topmost Route, with the core’s own behind it',
    { headers: { Route: '<sip:10.0.0.1;lr>, <sip:scscf.example.com;lr;orig-dialog=1>' } },
  ],
  [
    'a public service identity of another domain',
    { uri: 'sip:addressbook@ab.ims.example', headers: { Route: '<sip:10.0.0.1;lr>' } },
  ],
  [
    'a strict router, which puts us into the Request-URI and the target behind all routes',
    {
      uri: 'sip:10.0.0.1',
      headers: { Route: '<sip:address-book@example.com>' },
    },
  ],
])(
  'RFC 3261 §8.2.2.1, §16.4: a SUBSCRIBE comes by %s: it is for us by its Event, and NOTIFY goes by Record-Route alone',
  (_, { uri, headers }) => {
    const more = { ...ada, 'Record-Route': '<sip:scscf.example.com;lr>' };
    const [answer, notify] = accepted({ ...(uri !== undefined && { uri }), headers: { ...headers, ...more } });
    expect(answer).toMatch(/^SIP\/2\.0 200 OK/);
    expect(notify).toMatch(/^NOTIFY sip:10\.0\.0\.12:5062 SIP\/2\.0/);
    expect(field(notify, 'Route')).toBe('<sip:scscf.example.com;lr>');
  },
);

test('what another endpoint goes on with says the same of its charging', () => {
  const [, first] = accepted({ headers: { ...ada, 'P-Charging-Vector': 'icid-value=abc' } });
  const usage = endpoint.kept(subscriptionId(/;tag=([^\r]*)/.exec(field(first, 'f') ?? '')?.[1] ?? ''), instant(0));
  if (usage === undefined) throw new Error('nothing is kept');
  const next = new Endpoint({ random: numbered('n'), hash, notifier: { ...notifierOptions, trust } });
  next.handle({ kind: 'resume', usage, etag: 'b.1' }, instant(0));
  const { subscription } = usage;
  const [notify] = sentBy(next.handle({ kind: 'notify', subscription, etag: 'b.2' }, instant(0)));
  expect(field(notify, 'P-Charging-Vector')).toBe('icid-value=abc');
});

test('RFC 7315 §4.6: icid goes into every NOTIFY of the dialog, and nothing else of the vector; from a stranger nothing does', () => {
  const vector = 'icid-value="AyretyU0dm+6O2IrT5tAFrbHLso=023551024";icid-generated-at=192.0.6.8;orig-ioi=home1.net';
  const [, notify] = accepted({ headers: { ...ada, 'Call-ID': 'one', 'P-Charging-Vector': vector } });
  expect(field(notify, 'P-Charging-Vector')).toBe('icid-value="AyretyU0dm+6O2IrT5tAFrbHLso=023551024"');
  const second = { 'Call-ID': 'two', Via: 'SIP/2.0/UDP h;branch=z9hG4bKtwo', ...ada };
  for (const bad of ['', 'orig-ioi=home1.net', 'icid-value=', `icid-value=${'x'.repeat(300)}`, 'icid-value="a', ';;;'])
    expect(
      field(
        accepted({
          headers: { ...second, 'P-Charging-Vector': bad, 'Call-ID': bad.slice(0, 9).replaceAll(/\W/g, '') || 'none' },
        })[1],
        'P-Charging-Vector',
      ),
    ).toBeUndefined();
  const headers = { 'P-Charging-Vector': vector, 'Call-ID': 'three', Via: 'SIP/2.0/UDP h;branch=z9hG4bKthree' };
  const bytes = signedFor(endpoint, { headers }, { ...credentialsOfBen, path: stranger });
  const said = endpoint.handle({ kind: 'received', path: stranger, bytes }, instant(0));
  const sent = sentBy(
    said.flatMap((each) => acceptAll(each) ?? []).flatMap((command) => endpoint.handle(command, instant(0))),
  );
  expect(sent[1]).toMatch(/^NOTIFY/);
  expect(field(sent[1], 'P-Charging-Vector')).toBeUndefined();
});

const told = {
  From: '<sip:scscf.example.com>;tag=s',
  To: '<sip:ada@example.com>',
  Contact: '<sip:scscf.example.com>',
  Event: undefined,
};
const register = (headers: Parts['headers'], path = core): readonly Said[] =>
  hear({ method: 'REGISTER', uri: 'sip:10.0.0.1', headers: { ...told, ...headers } }, path);

test('3GPP TS 24.229 §5.4.1.7: a third-party REGISTER is 200, binds nothing, and with Expires: 0 tells that the user left', () => {
  expect(status(register({ Expires: '600000' }))).toEqual(['200 OK']);
  expect([...endpoint.bindings()]).toEqual([]);
  const via = 'SIP/2.0/UDP h;branch=z9hG4bKleft';
  const left = register({ Expires: '0', CSeq: '2 REGISTER', Via: via });
  expect(left.map(({ kind }) => kind).toSorted()).toEqual(['deregistered', 'send']);
  expect(left).toContainEqual({ kind: 'deregistered', user: 'ada' });
  expect(endpoint.deadline()).toBeUndefined();
});

test('nor is a third-party REGISTER ever refused for whom it is about: the core would end that registration', () => {
  const nobody = register({ To: '<sip:eve@example.com>', Expires: '0' });
  expect([status(nobody), nobody.length, unknown]).toEqual([['200 OK'], 1, []]);
  expect(status(register({ To: '<tel:+4420>', CSeq: '2 REGISTER', Via: 'SIP/2.0/UDP h;branch=z9hG4bKtel' }))).toEqual([
    '200 OK',
  ]);
});

test('it is none from a stranger, none without a registrar from a user agent, and malformed it is answered as any request', () => {
  expect(status(register({ Expires: '0' }, stranger))).toEqual(['405 Method Not Allowed']);
  expect(status(register({ From: '<sip:ada@example.com>;tag=a' }))).toEqual(['405 Method Not Allowed']);
  expect(status(register({ Require: 'x' }))).toEqual(['420 Bad Extension']);
  const registrar = { owns: (user: string, address: string) => user === 'ada' && address === 'ada@example.com' };
  endpoint = new Endpoint({ random: numbered('s'), hash, notifier: { ...notifierOptions, trust, registrar } });
  expect(status(register({ Expires: '0' }, stranger))).toEqual(['404 Not Found']); // the domain is not the address's
  const own = { From: '<sip:ada@example.com>;tag=a', Via: 'SIP/2.0/UDP h;branch=z9hG4bKown', ...ada };
  const said = hear({ method: 'REGISTER', uri: 'sip:example.com', headers: { ...told, ...own } });
  expect(status(said)).toEqual(['200 OK']);
  expect([...endpoint.bindings()].map(({ user }) => user)).toEqual(['ada']);
});

test.each<Transport>(['TCP', 'TLS'])(
  'a connection of the trust domain over %s may idle; a stranger’s may not',
  (transport) => {
    endpoint.handle({ kind: 'opened', path: paths(transport).server }, instant(0));
    expect(endpoint.deadline()).toBeUndefined();
    endpoint.handle({ kind: 'opened', path: { ...stranger, transport } }, instant(0));
    expect(endpoint.deadline()).toBeDefined();
  },
);

test('nothing that comes by the core, however it is edited or cut, makes the endpoint throw, print what cannot be read, or keep more than it may', () =>
  fc.assert(anyWordOfTheCore.property, { numRuns: 300 }));
