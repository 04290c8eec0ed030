import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant, minutes } from '../../src/base/time.ts';
import { utf8 } from '../../src/base/bytes.ts';
import { Authenticator } from '../../src/sip/authenticator.ts';
import { answerChallenge, strongest } from '../../src/sip/credentials.ts';
import {
  digestResponse,
  digestParameters,
  hashedA1,
  parseAnswer,
  parseChallenge,
  plainDigestParameters,
  printAnswer,
  printChallenge,
} from '../../src/sip/digest.ts';
import type { Algorithm } from '../../src/sip/digest.ts';
import { Headers } from '../../src/sip/headers.ts';
import type { HeaderField } from '../../src/sip/headers.ts';
import type { IncomingRequest } from '../../src/sip/message.ts';
import { parseMessage } from '../../src/sip/parse.ts';
import { hash, notifierOptions, numbered } from './two-endpoints.ts';

// RFC 7616 §3.9.1.
const mufasa = { username: 'Mufasa', realm: 'http-auth@example.org', password: 'Circle of Life' };
const signed = {
  method: 'GET',
  uri: '/dir/index.html',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  auth: { cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ', nonceCount: 1 },
};

test.each<[Algorithm, string]>([
  ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
])('the %s response of the example in RFC 7616 §3.9.1 comes out', (algorithm, response) => {
  const ha1 = hashedA1(hash, algorithm, mufasa);
  expect(digestResponse((text) => hash(algorithm, text), ha1, signed)).toBe(response);
});

test('the example of RFC 2617 §3.5, and the sum of RFC 2069 for a challenge without qop', () => {
  const md5 = (text: string): string => hash('MD5', text);
  const ha1 = hashedA1(hash, 'MD5', { username: 'Mufasa', realm: 'testrealm@host.com', password: 'Circle Of Life' });
  const nonce = 'dcd98b7102dd2f0e8b11d0f600bfb0c093';
  const auth = { cnonce: '0a4f113b', nonceCount: 1 };
  const about = { method: 'GET', uri: '/dir/index.html', nonce };
  expect(digestResponse(md5, ha1, { ...about, auth })).toBe('6629fae49393a05397450978507c4ef1');
  // 2069's own printed sum is erroneous (its erratum 749 gives this one).
  const older = hashedA1(hash, 'MD5', { username: 'Mufasa', realm: 'testrealm@host.com', password: 'CircleOfLife' });
  expect(digestResponse(md5, older, { ...about, auth: undefined })).toBe('1949323746fe6a43ef61f9606e7febea');
});

test('the challenges of RFC 7616 §3.9.1 are read, and the strongest is answered (RFC 8760 §2.4)', () => {
  const challenge = (algorithm: string): HeaderField => [
    'www-authenticate',
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${signed.nonce}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
  ];
  const login = strongest(new Headers([challenge('MD5'), challenge('SHA-512-256'), challenge('SHA-256')]), 401);
  expect(login?.challenge).toEqual({
    realm: 'http-auth@example.org',
    nonce: signed.nonce,
    algorithm: 'SHA-256',
    auth: true,
    stale: false,
    opaque: 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS',
  });
  if (login === undefined) return;
  const { method, uri } = signed;
  const signing = { hash, cnonce: signed.auth.cnonce, credentials: mufasa, method, uri };
  const [, value] = answerChallenge({ ...login, used: 1 }, signing);
  expect(value).toContain('response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"');
  expect(value).toContain('opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"');
});

test('challenges and answers come through printing and parsing, quotes in them too', () => {
  const challenge = {
    realm: 'a "b" \\c, d',
    nonce: 'n',
    algorithm: 'MD5',
    auth: true,
    stale: true,
    opaque: 'o',
  } as const;
  expect(parseChallenge(printChallenge(challenge))).toEqual(challenge);
  const answer = {
    username: 'b"e,n',
    realm: 'r',
    nonce: 'n',
    uri: 'sip:a',
    algorithm: 'SHA-256',
    response: 'x',
  } as const;
  const full = { ...answer, auth: { cnonce: 'c', nonceCount: 31 } };
  expect(parseAnswer(printAnswer(full, undefined))).toEqual(full);
});

test('however credentials are written, they are read as part by part', () => {
  const name = fc.constantFrom('username', 'realm', 'nonce', 'Nonce', 'x-mine', 'qop', '', 'a b');
  const value = fc.constantFrom(
    '"a"',
    '""',
    '"a, b=c"',
    '"a\\"b"',
    '"a',
    'auth',
    'a b',
    '"a"b',
    'a"b',
    '',
    '"\\\\"',
    '00000001',
  );
  const between = fc.constantFrom(',', ', ', ',', ',  ', ' ,', ';', ',,');
  const part = fc.tuple(name, fc.constantFrom('=', '=', '=', ' = ', ''), value, between).map((words) => words.join(''));
  const end = fc.constantFrom('', '', ',', ' ');
  const written = fc.tuple(fc.array(part, { maxLength: 5 }), name, value, end);
  fc.assert(
    fc.property(written, ([parts, last, worth, after]) => {
      const text = `Digest ${parts.join('')}${last}=${worth}${after}`;
      expect(digestParameters(text)).toEqual(plainDigestParameters(text));
    }),
    { numRuns: 500 },
  );
});

test.each([
  'Basic YTpi',
  'Digest',
  'Digest realm="r"',
  'Digest realm="r",nonce="n",algorithm=SHA-512',
  'Digest realm="r",nonce="n",qop="auth-int"',
  'Digest realm="r",realm="r",nonce="n"',
  'Digest =,,,"',
])('a challenge that cannot be answered is passed over: %s', (text) => {
  expect(parseChallenge(text)).toBeUndefined();
});

function subscribeWith(authorization?: string): IncomingRequest {
  const lines = [
    'SUBSCRIBE sip:a@example.com SIP/2.0',
    'Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK1',
    'From: <sip:b@example.com>;tag=1',
    'To: <sip:a@example.com>',
    'Call-ID: 1',
    'CSeq: 1 SUBSCRIBE',
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
  ];
  const parsed = parseMessage(utf8(`${lines.join('\r\n')}\r\n\r\n`));
  if (parsed.kind !== 'request') throw new Error(JSON.stringify(parsed));
  return parsed;
}

const address = '192.0.2.1';

class Desk {
  readonly authenticator: Authenticator;
  readonly now = { value: 0 };
  constructor(algorithms: readonly Algorithm[] = ['SHA-256', 'MD5']) {
    const { realm, account } = notifierOptions;
    this.authenticator = new Authenticator({
      realm,
      account,
      algorithms,
      hash,
      random: numbered('a'),
    });
  }
  judge(authorization?: string, from = address): string {
    const verdict = this.authenticator.judge(subscribeWith(authorization), from, instant(this.now.value));
    if (verdict.kind === 'known') return `known: ${verdict.user}`;
    return verdict.fields.every(([, value]) => value.endsWith('stale=true')) ? 'stale' : 'challenge';
  }
  answer(
    changes: { used?: number; username?: string; password?: string; algorithm?: Algorithm; from?: string } = {},
  ): string {
    const { from = address } = changes;
    const verdict = this.authenticator.judge(subscribeWith(), from, instant(this.now.value));
    if (verdict.kind !== 'challenge') throw new Error('not challenged');
    const { used = 1, username = 'ben', password = 'secret', algorithm = 'SHA-256' } = changes;
    const login = strongest(
      new Headers(verdict.fields.filter(([, value]) => value.includes(`algorithm=${algorithm}`))),
      401,
    );
    if (login === undefined) throw new Error('no challenge');
    const signing = {
      hash,
      cnonce: 'c',
      credentials: { username, password },
      method: 'SUBSCRIBE',
      uri: 'sip:a@example.com',
    };
    return answerChallenge({ ...login, used }, signing)[1];
  }
}

test('credentials are good only from the address that was challenged', () => {
  const desk = new Desk();
  const overheard = desk.answer();
  for (const elsewhere of ['192.0.2.2', '192.0.2.10', '', '2001:db8::1'])
    expect(desk.judge(overheard, elsewhere)).toBe('stale');
  expect(desk.judge(overheard)).toBe('known: ben');
});

test('a host that changes its address within its IPv6 network is not challenged again', () => {
  const desk = new Desk();
  const from = '2001:db8:1:2::7';
  expect(desk.judge(desk.answer({ from }), '2001:db8:1:2:aaaa::1')).toBe('known: ben');
  expect(desk.judge(desk.answer({ from }), '2001:db8:1:3::7')).toBe('stale');
});

test('SHA-256 and MD5 are offered in that order, and either is taken', () => {
  const desk = new Desk();
  const verdict = desk.authenticator.judge(subscribeWith(), address, instant(0));
  expect(
    verdict.kind === 'challenge' && verdict.fields.map(([, value]) => /algorithm=([^,]*)/.exec(value)?.[1]),
  ).toEqual(['SHA-256', 'MD5']);
  expect(desk.judge(desk.answer())).toBe('known: ben');
  expect(desk.judge(desk.answer({ algorithm: 'MD5' }))).toBe('known: ben');
});

test('an algorithm that is not offered is not taken', () => {
  const both = new Desk();
  const desk = new Desk(['SHA-256']);
  expect(desk.judge(both.answer({ algorithm: 'MD5' }))).toBe('challenge');
  expect(desk.judge(desk.answer())).toBe('known: ben');
});

test('a wrong password, an unknown name, another method or no qop is challenged again', () => {
  const desk = new Desk();
  expect(desk.judge(desk.answer({ password: 'guess' }))).toBe('challenge');
  expect(desk.judge(desk.answer({ username: 'eve' }))).toBe('challenge');
  expect(desk.judge(desk.answer().replace('qop=auth,', ''))).toBe('challenge');
  expect(desk.judge(desk.answer().replace('realm="example.com"', 'realm="other"'))).toBe('challenge');
  expect(desk.judge('Digest garbage')).toBe('challenge');
});

test('credentials that were used once are stale, and so is a lower count (RFC 7616 §3.4)', () => {
  const desk = new Desk();
  const answer = desk.answer({ used: 2 });
  expect(desk.judge(answer)).toBe('known: ben');
  expect(desk.judge(answer)).toBe('stale');
});

test('a nonce is stale after five minutes, and one that was not made here is stale at once', () => {
  const desk = new Desk();
  const [early, late] = [desk.answer(), desk.answer()];
  desk.now.value = minutes(5);
  expect(desk.judge(early)).toBe('known: ben');
  desk.now.value = minutes(5) + 1;
  expect(desk.judge(late)).toBe('stale');
  expect(desk.judge(late.replace(/nonce="[^"]*"/, 'nonce="forged.x.y"'))).toBe('stale');
});

test('a replay is refused for as long as its nonce lives, however the table of nonces turns', () => {
  const desk = new Desk();
  expect(desk.judge(desk.answer())).toBe('known: ben');
  desk.now.value = minutes(4);
  const answer = desk.answer();
  expect(desk.judge(answer)).toBe('known: ben');
  desk.now.value = minutes(6);
  expect(desk.judge(desk.answer())).toBe('known: ben');
  desk.now.value = minutes(9);
  expect(desk.judge(answer)).toBe('stale');
});
