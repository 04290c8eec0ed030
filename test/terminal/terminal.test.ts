// The terminal's machine and its one flow: which asking a flow answers, and whose it is.

import { expect, test } from 'vitest';
import { textOf } from '../../src/base/bytes.ts';
import { instant } from '../../src/base/time.ts';
import { bookId, revision } from '../../src/book/change.ts';
import { personId } from '../../src/book/person-id.ts';
import { flow, type FlowPath } from '../../src/sip/transaction-user.ts';
import type { Holdings } from '../../src/terminal/personal-address-book.ts';
import { createTerminal, type TerminalInput, type TerminalOutput } from '../../src/terminal/terminal.ts';
import type { SipAccess } from '../../src/wire/http.ts';

const ada = personId('ada2');
const mark = { book: bookId('0b0e0a52-6a0d-4d8e-9d0e-000000000001'), revision: revision(1) };
const holdings: Holdings = {
  mark,
  kept: 1,
  people: new Map([[ada, { revision: revision(1), state: 'held' }]]),
  withheld: new Set(),
};

/** What every server says: its WebSocket is at `/sip`, wherever that is. */
const accessOf = (username: string): SipAccess => ({
  address: `sip:${username}@example.com`,
  to: 'sip:address-book@example.com',
  username,
  password: 'secret',
  websocket: '/sip',
});

const pathOf = (name: string): FlowPath => ({
  flow: flow(name),
  transport: 'WS',
  local: { host: '127.0.0.1', port: 1 },
  remote: { host: '127.0.0.1', port: 2 },
});

class Bench {
  #random = 0;
  readonly #machine = createTerminal({
    delivery: 'notice',
    acquire: 'list',
    transport: undefined,
    holdings,
    seed: 1,
    random: () => `r${(this.#random += 1)}`,
    hash: () => 'hash',
  });
  readonly outputs: TerminalOutput[] = [];

  hear(input: TerminalInput): readonly TerminalOutput[] {
    const outputs = this.#machine.handle(input, instant(0));
    this.outputs.push(...outputs);
    return outputs.filter(({ kind }) => kind !== 'tell');
  }

  logIn(server: string, username: string): readonly TerminalOutput[] {
    return this.hear({ kind: 'logged-in', server, sip: accessOf(username) });
  }

  /** Who subscribes by which flow. */
  get subscribed(): readonly string[] {
    return this.outputs.flatMap((output) => {
      if (output.kind !== 'send') return [];
      const from = /\r\n(?:From|f): <sip:(\w+)@/i.exec(textOf(output.bytes))?.[1];
      return [`${from} by ${output.flow}`];
    });
  }
}

function bothAsked(): Bench {
  const bench = new Bench();
  bench.hear({ kind: 'go-online' });
  expect(bench.logIn('https://a.example/', 'ben')).toMatchObject([{ kind: 'open', number: 1 }]);
  expect(bench.logIn('https://b.example/', 'cleo')).toMatchObject([{ kind: 'open', number: 2 }]);
  return bench;
}

test('who logs in at another server while the first flow opens subscribes by the second, and the first is closed when it is there', () => {
  const first = bothAsked();
  expect(first.hear({ kind: 'opened', number: 1, path: pathOf('to-a') })).toEqual([
    { kind: 'close', flow: flow('to-a') },
  ]);
  first.hear({ kind: 'opened', number: 2, path: pathOf('to-b') });
  expect(first.subscribed).toEqual(['cleo by to-b']);
  const second = bothAsked();
  second.hear({ kind: 'opened', number: 2, path: pathOf('to-b') });
  second.hear({ kind: 'opened', number: 1, path: pathOf('to-a') });
  expect(second.subscribed).toEqual(['cleo by to-b']);
});

test('that the first server cannot be reached says nothing of the second', () => {
  const bench = bothAsked();
  expect(bench.hear({ kind: 'no-flow', number: 1, words: 'away' })).toEqual([]);
  bench.hear({ kind: 'opened', number: 2, path: pathOf('to-b') });
  expect(bench.subscribed).toEqual(['cleo by to-b']);
});

test('a flow to one server is never used for another, though both call its place the same', () => {
  const bench = new Bench();
  bench.hear({ kind: 'go-online' });
  bench.logIn('https://a.example/', 'ben');
  bench.hear({ kind: 'opened', number: 1, path: pathOf('to-a') });
  const outputs = bench.logIn('https://b.example/', 'cleo');
  expect(outputs).toMatchObject([
    { kind: 'close', flow: 'to-a' },
    { kind: 'open', number: 2 },
  ]);
  bench.hear({ kind: 'opened', number: 2, path: pathOf('to-b') });
  expect(bench.subscribed).toEqual(['ben by to-a', 'cleo by to-b']);
});

test('who logs in anew at the same server subscribes by the flow that is open, or that opens', () => {
  const open = new Bench();
  open.hear({ kind: 'go-online' });
  open.logIn('https://a.example/', 'ben');
  expect(open.logIn('https://a.example/', 'ben')).toEqual([]);
  open.hear({ kind: 'opened', number: 1, path: pathOf('to-a') });
  expect(open.logIn('https://a.example/', 'ben')).toMatchObject([{ kind: 'send', flow: 'to-a' }]);
  expect(open.subscribed).toEqual(['ben by to-a', 'ben by to-a']);
});

test('who logs out while the flow opens has none when it is there', () => {
  const bench = new Bench();
  bench.hear({ kind: 'go-online' });
  bench.logIn('https://a.example/', 'ben');
  bench.hear({ kind: 'logged-out' });
  expect(bench.hear({ kind: 'opened', number: 1, path: pathOf('to-a') })).toEqual([
    { kind: 'close', flow: flow('to-a') },
  ]);
  expect(bench.subscribed).toEqual([]);
});
