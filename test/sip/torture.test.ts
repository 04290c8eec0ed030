// The torture tests of RFC 4475 and RFC 5118, against the parser and the endpoint. Over real sockets:
// `torture-sockets.test.ts`.

import { expect, test } from 'vitest';
import { textOf, utf8 } from '../../src/base/bytes.ts';
import { instant } from '../../src/base/time.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import { parseNameAddress } from '../../src/sip/headers.ts';
import type { IncomingRequest } from '../../src/sip/message.ts';
import { parseMessage } from '../../src/sip/parse.ts';
import { parseUri } from '../../src/sip/uri.ts';
import type { Said, Transport } from '../../src/sip/transaction-user.ts';
import type { TortureCase } from '../vectors/sip/torture/torture-case.ts';
import { torture, tortureCase } from '../vectors/sip/torture/torture.ts';
import { binaryPart } from '../vectors/sip/torture/valid-syntax.ts';
import { hash, notifierOptions, numbered, paths } from './two-endpoints.ts';

const named = torture.map((each) => [`${each.section}: ${each.about}`, each] as const);

interface Heard {
  readonly statuses: readonly number[];
  readonly texts: readonly string[];
  readonly outputs: readonly Said[];
  readonly endpoint: Endpoint;
}

/** What a fresh endpoint says to the octets. */
function hear(octets: Uint8Array, transport: Transport): Heard {
  const endpoint = new Endpoint({ random: numbered('s'), hash, notifier: notifierOptions });
  const path = paths(transport).server;
  const outputs = endpoint.handle({ kind: 'received', path, bytes: octets }, instant(0));
  const texts = outputs.flatMap((said) => (said.kind === 'send' ? [textOf(said.bytes)] : []));
  return { statuses: texts.map((text) => Number(text.slice(8, 11))), texts, outputs, endpoint };
}

/** The same message with another method, in the start line and in CSeq. */
function as(method: 'OPTIONS' | 'SUBSCRIBE', octets: Uint8Array): Uint8Array {
  const text = Buffer.from(octets).toString('latin1');
  const own = text.slice(0, text.indexOf(' '));
  const changed = text
    .replace(own, () => method)
    .replace(/^(cseq\s*:\s*\d+\s+)\S+/im, (_, start: string) => start + method)
    .replace('\r\n', method === 'SUBSCRIBE' ? '\r\nEvent: address-book\r\n' : '\r\n');
  return new Uint8Array(Buffer.from(changed, 'latin1'));
}

test('there are 49 cases of RFC 4475 and 12 of RFC 5118', () => {
  expect(torture.filter(({ section }) => section.startsWith('RFC 4475'))).toHaveLength(49);
  expect(torture.filter(({ section }) => section.startsWith('RFC 5118'))).toHaveLength(12);
  expect(new Set(torture.map(({ section }) => section)).size).toBe(61);
});

test.each(named)('%s', (_, each: TortureCase) => {
  expect(parseMessage(each.octets).kind !== 'malformed').toBe(each.wellFormed);
  const heard = hear(each.octets, 'UDP');
  expect(heard.statuses).toEqual(each.draws);
  if (each.says !== undefined) expect(heard.texts[0]).toContain(`\r\n${each.says}`);
  // What is malformed is told with its section, and none of it is remembered.
  expect(heard.outputs.some(({ kind }) => kind === 'malformed')).toBe(!each.wellFormed);
  expect(heard.endpoint.deadline()).toBeUndefined();
  if (each.wellFormed) for (const text of heard.texts) expect(parseMessage(utf8(text)).kind).toBe('response');
});

test.each(named)('on a stream: %s', (_, { octets, draws, onStream }: TortureCase) => {
  const expected = onStream ?? { draws, closes: false };
  const heard = hear(octets, 'TCP');
  expect(heard.statuses).toEqual(expected.draws);
  expect(heard.outputs.some(({ kind }) => kind === 'close')).toBe(expected.closes);
});

test.each(named.filter(([, { asOptions }]) => asOptions !== undefined))('as OPTIONS: %s', (_, each: TortureCase) => {
  expect(hear(as('OPTIONS', each.octets), 'UDP').statuses).toEqual([each.asOptions]);
});

test.each(named.filter(([, { asSubscribe }]) => asSubscribe !== undefined))(
  'as SUBSCRIBE: %s',
  (_, each: TortureCase) => {
    expect(hear(as('SUBSCRIBE', each.octets), 'UDP').statuses).toEqual([each.asSubscribe]);
  },
);

function read(section: string): IncomingRequest {
  const parsed = parseMessage(tortureCase(section).octets);
  if (parsed.kind !== 'request') throw new Error(JSON.stringify(parsed));
  return parsed;
}

test('RFC 4475 §3.1.1.1: what is folded, escaped and compact is read as what it means', () => {
  const { via, from, to, cseq, callId, headers, body } = read('RFC 4475 §3.1.1.1');
  expect(via).toMatchObject({ transport: 'TCP', host: 'first.example.com' });
  expect(headers.list('via').map((each) => each.replaceAll(/\s/g, ''))).toEqual([
    'SIP/2.0/TCPfirst.example.com;branch=z9hG4bKfirst',
    'SIP/2.0/UDP192.168.7.7;branch=z9hG4bKsecond',
    'SIP/2.0/TLSthird.example.com;branch=z9hG4bKthird',
  ]);
  expect(from).toEqual({ uri: 'sip:mira@example.com', parameters: new Map([['tag', 'w9']]) });
  expect(to.parameters.get('tag')).toBe('77x1');
  expect([cseq, callId]).toEqual([{ number: 9, method: 'INVITE' }, 'wsinv.k1@192.0.2.51']);
  expect(headers.first('subject')).toBe('');
  expect(parseNameAddress(headers.first('contact') ?? '')?.parameters.get('new')).toBe('one');
  expect(headers.list('route')).toEqual(['<sip:way.example.net;lr;odd=value;odder>']);
  expect(body.length).toBe(Number(headers.first('content-length')));
});

test('RFC 4475 §3.1.1.2: every character that may be is kept as it is', () => {
  const { method, uri, from, to, headers } = read('RFC 4475 §3.1.1.2');
  expect(method).toBe("!curious-Method9876543210_*+`.%really'~");
  expect(parseUri(uri)).toMatchObject({
    user: "1_odd.URI~(not-so!sure)&isn't+it$/mad?,/;;*:&it+has=1,odd!*pass$wo~rd_too.(isn't-it)",
    host: 'example.com',
  });
  expect(from.parameters.get('tag')).toBe("_word~1'+`*%!-.");
  expect(parseUri(to.uri)?.host).toBe('example.com');
  expect(headers.first("extensionheader-!.%*+_`'~")).toBe('強風で運休');
});

test('RFC 4475 §3.1.1.3, §3.1.1.4, §3.1.1.9: escapes and semicolons stay in the user part as written', () => {
  expect(parseUri(read('RFC 4475 §3.1.1.3').uri)).toMatchObject({
    user: 'sips%3Auser%40example.com',
    host: 'example.org',
  });
  expect(parseUri(read('RFC 4475 §3.1.1.4').to.uri)).toMatchObject({ user: 'nothing-%00-there', host: 'example.com' });
  expect(parseUri(read('RFC 4475 §3.1.1.9').uri)).toMatchObject({
    user: 'user;par=u%40example.net',
    parameters: new Map(),
  });
});

test('RFC 4475 §3.1.1.11: the octets of a body come through', () => {
  const { body } = read('RFC 4475 §3.1.1.11');
  const at = Buffer.from(body).indexOf(binaryPart);
  expect(at).toBeGreaterThan(0);
  expect(body.length).toBe(at + binaryPart.length + '\r\n--cut--'.length);
});

test.each([
  ['RFC 4475 §3.1.1.12', 200, '= 3**2 * 22 + 2, а сто девяносто восемь - почти'],
  ['RFC 4475 §3.1.1.13', 100, ''],
])('%s: the reason phrase is what it is', (section, status, reason) => {
  expect(parseMessage(tortureCase(section).octets)).toMatchObject({ kind: 'response', status, reason });
});

test('RFC 4475 §3.3.12 to §3.3.14: a parameter of Contact is the header’s without brackets and the URI’s within; headers stay in the URI', () => {
  const contact = (section: string) => parseNameAddress(read(section).headers.first('contact') ?? '');
  expect(contact('RFC 4475 §3.3.12')).toEqual({
    uri: 'sip:+19725552222@gw1.example.net',
    parameters: new Map([['unknownparam', '']]),
  });
  expect(contact('RFC 4475 §3.3.13')).toEqual({
    uri: 'sip:+19725552222@gw1.example.net;unknownparam',
    parameters: new Map(),
  });
  expect(parseUri(contact('RFC 4475 §3.3.14')?.uri ?? '')?.headers).toBe('Route=%3Csip:sip.example.com%3E');
});

test('RFC 5118 §4.1, §4.3, §4.4, §4.9: where an IPv6 address ends and the port begins', () => {
  const hostAndPort = (section: string) => {
    const { host, port } = parseUri(read(section).uri) ?? expect.unreachable();
    return [host, port];
  };
  expect(hostAndPort('RFC 5118 §4.1')).toEqual(['2001:db8::10', undefined]);
  expect(hostAndPort('RFC 5118 §4.3')).toEqual(['2001:db8::10:5070', undefined]);
  expect(hostAndPort('RFC 5118 §4.4')).toEqual(['2001:db8::10', 5070]);
  expect(read('RFC 5118 §4.9').via).toMatchObject({ host: '::ffff:192.0.2.10', port: 19_823 });
});
