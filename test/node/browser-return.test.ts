import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { awaitBrowser } from '../../src/node/browser-return.ts';

const never = new AbortController().signal;

test('only what has the state of the log-in is listened to; the first answer counts, and its browser gets the reply', async () => {
  await using waiting = await awaitBrowser('the state', never);
  const { redirectUri } = waiting;
  const ask = async (query: string, method = 'GET'): Promise<number> =>
    (await fetch(`${redirectUri}${query}`, { method })).status;
  for (const query of [
    '',
    '?code=x',
    '?code=x&state=another',
    '?state=the+state',
    '?code=&state=the+state',
    'favicon.ico',
  ])
    expect([query, await ask(query)]).toEqual([query, 404]);
  expect(await ask('?code=x&state=the+state', 'POST')).toBe(404);
  const first = fetch(`${redirectUri}?state=the%20state&code=a%2Fb`);
  expect(await waiting.code).toBe('a/b');
  expect(await ask('?code=other&state=the+state')).toBe(409);
  await waiting.reply('Hello, <b>Ada</b> & "Ben".');
  const page = await first;
  expect(await page.text()).toContain('<p>Hello, &#60;b&#62;Ada&#60;/b&#62; &#38; &#34;Ben&#34;.</p>');
  expect(Object.fromEntries(page.headers)).toMatchObject({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'",
    'referrer-policy': 'no-referrer',
  });
});

test('a target that is no address, and garbage, change nothing', async () => {
  await using waiting = await awaitBrowser('s', never);
  for (const line of ['GET // HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', '\0\0garbage\r\n\r\n']) {
    const socket = connect(Number(new URL(waiting.redirectUri).port), '127.0.0.1');
    socket.end(line);
    socket.resume();
    await once(socket, 'close');
  }
  void fetch(`${waiting.redirectUri}?state=s&code=c`).catch(() => undefined);
  expect(await waiting.code).toBe('c');
});

test('what the provider says against it is told in its words, to the command and in the browser', async () => {
  await using waiting = await awaitBrowser('s', never);
  const page = await fetch(`${waiting.redirectUri}?state=s&error=access_denied&error_description=not+you`);
  expect(await page.text()).toContain('You are not logged in. The identity provider says access_denied: not you.');
  await expect(waiting.code).rejects.toMatchObject({
    trouble: { kind: 'log-in-again', words: 'The identity provider says access_denied: not you.' },
  });
});

test('who gives up ends the waiting, also before it began, and the port is free again', async () => {
  const stop = new AbortController();
  const waiting = await awaitBrowser('s', stop.signal);
  stop.abort();
  await expect(waiting.code).rejects.toMatchObject({ trouble: { words: 'Nobody logged in by the browser in time.' } });
  await waiting[Symbol.asyncDispose]();
  await expect(fetch(waiting.redirectUri)).rejects.toThrow('fetch failed');
  await using late = await awaitBrowser('s', AbortSignal.abort());
  await expect(late.code).rejects.toMatchObject({ trouble: { kind: 'log-in-again' } });
});

test('a browser that is closed before the reply keeps nobody waiting', async () => {
  await using waiting = await awaitBrowser('s', never);
  const close = new AbortController();
  const asked = fetch(`${waiting.redirectUri}?state=s&code=c`, { signal: close.signal });
  await waiting.code;
  close.abort();
  await expect(asked).rejects.toThrow('aborted');
  await waiting.reply('You are logged in.');
});
