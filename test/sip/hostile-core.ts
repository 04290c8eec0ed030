// What any octets may do to a registrar, and to an endpoint that believes a SIP core: nothing, though nobody asks
// them for credentials.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { textOf } from '../../src/base/bytes.ts';
import { instant } from '../../src/base/time.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import { parseMessage } from '../../src/sip/parse.ts';
import type { Said, Transport } from '../../src/sip/transaction-user.ts';
import { cut, edited } from '../fuzz/octets.ts';
import type { FuzzProperty } from '../fuzz/property.ts';
import { request } from './played-terminal.ts';
import { acceptAll, hash, notifierOptions, numbered, paths } from './two-endpoints.ts';

const phone = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"';
const core = {
  'P-Asserted-Identity': '"Ben" <sip:ben@example.com>, <tel:+4420>',
  'P-Served-User': '<sip:ben@example.com>;sescase=orig',
  'P-Charging-Vector': 'icid-value="a b";orig-ioi=home.example',
  Supported: 'path, outbound',
  To: '<sip:ben@example.com>',
};
const register = (headers: Readonly<Record<string, string>>): Uint8Array =>
  request({ method: 'REGISTER', uri: 'sip:example.com', headers: { ...core, ...headers } });

const seeds = [
  register({ Contact: `<sip:ben@10.0.0.12>;q=0.5;expires=600, <sip:b@h>;expires=0`, Path: '<sip:p.example.com;lr>' }),
  register({ Contact: `<sip:ben@10.0.0.12:5062;transport=tcp>;reg-id=1;${phone}`, Expires: '3600' }),
  register({ Contact: '*', Expires: '0' }),
  register({ From: '<sip:scscf.example.com>;tag=s', Expires: '0' }),
  request({ headers: { ...core, 'Record-Route': '<sip:10.0.0.12;transport=tcp;lr>' } }),
  request({ headers: { ...core, Authorization: 'Bearer token' } }),
];

const arrival = fc.tuple(
  fc.oneof({ weight: 4, arbitrary: edited(seeds) }, { weight: 1, arbitrary: cut(seeds) }, fc.constantFrom(...seeds)),
  fc.constantFrom<Transport>('UDP', 'TCP', 'TLS'),
  fc.boolean(),
);

const user = 'ben';

/** A refusal copies what there is of a message that cannot be read. */
function assertReadable(bytes: Uint8Array): void {
  const text = textOf(bytes);
  assert.ok(/^SIP\/2\.0 [45]/.test(text) || parseMessage(bytes).kind !== 'malformed', text);
}

export const anyWordOfTheCore: FuzzProperty = {
  name: 'sip-core',
  property: fc.property(fc.array(arrival, { maxLength: 20 }), (arrivals) => {
    const trust = { trusts: () => true, userOf: () => user, unknown: () => undefined };
    const bearer = { scope: 'x', userOf: () => user, authorizationServer: () => 'https://a.example' };
    const notifier = { ...notifierOptions, trust, bearer, registrar: { owns: () => true }, mayReach: () => true };
    const endpoint = new Endpoint({ random: numbered('s'), hash, notifier });
    const answers = (said: readonly Said[]): void => {
      for (const each of said) {
        if (each.kind === 'send') assertReadable(each.bytes);
        const command = acceptAll(each);
        if (command !== undefined) answers(endpoint.handle(command, instant(0)));
      }
    };
    for (const [bytes, transport, closes] of arrivals) {
      const path = paths(transport).server;
      answers(endpoint.handle({ kind: 'received', path, bytes }, instant(0)));
      if (closes) answers(endpoint.handle({ kind: 'closed', flow: path.flow }, instant(0)));
      assert.ok([...endpoint.bindings()].length <= 10);
    }
    // Whatever was bound or subscribed runs out, and leaves nothing behind.
    for (
      let due = endpoint.deadline(), turns = 0;
      due !== undefined && turns < 10_000;
      due = endpoint.deadline(), turns += 1
    )
      answers(endpoint.wake(due));
    assert.deepEqual([endpoint.deadline(), [...endpoint.bindings()]], [undefined, []]);
  }),
};
