// `rollcall drain` against a server of its own, with a terminal of its own.

import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bench, type Ended, type RunningCommand, type Served } from './command.ts';

const bench = new Bench();
let server: Served;
let home: string;

beforeAll(async () => {
  server = await bench.serve();
  home = join(bench.folder(), 'ben');
  const [, ben] = server.accounts;
  if (ben === undefined) throw new Error('the sample has no accounts');
  const as = ['--user', ben.user, '--password', ben.password];
  await bench.call(['terminal', '--home', home, 'log-in', '--server', server.url, ...as]);
  await bench.call(['terminal', '--home', home, 'add', 'Ada Lovelace']);
});
afterAll(() => bench.clear());

const drain = (...words: readonly string[]): Promise<Ended> => bench.call(['drain', '--data', server.data, ...words]);

/** A terminal that is in step. */
async function watching(transport: string): Promise<RunningCommand> {
  const terminal = bench.start(['terminal', '--home', home, '--transport', transport, '--json', 'watch']);
  await terminal.until(/"live"/);
  return terminal;
}

test.each(['udp', 'websocket'])(
  'over %s: the terminal is moved away, waits, and is let in again once the drain is called off',
  async (transport) => {
    const terminal = await watching(transport);
    const drained = await drain('--over', '1s', '--json');
    expect(drained.code).toBe(0);
    expect(drained.json[0]).toEqual({ state: 'draining', left: 1 });
    expect(drained.json.at(-1)).toEqual({ state: 'drained', left: 0 });
    await terminal.until(/"offline"/);
    expect((await fetch(`${server.url}/health`)).status).toBe(503);
    const status = await drain('--status');
    expect(status.out).toBe(
      'it is drained: nobody new is let in, until it is started anew or the drain is called off by --cancel; 0 subscriptions are left\n',
    );
    const cancelled = await drain('--cancel');
    expect(cancelled).toMatchObject({
      code: 0,
      out: 'it does not drain: everybody is let in; 0 subscriptions are left\n',
    });
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    await terminal.stop();
  },
);

test('a wrong call is told: a time that is none, one that is too long', async () => {
  expect(await drain('--over', 'soon')).toMatchObject({ code: 2, err: expect.stringContaining('60s, 10m or 2h') });
  expect(await drain('--over', '25h')).toMatchObject({ code: 2, err: 'rollcall: --over: at most 24h\n' });
});

test('called off by somebody else it says so, and fails', async () => {
  const terminal = await watching('udp');
  const draining = bench.start(['drain', '--data', server.data, '--over', '1h', '--json']);
  await draining.until(/"draining"/);
  await drain('--cancel');
  const ended = await draining.end();
  expect(ended.code).toBe(1);
  expect(ended.json.at(-1)).toEqual({ state: 'serving', left: 1 });
  await terminal.stop();
});

test('a restart ends the drain', async () => {
  const other = await bench.serve();
  const at = ['drain', '--data', other.data];
  expect((await bench.call([...at, '--over', '0', '--json'])).json.at(-1)).toEqual({ state: 'drained', left: 0 });
  await other.command.stop();
  const again = await bench.serve(['--data', other.data]);
  expect((await bench.call([...at, '--status', '--json'])).json).toEqual([{ state: 'serving', left: 0 }]);
  expect(again.url).not.toBe('');
});

test('`rollcall sip status` says what the SIP side holds', async () => {
  const at = ['sip', '--data', server.data, 'status'];
  expect((await bench.call([...at, '--json'])).json).toMatchObject([{ subscriptions: 0, dialogs: 0, waiting: 0 }]);
  expect((await bench.call(at)).out).toMatch(/^subscriptions +0$/m);
});

test('without a server the command says where it looked', async () => {
  expect(await bench.call(['drain', '--data', bench.folder()])).toMatchObject({
    code: 4,
    err: expect.stringContaining('no server runs on'),
  });
});
