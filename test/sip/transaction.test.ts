import { expect, test } from 'vitest';
import { instant } from '../../src/base/time.ts';
import type { Instant } from '../../src/base/time.ts';
import { beginClient, beginServer, clientDue, stepClient, stepServer } from '../../src/sip/transaction.ts';
import type {
  ClientAction,
  ClientHeard,
  ClientTransaction,
  ServerHeard,
  ServerTransaction,
} from '../../src/sip/transaction.ts';

/** When the request goes out, and when it is given up, with nothing heard but the time. */
function timeline(begun: ClientTransaction): { readonly sent: readonly number[]; readonly givenUp: number } {
  const sent = [0];
  let tx = begun;
  for (;;) {
    const now = clientDue(tx);
    const [next, actions] = stepClient(tx, { kind: 'time' }, now);
    tx = next;
    if (actions.includes('send')) sent.push(now / 1000);
    if (actions.includes('tell-timeout')) return { sent, givenUp: now / 1000 };
  }
}

test('an unanswered request is sent at 0, 0.5, 1.5, 3.5, 7.5 s, then every 4 s, and given up after 32 s (RFC 3261 §17.1.2.2)', () => {
  const { sent, givenUp } = timeline(beginClient(false, instant(0)));
  expect(sent).toEqual([0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]);
  expect(givenUp).toBe(32);
});

test('on a reliable flow a request is sent once and given up after 32 s', () => {
  expect(timeline(beginClient(true, instant(0)))).toEqual({ sent: [0], givenUp: 32 });
});

test('after a provisional answer a request is resent every 4 s (RFC 3261 §17.1.2.2)', () => {
  const [proceeding] = stepClient(beginClient(false, instant(0)), { kind: 'response', status: 100 }, instant(100));
  expect(timeline(proceeding)).toEqual({ sent: [0, 0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5], givenUp: 32 });
});

const at = (count: number): Instant => instant(count * 1000);

type ClientExpectation = readonly [ClientTransaction['kind'], readonly ClientAction[]];
type ClientInput = 'provisional' | 'final' | 'time';

test('every state of a client transaction answers every input as figure 6 of RFC 3261 says, but that a final answer ends it', () => {
  const states: Record<ClientTransaction['kind'], ClientTransaction> = {
    trying: beginClient(false, at(0)),
    proceeding: { kind: 'proceeding', resendAt: at(1), giveUpAt: at(32) },
    terminated: { kind: 'terminated' },
  };
  const inputs: Record<ClientInput, ClientHeard> = {
    provisional: { kind: 'response', status: 100 },
    final: { kind: 'response', status: 200 },
    time: { kind: 'time' },
  };
  const expected: Record<ClientTransaction['kind'], Record<ClientInput, ClientExpectation>> = {
    trying: {
      provisional: ['proceeding', []],
      final: ['terminated', ['tell-answer']],
      time: ['trying', ['send']],
    },
    proceeding: {
      provisional: ['proceeding', []],
      final: ['terminated', ['tell-answer']],
      time: ['proceeding', ['send']],
    },
    terminated: { provisional: ['terminated', []], final: ['terminated', []], time: ['terminated', []] },
  };
  for (const [kind, row] of Object.entries(expected)) {
    for (const [input, [next, actions]] of Object.entries(row)) {
      const [state, done] = stepClient(states[kind as ClientTransaction['kind']], inputs[input as ClientInput], at(5));
      expect([kind, input, state.kind, done]).toEqual([kind, input, next, actions]);
    }
  }
});

test('an answer on a reliable flow ends the server transaction at once: Timer J is 0', () => {
  expect(stepServer(beginServer(at(0)), { kind: 'answer', reliable: true }, at(1))).toEqual([
    { kind: 'terminated' },
    ['send'],
  ]);
});

test('every state of a server transaction answers every input as figure 8 of RFC 3261 says', () => {
  const states: Record<ServerTransaction['kind'], ServerTransaction> = {
    trying: beginServer(at(0)),
    completed: { kind: 'completed', forgetAt: at(32) },
    terminated: { kind: 'terminated' },
  };
  const inputs: Record<ServerHeard['kind'], ServerHeard> = {
    request: { kind: 'request' },
    answer: { kind: 'answer', reliable: false },
    time: { kind: 'time' },
  };
  const expected: Record<
    ServerTransaction['kind'],
    Record<ServerHeard['kind'], readonly [ServerTransaction['kind'], readonly 'send'[]]>
  > = {
    trying: { request: ['trying', []], answer: ['completed', ['send']], time: ['terminated', []] },
    completed: { request: ['completed', ['send']], answer: ['completed', []], time: ['terminated', []] },
    terminated: { request: ['terminated', []], answer: ['terminated', []], time: ['terminated', []] },
  };
  for (const [kind, row] of Object.entries(expected)) {
    for (const [input, [next, actions]] of Object.entries(row)) {
      const heard = inputs[input as ServerHeard['kind']];
      const [state, done] = stepServer(states[kind as ServerTransaction['kind']], heard, at(32));
      expect([kind, input, state.kind, done]).toEqual([kind, input, next, actions]);
    }
  }
});
