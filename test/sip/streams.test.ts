import { expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { instant, later, seconds } from '../../src/base/time.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import type { StreamLimits } from '../../src/sip/streams.ts';
import { flow, type FlowPath, type Said, type Transport } from '../../src/sip/transaction-user.ts';
import { hash, notifierOptions, numbered, TwoEndpoints } from './two-endpoints.ts';

const start = instant(0);
const at = (count: number) => later(start, seconds(count));

function server(streams: Partial<StreamLimits> = {}): Endpoint {
  return new Endpoint({ random: numbered('s'), hash, notifier: notifierOptions, streams });
}

const pathOf = (name: string, transport: Transport = 'TCP'): FlowPath => ({
  flow: flow(name),
  transport,
  local: { host: '10.0.0.1', port: 5060 },
  remote: { host: '10.0.0.12', port: 5062 },
});

const closedBy = (said: readonly Said[]): readonly string[] =>
  said.flatMap((each) => (each.kind === 'close' ? [each.flow] : []));

const options = (cseq: number): string =>
  [
    'OPTIONS sip:example.com SIP/2.0',
    `Via: SIP/2.0/TCP 10.0.0.12:5062;branch=z9hG4bK${cseq}`,
    'From: <sip:ben@example.com>;tag=1',
    'To: <sip:example.com>',
    `Call-ID: ${cseq}@10.0.0.12`,
    `CSeq: ${cseq} OPTIONS`,
    'Max-Forwards: 70',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');

test('a message on a stream that is not complete 20 s after its first octet closes the flow, however it trickles', () => {
  const endpoint = server({ strangerWithin: seconds(1000) });
  const path = pathOf('slow');
  endpoint.handle({ kind: 'opened', path }, at(0));
  Array.from(options(1).slice(0, 19)).forEach((octet, second) =>
    endpoint.handle({ kind: 'received', path, bytes: utf8(octet) }, at(second)),
  );
  expect(closedBy(endpoint.wake(at(19.9)))).toEqual([]);
  const said = endpoint.wake(at(20));
  expect(closedBy(said)).toEqual(['slow']);
  expect(said).toContainEqual(expect.objectContaining({ kind: 'malformed', section: 'RFC 3261 §18.3' }));
});

test('a body that does not come closes the flow as well', () => {
  const endpoint = server({ strangerWithin: seconds(1000) });
  const path = pathOf('slow');
  endpoint.handle({ kind: 'opened', path }, at(0));
  const head = options(1).replace('Content-Length: 0', 'Content-Length: 9');
  endpoint.handle({ kind: 'received', path, bytes: utf8(head) }, at(0));
  expect(endpoint.deadline()).toBe(at(20));
  expect(closedBy(endpoint.wake(at(20)))).toEqual(['slow']);
});

test('each message has its own time: the second of one chunk begins when the first is whole', () => {
  const endpoint = server({ strangerWithin: seconds(1000) });
  const path = pathOf('steady');
  endpoint.handle({ kind: 'opened', path }, at(0));
  const [first, second] = [options(1), options(2)];
  endpoint.handle({ kind: 'received', path, bytes: utf8(first.slice(0, 9)) }, at(0));
  endpoint.handle({ kind: 'received', path, bytes: utf8(first.slice(9) + second.slice(0, 9)) }, at(15));
  expect(closedBy(endpoint.wake(at(34)))).toEqual([]);
  endpoint.handle({ kind: 'received', path, bytes: utf8(second.slice(9)) }, at(34));
  expect(closedBy(endpoint.wake(at(500)))).toEqual([]);
});

test('line breaks between messages are no message that waits for its end (RFC 5626 §3.5.1)', () => {
  const endpoint = server({ strangerWithin: seconds(1000) });
  const path = pathOf('kept');
  endpoint.handle({ kind: 'opened', path }, at(0));
  endpoint.handle({ kind: 'received', path, bytes: utf8('\r\n') }, at(0));
  expect(closedBy(endpoint.wake(at(60)))).toEqual([]);
});

test.each(['TCP', 'TLS', 'WS', 'WSS'] as const)(
  'a %s connection on which nobody is authenticated within 30 s is closed, pings or not',
  (transport) => {
    const endpoint = server();
    const path = pathOf('silent', transport);
    endpoint.handle({ kind: 'opened', path }, at(0));
    endpoint.handle({ kind: 'received', path, bytes: utf8('\r\n\r\n') }, at(29));
    expect(closedBy(endpoint.wake(at(29.9)))).toEqual([]);
    expect(closedBy(endpoint.wake(at(30)))).toEqual(['silent']);
    endpoint.handle({ kind: 'closed', flow: path.flow }, at(30));
    expect(endpoint.deadline()).toBeUndefined();
  },
);

test('whose SUBSCRIBE was authenticated keeps the connection', () => {
  const two = new TwoEndpoints('TCP');
  two.server.handle({ kind: 'opened', path: two.paths.server }, two.now);
  two.subscribe();
  expect(two.kinds('server')).toContain('asked');
  expect(closedBy(two.server.wake(later(two.now, seconds(60))))).toEqual([]);
});

test('a wrong password is no proof: the connection is closed after 30 s all the same', () => {
  const two = new TwoEndpoints('TCP');
  two.server.handle({ kind: 'opened', path: two.paths.server }, two.now);
  two.subscribe({ credentials: { username: 'ben', password: 'wrong' } });
  expect(two.kinds('server')).not.toContain('asked');
  expect(closedBy(two.server.wake(later(two.now, seconds(30))))).toEqual([two.paths.server.flow]);
});

test('where too many strangers wait, the one that waits longest makes way', () => {
  const endpoint = server({ mostStrangers: 2 });
  const paths = ['one', 'two', 'three', 'four'].map((name) => pathOf(name));
  const closed = paths.flatMap((path) => closedBy(endpoint.handle({ kind: 'opened', path }, at(0))));
  expect(closed).toEqual(['one', 'two']);
});

test('a terminal waits for a silent server by its own rules, not by these', () => {
  const endpoint = new Endpoint({ random: numbered('t'), hash });
  endpoint.handle({ kind: 'opened', path: pathOf('to-server') }, at(0));
  expect(endpoint.deadline()).toBeUndefined();
});

test('the unfinished messages of strangers are bounded together: who goes beyond is closed, and a whole message is still heard', () => {
  const endpoint = server({ mostStrangerOctets: 1000 });
  const half = utf8(options(1).replace('Content-Length: 0', 'Content-Length: 9000').padEnd(600, 'x'));
  const said = ['a', 'b'].flatMap((name) => {
    const path = pathOf(name);
    endpoint.handle({ kind: 'opened', path }, start);
    return endpoint.handle({ kind: 'received', path, bytes: half }, start);
  });
  expect(closedBy(said)).toEqual(['b']);
  endpoint.handle({ kind: 'closed', flow: flow('b') }, start);
  const path = pathOf('c');
  endpoint.handle({ kind: 'opened', path }, start);
  const answers = endpoint.handle({ kind: 'received', path, bytes: utf8(options(2)) }, start);
  expect(answers.map((each) => each.kind)).toEqual(['send']);
});
