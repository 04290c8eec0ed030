// Whose an asserted identity is; and what becomes of subscriptions by it.

import { expect, test } from 'vitest';
import { textOf, utf8 } from '../../src/base/bytes.ts';
import { personId } from '../../src/book/person-id.ts';
import type { Fields } from '../../src/book/person.ts';
import { Identities, personUser } from '../../src/server/identities.ts';
import { flow, type FlowPath } from '../../src/sip/transaction-user.ts';
import { openWorld, type World } from './world.ts';

const [ada, ben] = [personId('adaada'), personId('benben')];

function known(people: Readonly<Record<string, Fields>>): Identities {
  const identities = new Identities('Example.com');
  for (const [person, fields] of Object.entries(people)) identities.put(personId(person), fields);
  return identities;
}

test.each<[string, Fields, string, boolean]>([
  ['the SIP address', { sipAddress: 'sip:ada@example.com' }, 'sip:ada@example.com', true],
  [
    'by another scheme, with parameters, another host case',
    { sipAddress: 'ada@example.com' },
    'sips:ada@EXAMPLE.com;gr',
    true,
  ],
  ['with escapes', { sipAddress: 'sip:ada@example.com' }, 'sip:%61da@example.com', true],
  ['in another case of the user', { sipAddress: 'sip:ada@example.com' }, 'sip:Ada@example.com', false],
  ['on another port', { sipAddress: 'sip:ada@example.com' }, 'sip:ada@example.com:5070', false],
  ['a number as SIP address', { sipAddress: '8001' }, 'sip:8001@example.com', true],
  ['a global number', { officeTelephone: '+86 (10) 6000-0001' }, 'tel:+86-10-6000.0001', true],
  ['of the mobile', { mobileTelephone: '+8613800000000' }, 'tel:+8613800000000', true],
  [
    'in a SIP URI that says so',
    { mobileTelephone: '+8613800000000' },
    'sip:+86-13800000000@ims.example;user=phone',
    true,
  ],
  ['in a SIP URI that is one', { mobileTelephone: '+8613800000000' }, 'sip:+8613800000000@ims.example', true],
  ['a local number of our domain', { officeTelephone: '8001' }, 'tel:8001;phone-context=example.com', true],
  ['of another domain', { officeTelephone: '8001' }, 'tel:8001;phone-context=other.example', false],
  ['without a context', { officeTelephone: '8001' }, 'tel:8001', false],
  ['a context that makes it global', { officeTelephone: '+86108001' }, 'tel:8001;phone-context=+8610', true],
  ['a global number without its plus', { officeTelephone: '86108001' }, 'tel:+86108001', false],
  ['an extension behind a number', { officeTelephone: '+86108001 ext. 12' }, 'tel:+86108001', false],
  ['an extension in the URI', { officeTelephone: '+86108001' }, 'tel:+86108001;ext=12', false],
  ['a home telephone', { homeTelephone: '+4420' }, 'tel:+4420', false],
  ['a mail address', { mail: 'ada@example.com' }, 'sip:ada@example.com', false],
  ['no user', { sipAddress: 'sip:example.com' }, 'sip:example.com', false],
  ['letters for a number', { sipAddress: 'reception' }, 'sip:reception@example.com', true],
])('%s', (_, fields, identity, same) => {
  expect(known({ adaada: fields }).personOf([identity])).toBe(same ? ada : undefined);
});

test('what two have is nobody’s; two identities are of one person, or of nobody', () => {
  const both = known({
    adaada: { officeTelephone: '+4420', sipAddress: 'sip:ada@h', mobileTelephone: '+4477' },
    benben: { officeTelephone: '+4420', sipAddress: 'sip:ben@h' },
  });
  expect(both.personOf(['tel:+4420'])).toBeUndefined();
  expect(both.personOf(['sip:ada@h', 'tel:+4477'])).toBe(ada);
  expect(both.personOf(['sip:ben@h', 'tel:+4477'])).toBeUndefined();
  expect(both.personOf(['sip:ada@h', 'tel:+4420'])).toBeUndefined();
  expect([both.personOf([]), both.personOf(['sip:eve@h'])]).toEqual([undefined, undefined]);
});

test('it follows the changes of the book: what was altered, who left and who came back', () => {
  const book = known({ adaada: { sipAddress: 'sip:old@h', officeTelephone: '+4420' } });
  expect(book.take({ kind: 'altered', person: ada, from: { title: 'x' }, to: {} })).toBeUndefined();
  const moved = {
    kind: 'altered',
    person: ada,
    from: { sipAddress: 'sip:old@h' },
    to: { sipAddress: 'sip:new@h' },
  } as const;
  expect(book.take(moved)).toBe('changed');
  expect(['sip:old@h', 'sip:new@h', 'tel:+4420'].map((each) => book.personOf([each]))).toEqual([undefined, ada, ada]);
  expect(book.take({ kind: 'removed', person: ada })).toBe('gone');
  expect([book.personOf(['sip:new@h']), book.has(personUser(ada))]).toEqual([undefined, false]);
  expect(book.take({ kind: 'added', person: ada, fields: { sipAddress: 'sip:third@h' } })).toBeUndefined();
  expect(['sip:new@h', 'tel:+4420', 'sip:third@h'].map((each) => book.personOf([each]))).toEqual([
    undefined,
    undefined,
    ada,
  ]);
  expect(book.take({ kind: 'added', person: ben, fields: { sipAddress: 'sip:third@h' } })).toBeUndefined();
  expect(book.personOf(['sip:third@h'])).toBeUndefined();
  expect([book.has(personUser(ada)), book.has('adaada'), book.has('person:eve')]).toEqual([true, false, false]);
});

const core: FlowPath = {
  flow: flow('core'),
  transport: 'TCP',
  local: { host: '127.0.0.1', port: 5060 },
  remote: { host: '192.0.2.10', port: 5060 },
};

let made = 0;

/** What comes of a request by the core. */
function hear(world: World, method: string, headers: readonly string[], path = core): readonly string[] {
  made += 1;
  const lines = [
    `${method} sip:address-book@example.com SIP/2.0`,
    `Via: SIP/2.0/TCP 192.0.2.10;branch=z9hG4bK${made}`,
    `Call-ID: c${made}`,
    `CSeq: 1 ${method}`,
    'Contact: <sip:ada@192.0.2.7>',
    'Content-Length: 0',
    ...headers,
  ];
  world.sent.length = 0;
  world.hear({ kind: 'received', path, bytes: utf8(`${lines.join('\r\n')}\r\n\r\n`) });
  return sent(world);
}

const sent = (world: World): readonly string[] =>
  world.sent.flatMap((said) => (said.kind === 'send' ? [textOf(said.bytes)] : []));
const starts = (texts: readonly string[]): readonly string[] =>
  texts.map((text) => text.slice(0, text.indexOf('\r\n')).replace(/ sip:.*/, ''));

const subscribe = (world: World, identity: string, path = core): readonly string[] =>
  hear(
    world,
    'SUBSCRIBE',
    [
      'From: <sip:anonymous@anonymous.invalid>;tag=a',
      'To: <sip:address-book@example.com>',
      'Event: address-book',
      `P-Asserted-Identity: <${identity}>`,
    ],
    path,
  );

async function withAda() {
  const world = await openWorld({ trusts: ({ remote }) => remote.host === '192.0.2.10' });
  const [person] = await world.people({ name: 'Ada', sipAddress: 'sip:ada@ims.example', officeTelephone: '+4420' });
  if (person === undefined) throw new Error('nobody is there');
  return { world, person };
}

test('a person of the book subscribes by the word of the core, without a session; who is not in the book is refused and reported', async () => {
  const { world } = await withAda();
  await using _ = world;
  expect(starts(subscribe(world, 'sip:ada@ims.example'))).toEqual(['SIP/2.0 200 OK', 'NOTIFY']);
  expect([world.server.subscriptions, world.server.sessions]).toEqual([1, 0]);
  expect(starts(subscribe(world, 'sip:eve@ims.example'))).toEqual(['SIP/2.0 403 Asserted Identity Is Nobody Here']);
  expect(world.facts).toEqual([{ kind: 'identity-unknown', identities: ['sip:eve@ims.example'], flow: 'core' }]);
});

/** Answers the first NOTIFY, so that the next may go out. */
function answer(world: World, notify: string | undefined, path = core): void {
  const copied = (notify ?? '').split('\r\n').filter((line) => /^(?:v|f|t|i|CSeq):/.test(line));
  world.sent.length = 0;
  world.hear({ kind: 'received', path, bytes: utf8(['SIP/2.0 200 OK', ...copied, 'l: 0', '', ''].join('\r\n')) });
}

const state = (text: string | undefined): string | undefined => /Subscription-State: ([^\r]*)/.exec(text ?? '')?.[1];

test.each<[string, (world: World, person: Awaited<ReturnType<typeof withAda>>['person']) => unknown, string]>([
  [
    'the person leaves the book',
    (world, person) => world.append({ kind: 'removed', person }),
    'terminated;reason=rejected',
  ],
  [
    'another identity is the person’s',
    (world, person) =>
      world.append({ kind: 'altered', person, from: { officeTelephone: '+4420' }, to: { officeTelephone: '+4421' } }),
    'terminated;reason=deactivated',
  ],
  [
    'the core tells that the person’s registration is over',
    (world) =>
      hear(world, 'REGISTER', ['From: <sip:scscf.ims.example>;tag=s', 'To: <sip:ada@ims.example>', 'Expires: 0']),
    'terminated;reason=deactivated',
  ],
])('when %s, the subscription ends: %s', async (_, happens, ended) => {
  const { world, person } = await withAda();
  await using __ = world;
  answer(world, subscribe(world, 'sip:ada@ims.example')[1]);
  world.sent.length = 0;
  await happens(world, person);
  const told = sent(world).filter((text) => text.startsWith('NOTIFY'));
  // A change is told of first, and the end waits for that answer.
  if (state(told.at(-1))?.startsWith('active') === true) answer(world, told.at(-1));
  expect(
    state(
      sent(world)
        .filter((text) => text.startsWith('NOTIFY'))
        .at(-1),
    ),
  ).toBe(ended);
  expect(world.server.subscriptions).toBe(0);
});

test('what the book had before the server started is known too', async () => {
  const first = await withAda();
  await using _ = first.world;
  const { changeLog, accounts } = first.world;
  const world = await openWorld({ changeLog, accounts, trusts: () => true });
  expect(starts(subscribe(world, 'tel:+4420'))).toEqual(['SIP/2.0 200 OK', 'NOTIFY']);
});

test('over a restart a subscription by the word of the core lives on, where the person does and the core is still believed', async () => {
  const { world, person } = await withAda();
  await using _ = world;
  const udp: FlowPath = { ...core, transport: 'UDP' };
  answer(world, subscribe(world, 'sip:ada@ims.example', udp)[1], udp);
  world.sent.length = 0;
  world.hear({ kind: 'write-down' });
  const [written] = world.sent.flatMap((said) => (said.kind === 'write' ? said.batch.kept : []));
  if (written === undefined) throw new Error('nothing was written');
  const { changeLog, accounts } = world;
  const resumed = async (trusts: (() => boolean) | undefined): Promise<number> => {
    const next = await openWorld({ changeLog, accounts, ...(trusts !== undefined && { trusts }) });
    next.hear({ kind: 'resume', subscriptions: [{ kept: written, flow: core.flow }] });
    return next.server.subscriptions;
  };
  expect([await resumed(() => true), await resumed(undefined)]).toEqual([1, 0]);
  await world.append({ kind: 'removed', person });
  expect(await resumed(() => true)).toBe(0);
});
