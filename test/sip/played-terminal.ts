// A terminal that a test plays, request by request, as octets.

import { textOf, utf8 } from '../../src/base/bytes.ts';
import { instant } from '../../src/base/time.ts';
import { answerChallenge, strongest } from '../../src/sip/credentials.ts';
import type { Endpoint } from '../../src/sip/endpoint.ts';
import { parseMessage } from '../../src/sip/parse.ts';
import type { FlowPath, Said } from '../../src/sip/transaction-user.ts';
import { hash, paths } from './two-endpoints.ts';

const udp = paths('UDP').server;

export interface Parts {
  readonly method?: string;
  readonly uri?: string;
  readonly version?: string;
  /** Header lines by name; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

export function request({
  method = 'SUBSCRIBE',
  uri = 'sip:address-book@example.com',
  version = '2.0',
  headers = {},
  body = '',
}: Parts): Uint8Array {
  const fields: Record<string, string | undefined> = {
    Via: 'SIP/2.0/UDP 10.0.0.12:5062;branch=z9hG4bKa;rport',
    From: '<sip:ben@example.com>;tag=ben1',
    To: '<sip:address-book@example.com>',
    'Call-ID': 'call',
    CSeq: `1 ${method}`,
    'Max-Forwards': '70',
    Contact: '<sip:10.0.0.12:5062>',
    Event: 'address-book',
    'Content-Length': `${utf8(body).length}`,
    ...headers,
  };
  const lines = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return utf8(`${method} ${uri} SIP/${version}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

export const sentBy = (outputs: readonly Said[]): readonly string[] =>
  outputs.flatMap((said) => (said.kind === 'send' ? [textOf(said.bytes)] : []));

/** The first line of each answer. */
export const status = (outputs: readonly Said[]): readonly string[] =>
  sentBy(outputs).map((text) => text.slice('SIP/2.0 '.length, text.indexOf('\r\n')));

export const ben = { username: 'ben', password: 'secret' };

/** The request with credentials for the challenge that the endpoint gives. */
export function signedFor(
  endpoint: Endpoint,
  parts: Parts,
  {
    path = udp,
    ...credentials
  }: { readonly username: string; readonly password: string; readonly path?: FlowPath } = ben,
): Uint8Array {
  const unsigned = request({ headers: { Via: 'SIP/2.0/UDP 10.0.0.12;branch=z9hG4bKunsigned' } });
  const challenge = parseMessage(
    utf8(sentBy(endpoint.handle({ kind: 'received', path, bytes: unsigned }, instant(0)))[0] ?? ''),
  );
  if (challenge.kind !== 'response') throw new Error('no challenge');
  const login = strongest(challenge.headers, 401);
  if (login === undefined) throw new Error('no login');
  const { method = 'SUBSCRIBE' } = parts;
  const signing = { hash, cnonce: 'c', credentials, method, uri: 'sip:address-book@example.com' };
  const [, authorization] = answerChallenge({ ...login, used: 1 }, signing);
  return request({ ...parts, headers: { CSeq: `2 ${method}`, Authorization: authorization, ...parts.headers } });
}
