// RFC 5118 §4: twelve messages with IPv6 addresses. Each is written afresh from what its section describes.

import { description, message } from './torture-case.ts';
import type { TortureCase } from './torture-case.ts';

/** The REGISTER of §4.1 to §4.4, which differ in their Request-URI. */
const register = (name: string, uri: string): Uint8Array =>
  message([
    `REGISTER ${uri} SIP/2.0`,
    'To: sip:user@example.com',
    'From: sip:user@example.com;tag=81x2',
    `Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bK${name}`,
    `Call-ID: ${name}.v6`,
    'Max-Forwards: 70',
    'Contact: "Caller" <sip:caller@[2001:db8::1]>',
    'CSeq: 98176 REGISTER',
    'Content-Length: 0',
  ]);

/** A request with this method and these Vias. */
const request = (method: string, name: string, vias: readonly string[]): Uint8Array =>
  message([
    `${method} sip:[2001:db8::10] SIP/2.0`,
    'To: sip:user@example.com;tag=bd76ya',
    'From: sip:user@example.com;tag=81x2',
    ...vias.map((via) => `Via: ${via}`),
    `Call-ID: ${name}.v6`,
    'Max-Forwards: 70',
    `CSeq: 321 ${method}`,
    'Content-Length: 0',
  ]);

const invite = (name: string, via: string, body: string): Uint8Array =>
  message(
    [
      'INVITE sip:user@[2001:db8::10] SIP/2.0',
      'To: sip:user@[2001:db8::10]',
      'From: sip:user@example.com;tag=81x2',
      ...via.split('\n').map((each) => `Via: ${each}`),
      `Call-ID: ${name}.v6`,
      'Contact: "Caller" <sip:caller@[2001:db8::20]>',
      'CSeq: 8612 INVITE',
      'Max-Forwards: 70',
      'Content-Type: application/sdp',
      `Content-Length: ${body.length}`,
    ],
    body,
  );

const colons = (name: string, host: string): Uint8Array =>
  message([
    `OPTIONS sip:user@[${host}] SIP/2.0`,
    `To: sip:user@[${host}]`,
    'From: sip:user@example.com;tag=810x2',
    `Via: SIP/2.0/UDP lab1.east.example.com;branch=z9hG4bK${name}`,
    `Call-ID: ${name}.v6`,
    'CSeq: 689 OPTIONS',
    'Max-Forwards: 70',
    'Content-Length: 0',
  ]);

export const ipv6: readonly TortureCase[] = [
  {
    section: 'RFC 5118 §4.1',
    about: 'IPv6 references in the Request-URI, Via and Contact',
    octets: register('v6good', 'sip:[2001:db8::10]'),
    wellFormed: true,
    draws: [405],
    asOptions: 200,
    asSubscribe: 401,
  },
  {
    section: 'RFC 5118 §4.2',
    about: 'an IPv6 address without brackets in the Request-URI',
    octets: register('v6bad', 'sip:2001:db8::10'),
    wellFormed: false,
    draws: [400],
    asOptions: 400,
  },
  {
    section: 'RFC 5118 §4.3',
    about: 'what was meant as a port within the brackets: it is the end of the address',
    octets: register('v6ambiguous', 'sip:[2001:db8::10:5070]'),
    wellFormed: true,
    draws: [405],
    asOptions: 200,
  },
  {
    section: 'RFC 5118 §4.4',
    about: 'a port after the brackets',
    octets: register('v6port', 'sip:[2001:db8::10]:5070'),
    wellFormed: true,
    draws: [405],
    asOptions: 200,
  },
  {
    section: 'RFC 5118 §4.5 (with delimiters)',
    about: 'brackets in the `received` of Via, where they do not belong: the request is taken all the same',
    octets: request('BYE', 'v6received', ['SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKv6r1']),
    wellFormed: true,
    draws: [405],
    asOptions: 200,
  },
  {
    section: 'RFC 5118 §4.5 (without delimiters)',
    about: 'a `received` of Via as it should be',
    octets: request('OPTIONS', 'v6received2', [
      'SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKv6r2',
    ]),
    wellFormed: true,
    draws: [200],
  },
  {
    section: 'RFC 5118 §4.6',
    about: 'IPv6 addresses in a session description, without brackets there',
    octets: invite(
      'v6sdp',
      'SIP/2.0/UDP [2001:db8::20];branch=z9hG4bKv6sdp',
      description(
        'v=0',
        'o=mira 97 0 IN IP6 2001:db8::20',
        's=-',
        'c=IN IP6 2001:db8::20',
        't=0 0',
        'm=audio 6000 RTP/AVP 2',
      ),
    ),
    wellFormed: true,
    draws: [405],
    asOptions: 200,
    asSubscribe: 401,
  },
  {
    section: 'RFC 5118 §4.7',
    about: 'Vias of both families',
    octets: request('BYE', 'v6both', [
      'SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKv6b1',
      'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKv6b2',
      'SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bKv6b3',
    ]),
    wellFormed: true,
    draws: [405],
    says: 'v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKv6b2\r\nv: SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bKv6b3',
    asOptions: 200,
  },
  {
    section: 'RFC 5118 §4.8',
    about: 'a session description with addresses of both families',
    octets: invite(
      'v6sdp2',
      'SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKv6sdp2',
      description(
        'v=0',
        'o=bob 28 28 IN IP4 host.example.com',
        's=',
        't=0 0',
        'm=audio 22334 RTP/AVP 0',
        'c=IN IP4 192.0.2.1',
        'm=video 6024 RTP/AVP 107',
        'c=IN IP6 2001:db8::1',
      ),
    ),
    wellFormed: true,
    draws: [405],
    asOptions: 200,
  },
  {
    section: 'RFC 5118 §4.9',
    about: 'IPv4-mapped addresses in two Vias, the first with a port',
    octets: invite(
      'v6mapped',
      'SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKv6m1\nSIP/2.0/UDP [::ffff:192.0.2.2];branch=z9hG4bKv6m2',
      description(
        'v=0',
        'o=mira 97 0 IN IP6 ::ffff:192.0.2.2',
        's=-',
        'c=IN IP6 ::ffff:192.0.2.2',
        't=0 0',
        'm=audio 6000 RTP/AVP 2',
      ),
    ),
    wellFormed: true,
    draws: [405],
    asOptions: 200,
    asSubscribe: 401,
  },
  {
    section: 'RFC 5118 §4.10 (three colons)',
    about: 'the extra colon that the grammar of RFC 3261 wrongly made: it is read all the same',
    octets: colons('v6three', '2001:db8:::192.0.2.1'),
    wellFormed: true,
    draws: [200],
  },
  {
    section: 'RFC 5118 §4.10 (two colons)',
    about: 'the same address as it should be',
    octets: colons('v6two', '2001:db8::192.0.2.1'),
    wellFormed: true,
    draws: [200],
  },
];
