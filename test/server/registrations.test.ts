// Who may register which address, and what the administrator sees of it.

import { expect, test } from 'vitest';
import { textOf, utf8 } from '../../src/base/bytes.ts';
import { answerChallenge, strongest } from '../../src/sip/credentials.ts';
import { parseMessage } from '../../src/sip/parse.ts';
import { flow, type FlowPath } from '../../src/sip/transaction-user.ts';
import type { Session } from '../../src/wire/http.ts';
import { administratorToken as token, hash, openWorld, type World } from './world.ts';

const path: FlowPath = {
  flow: flow('one'),
  transport: 'TCP',
  local: { host: '127.0.0.1', port: 5060 },
  remote: { host: '192.0.2.7', port: 40_000 },
};

let made = 0;

/** The status of a REGISTER for `address` with the credentials of `session`. */
function register(world: World, session: Session, address: string): string {
  const uri = address.replace(/^(sips?:).*@/, '$1');
  const ask = (more: readonly string[]): string => {
    made += 1;
    const lines = [
      `REGISTER ${uri} SIP/2.0`,
      `Via: SIP/2.0/TCP 192.0.2.7;branch=z9hG4bK${made}`,
      `From: <${address}>;tag=t`,
      `To: <${address}>`,
      `Call-ID: c${made}`,
      `CSeq: ${made} REGISTER`,
      'Contact: <sip:ben@192.0.2.7;transport=tcp>',
      'Content-Length: 0',
      ...more,
    ];
    world.sent.length = 0;
    world.hear({ kind: 'received', path, bytes: utf8(`${lines.join('\r\n')}\r\n\r\n`) });
    const [answer] = world.sent;
    return answer?.kind === 'send' ? textOf(answer.bytes) : '';
  };
  const challenge = parseMessage(utf8(ask([])));
  const login = challenge.kind === 'response' ? strongest(challenge.headers, 401) : undefined;
  if (login === undefined) throw new Error('no challenge');
  const { username, password } = session.sip;
  const signing = { hash, cnonce: 'c', credentials: { username, password }, method: 'REGISTER', uri };
  const answer = ask([`Authorization: ${answerChallenge({ ...login, used: 1 }, signing)[1]}`]);
  return answer.slice(8, answer.indexOf('\r\n'));
}

async function withBen(sipAddress?: string) {
  const world = await openWorld({ registrar: {} });
  const [ben] = await world.people({ name: 'Ben', ...(sipAddress !== undefined && { sipAddress }) });
  if (ben === undefined) throw new Error('nobody is there');
  await world.account('ben', 'a long password', ben);
  const session = await world.logIn('ben', 'a long password');
  return { world, ben, session };
}

const registrations = async (world: World) =>
  (await world.ask('GET', '/v1/admin/registrations', { token })).json() as {
    readonly registrations: readonly object[];
  };

test('a session may register the address that it was told, its log-in name, and its own SIP name; no other', async () => {
  const { world, session } = await withBen('Ben.Carter@sip.example');
  await using _ = world;
  expect(session.sip.address).toBe('sip:Ben.Carter@sip.example');
  const { username } = session.sip;
  for (const mine of [
    session.sip.address,
    'sip:ben.carter@SIP.example',
    'sip:BEN@example.com',
    `sip:${username}@example.com`,
  ])
    expect(register(world, session, mine)).toBe('200 OK');
  for (const other of ['sip:ada@example.com', 'sip:ben@sip.example', 'sip:ben@example.com:5061'])
    expect(register(world, session, other)).toBe('403 Not Your Address');
});

test('an address that the directory takes away is not registered any more, and the new one is', async () => {
  const { world, ben, session } = await withBen('ben@old.example');
  await using _ = world;
  const move = (from: object, to: object) => world.append({ kind: 'altered', person: ben, from, to });
  await move({ sipAddress: 'ben@old.example' }, { sipAddress: 'ben@new.example' });
  expect(register(world, session, 'sip:ben@old.example')).toBe('403 Not Your Address');
  expect(register(world, session, 'sip:ben@new.example')).toBe('200 OK');
  await move({ title: 'x' }, {});
  expect(register(world, session, 'sip:ben@new.example')).toBe('200 OK');
  await move({ sipAddress: 'ben@new.example' }, {});
  expect(register(world, session, 'sip:ben@new.example')).toBe('403 Not Your Address');
});

test('a number without a host is an address of our domain', async () => {
  const { world, session } = await withBen('+86 10 8001');
  await using _ = world;
  expect(session.sip.address).toBe('sip:%2B86%2010%208001@example.com');
  expect(register(world, session, session.sip.address)).toBe('200 OK');
});

test('after a restart the sessions are there with their addresses, and nothing is registered', async () => {
  const { world, session } = await withBen('ben@sip.example');
  await using _ = world;
  expect(register(world, session, 'sip:ben@sip.example')).toBe('200 OK');
  const { accounts, changeLog } = world;
  const next = await openWorld({ accounts, changeLog, registrar: {} });
  expect(await registrations(next)).toEqual({ registrations: [] });
  expect(register(next, session, 'sip:ben@sip.example')).toBe('200 OK');
});

test('the administrator sees who is registered and by whom, nobody else does; with the session it is over', async () => {
  const { world, session } = await withBen();
  await using _ = world;
  register(world, session, session.sip.address);
  expect(await registrations(world)).toEqual({
    registrations: [
      {
        address: 'ben@example.com',
        contact: 'sip:ben@192.0.2.7;transport=tcp',
        user: 'ben',
        from: 'TCP 192.0.2.7:40000',
        grantedSeconds: 3600,
        outbound: false,
        path: [],
      },
    ],
  });
  expect((await world.ask('GET', '/v1/admin/registrations', { token: session.token })).status).toBe(403);
  expect((await world.ask('DELETE', '/v1/session', { token: session.token })).status).toBe(204);
  expect(await registrations(world)).toEqual({ registrations: [] });
});
