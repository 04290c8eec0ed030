// What any octets may do to the SIP parser, the framer and an endpoint: nothing.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concat, textOf, utf8 } from '../../src/base/bytes.ts';
import { StreamFramer } from '../../src/sip/frame.ts';
import { parseMessage } from '../../src/sip/parse.ts';
import type { Transport } from '../../src/sip/transaction-user.ts';
import { cut, edited, inPieces } from '../fuzz/octets.ts';
import type { FuzzProperty } from '../fuzz/property.ts';
import { acceptAll, paths, TwoEndpoints } from './two-endpoints.ts';

/** What two endpoints say to each other from the first SUBSCRIBE on. */
export function conversation(): readonly Uint8Array[] {
  const two = new TwoEndpoints();
  two.subscribe();
  return two.datagrams.map(({ bytes }) => bytes);
}

const seeds = conversation();
const hostile = fc.oneof(fc.uint8Array({ maxLength: 300 }), edited(seeds), cut(seeds));

export const anyOctetsParse: FuzzProperty = {
  name: 'sip-parser',
  property: fc.property(hostile, (bytes) => {
    assert.ok(['request', 'response', 'malformed'].includes(parseMessage(bytes).kind));
    assert.ok(Array.isArray(new StreamFramer().push(bytes)));
  }),
};

/** What was framed of a stream, whole or in pieces, comes to the same, also where it is broken in the middle. */
export const anyCutFrames: FuzzProperty = {
  name: 'sip-framer',
  property: fc.property(
    fc.array(hostile, { maxLength: 4 }),
    fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 }),
    (messages, lengths) => {
      const stream = concat(messages);
      const framed = (pieces: readonly Uint8Array[]): unknown => {
        const framer = new StreamFramer();
        // Pings are not counted: how many line breaks make one depends on what came at once.
        return pieces.flatMap((piece) => framer.push(piece).flatMap((each) => (each.kind === 'ping' ? [] : [each])));
      };
      assert.deepEqual(framed(inPieces(stream, lengths)), framed([stream]));
    },
  ),
};

const arrival = fc.tuple(
  hostile,
  fc.constantFrom<Transport>('UDP', 'TCP', 'WS'),
  fc.constantFrom<'server' | 'terminal'>('server', 'terminal'),
);

const options = utf8(
  'OPTIONS sip:address-book@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.12:5062;branch=z9hG4bKz;rport\r\n' +
    'From: <sip:ben@example.com>;tag=z\r\nTo: <sip:address-book@example.com>\r\nCall-ID: z\r\nCSeq: 1 OPTIONS\r\n' +
    'Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n',
);

/** Nothing throws on either side, on whichever flow it comes, and both ends go on working. */
export const anyArrivals: FuzzProperty = {
  name: 'sip-endpoint',
  property: fc.property(fc.array(arrival, { maxLength: 20 }), (arrivals) => {
    const two = new TwoEndpoints();
    two.subscribe();
    for (const [bytes, transport, side] of arrivals)
      for (const said of two[side].handle({ kind: 'received', path: paths(transport)[side], bytes }, two.now)) {
        const command = acceptAll(said);
        if (command !== undefined) two.server.handle(command, two.now);
      }
    const [answer] = two.server.handle({ kind: 'received', path: paths('UDP').server, bytes: options }, two.now);
    assert.ok(answer?.kind === 'send' && textOf(answer.bytes).startsWith('SIP/2.0 200 OK'));
  }),
};
