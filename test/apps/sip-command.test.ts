// `rollcall sip` against a server of its own.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerChallenge, strongest } from '../../src/sip/credentials.ts';
import { parseMessage } from '../../src/sip/parse.ts';
import { sessionSchema, type Session } from '../../src/wire/http.ts';
import { parseJson } from '../../src/wire/problem.ts';
import { hash } from '../server/world.ts';
import { Bench, type Ended, type Served } from './command.ts';

const bench = new Bench();
let server: Served;
beforeAll(async () => {
  server = await bench.serve();
});
afterAll(() => bench.clear());

const sip = (...words: readonly string[]): Promise<Ended> => bench.call(['sip', '--data', server.data, ...words]);

async function logIn(): Promise<Session> {
  const [account] = server.accounts;
  const body = JSON.stringify({ user: account?.user, password: account?.password });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${server.url}/v1/session`, { method: 'POST', headers, body });
  return parseJson(sessionSchema, await answer.text(), 'session');
}

/** Over UDP, as a telephone does it. */
async function register({ sip: { address, username, password } }: Session): Promise<void> {
  const socket = createSocket('udp4');
  const uri = address.replace(/^sip:.*@/, 'sip:');
  const ask = async (cseq: number, more: readonly string[]): Promise<Buffer> => {
    const lines = [
      `REGISTER ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK${cseq};rport`,
      `From: <${address}>;tag=t`,
      `To: <${address}>`,
      'Call-ID: c',
      `CSeq: ${cseq} REGISTER`,
      'Contact: <sip:phone@192.0.2.7>',
      'Content-Length: 0',
      ...more,
      '',
      '',
    ];
    socket.send(lines.join('\r\n'), Number(server.udp.split(':')[1]), '127.0.0.1');
    const [answer] = (await once(socket, 'message')) as [Buffer];
    return answer;
  };
  const challenge = parseMessage(await ask(1, []));
  const login = challenge.kind === 'response' ? strongest(challenge.headers, 401) : undefined;
  if (login === undefined) throw new Error('no challenge');
  const signing = { hash, cnonce: 'c', credentials: { username, password }, method: 'REGISTER', uri };
  const answer = await ask(2, [`Authorization: ${answerChallenge({ ...login, used: 1 }, signing)[1]}`]);
  socket.close();
  expect(answer.toString()).toContain('SIP/2.0 200 OK');
}

test('registrations lists who is registered: in words for a person, as lines of JSON for a program', async () => {
  expect(await sip('registrations')).toMatchObject({ code: 0, out: 'nobody is registered\n' });
  const session = await logIn();
  await register(session);
  const address = session.sip.address.replace('sip:', '');
  const told = await sip('registrations');
  expect(told).toMatchObject({ code: 0, err: '' });
  expect(told.out).toMatch(/^ADDRESS +USER +CONTACT +FROM +GRANTED +ENDS\n/);
  expect(told.out).toMatch(
    new RegExp(`\n${address} +ada +sip:phone@192.0.2.7 +UDP 127.0.0.1:\\d+ +3600 s +by itself\n$`),
  );
  const json = {
    address,
    user: 'ada',
    contact: 'sip:phone@192.0.2.7',
    grantedSeconds: 3600,
    outbound: false,
    path: [],
  };
  expect((await sip('registrations', '--json')).json).toMatchObject([json]);
});

test('a server that is not there is exit status 4', async () => {
  expect(await bench.call(['sip', '--data', bench.folder(), 'registrations'])).toMatchObject({
    code: 4,
    err: expect.stringContaining('no server runs on'),
  });
});
