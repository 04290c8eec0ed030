// What somebody who has not shown who he is can do with the server: little, and nothing to others.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant, later, seconds, type Instant } from '../../src/base/time.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import { flow, type FlowPath, type Said } from '../../src/sip/transaction-user.ts';
import { ben, request, sentBy, signedFor, status, type Parts } from './played-terminal.ts';
import { acceptAll, hash, notifierOptions, numbered, paths } from './two-endpoints.ts';

const noon = instant(0);
const udp = paths('UDP').server;
const from = (host: string): FlowPath => ({ ...udp, flow: flow(`udp ${host}`), remote: { host, port: 5062 } });

function newServer(): Endpoint {
  return new Endpoint({ random: numbered('s'), hash, software: 'Rollcall', notifier: notifierOptions });
}

let branches = 0;
/** A request that was never heard before. */
const fresh = (parts: Parts = {}): Uint8Array => {
  branches += 1;
  const headers = {
    Via: `SIP/2.0/UDP 10.0.0.12;branch=z9hG4bKf${branches}`,
    'Call-ID': `f${branches}`,
    ...parts.headers,
  };
  return request({ ...parts, headers });
};

const ask = (server: Endpoint, bytes: Uint8Array, path = udp, now: Instant = noon): readonly Said[] =>
  server.handle({ kind: 'received', path, bytes }, now);

test('10,000 SUBSCRIBEs without credentials at once from one address are challenged, then that address hears 503', () => {
  const server = newServer();
  const statuses = Array.from({ length: 10_100 }, () => status(ask(server, fresh()))[0]);
  expect(statuses.slice(0, 10_000).every((each) => each === '401 Unauthorized')).toBe(true);
  expect(statuses.slice(10_000).every((each) => each === '503 Service Unavailable')).toBe(true);
  // Nothing is left of them: no timer, no transaction.
  expect(server.deadline()).toBeUndefined();
  // A thousand a second come back.
  const next = Array.from({ length: 1100 }, () => status(ask(server, fresh(), udp, later(noon, seconds(1))))[0]);
  expect(next.filter((each) => each === '401 Unauthorized')).toHaveLength(1000);
});

test('a flood from one address takes nothing from another, nor from who shares the address and has credentials', () => {
  const server = newServer();
  const signed = signedFor(server, { headers: { 'Call-ID': 'own' } });
  for (let count = 0; count < 11_000; count += 1) ask(server, fresh());
  expect(status(ask(server, fresh(), from('10.0.0.99')))).toEqual(['401 Unauthorized']);
  expect(ask(server, signed)).toMatchObject([{ kind: 'asked', request: { user: 'ben' } }]);
});

test('wrong credentials are bounded in the same way, apart from those who bring none', () => {
  const server = newServer();
  const wrong =
    'Digest username="ben", realm="example.com", nonce="n", uri="sip:a", response="r", qop=auth, nc=00000001, cnonce="c"';
  for (let count = 0; count < 10_000; count += 1) ask(server, fresh({ headers: { Authorization: wrong } }));
  expect(status(ask(server, fresh({ headers: { Authorization: wrong } })))).toEqual(['503 Service Unavailable']);
  expect(status(ask(server, fresh()))).toEqual(['401 Unauthorized']);
});

test('the addresses of one IPv6 network are one, since a host may take any of them', () => {
  const server = newServer();
  for (let count = 0; count < 10_000; count += 1) ask(server, fresh(), from(`2001:db8:1:2::${count.toString(16)}`));
  expect(status(ask(server, fresh(), from('2001:db8:1:2:ffff::1')))).toEqual(['503 Service Unavailable']);
  expect(status(ask(server, fresh(), from('2001:db8:1:3::1')))).toEqual(['401 Unauthorized']);
});

/** By how much an answer may be larger than an unauthenticated datagram, in octets and as a multiple. */
const bound = { more: 520, times: 3.4 };

const minimal = (method: string, extra = ''): Uint8Array =>
  new TextEncoder().encode(
    `${method} sip:a SIP/2.0\r\nv:SIP/2.0/UDP h;branch=z9hG4bK1\r\nf:<sip:a>;tag=1\r\nt:<sip:a>\r\ni:1\r\nCSeq:1 ${method}\r\nl:0\r\n${extra}\r\n`,
  );

test.each<[string, Uint8Array]>([
  ['SUBSCRIBE', minimal('SUBSCRIBE', 'm:<sip:a>\r\no:address-book\r\n')],
  ['SUBSCRIBE for another event', minimal('SUBSCRIBE', 'm:<sip:a>\r\no:x\r\n')],
  ['OPTIONS', minimal('OPTIONS')],
  ['NOTIFY', minimal('NOTIFY', 'o:address-book\r\nSubscription-State:active\r\n')],
  ['INVITE', minimal('INVITE')],
  ['an unknown method', minimal('X')],
  ['what is hardly a request', new TextEncoder().encode('X sip:a SIP/2.0\r\nv:SIP/2.0/UDP h\r\n\r\n')],
  ['a ping', new TextEncoder().encode('\r\n\r\n')],
])('amplification: the answer to the smallest %s is at most 3.4 times as large, and comes once', (_, bytes) => {
  const server = newServer();
  const sent = ask(server, bytes).flatMap((said) => (said.kind === 'send' ? [said.bytes.length] : []));
  expect(sent.length).toBeLessThanOrEqual(1);
  expect((sent[0] ?? 0) / bytes.length).toBeLessThanOrEqual(bound.times);
  // Nothing is ever sent again: the server waits for nothing.
  expect(server.deadline()).toBeUndefined();
});

test('amplification: whatever headers an answer repeats, it is at most 520 octets longer than its datagram', () => {
  const value = fc.string({ unit: fc.constantFrom('a', '1', ';', '=', '-', '.', '%'), maxLength: 200 });
  const lines = fc.array(
    fc.tuple(fc.constantFrom('Via', 'v', 'Record-Route', 'From', 'f', 'To', 'Call-ID', 'CSeq', 'Require', 'Route', 'X'), value),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(fc.constantFrom('SUBSCRIBE', 'OPTIONS', 'NOTIFY', 'INVITE', 'REGISTER'), lines, (method, extra) => {
      const head = new TextDecoder().decode(minimal(method, 'm:<sip:a>\r\no:address-book\r\n')).slice(0, -2);
      const text = `${head}${extra.map(([name, of]) => `${name}: ${of}`).join('\r\n')}\r\n\r\n`;
      const bytes = new TextEncoder().encode(text);
      const sent = ask(newServer(), bytes).flatMap((said) => (said.kind === 'send' ? [said.bytes.length] : []));
      expect(sent.length).toBeLessThanOrEqual(1);
      expect(sent[0] ?? 0).toBeLessThanOrEqual(bytes.length + bound.more);
    }),
    { numRuns: 500 },
  );
}); // prettier-ignore

test('no NOTIFY goes to an address that did not hear the challenge: a signed SUBSCRIBE from another one is challenged', () => {
  const server = newServer();
  const overheard = signedFor(server, {}, { ...ben, path: from('10.0.0.66') });
  const said = ask(server, overheard, from('203.0.113.9'));
  expect(status(said)).toEqual(['401 Unauthorized']);
  expect(sentBy(said)[0]).toContain('stale=true');
  expect(server.deadline()).toBeUndefined();
});

test('on a connection, whose address is proven, credentials are good whichever of its addresses a proxy comes from', () => {
  const server = newServer();
  const tcp = (host: string): FlowPath => ({ ...from(host), transport: 'TCP', flow: flow(`tcp ${host}`) });
  const signed = signedFor(server, {}, { ...ben, path: tcp('10.0.0.66') });
  expect(ask(server, signed, tcp('10.0.0.67'))).toMatchObject([{ kind: 'asked' }]);
  // But a nonce that came by a connection is of no use for a forged datagram.
  const again = signedFor(server, { headers: { 'Call-ID': 'again' } }, { ...ben, path: tcp('10.0.0.66') });
  expect(status(ask(server, again, from('10.0.0.66')))).toEqual(['401 Unauthorized']);
});

test('what was overheard once makes at most one subscription, at the address of its owner', () => {
  const server = newServer();
  const signed = signedFor(server, {});
  const accept = (said: readonly Said[]): readonly Said[] =>
    said.flatMap((each) => acceptAll(each) ?? []).flatMap((command) => server.handle(command, noon));
  expect(sentBy(accept(ask(server, signed)))).toHaveLength(2);
  // The same octets are a retransmission; with another branch they are a replay.
  expect(status(ask(server, signed))).toEqual(['200 OK']);
  const replayed = new TextDecoder().decode(signed).replace('branch=z9hG4bKa', 'branch=z9hG4bKb').replace('Call-ID: call', 'Call-ID: other');
  expect(status(ask(server, new TextEncoder().encode(replayed)))).toEqual(['401 Unauthorized']);
}); // prettier-ignore
