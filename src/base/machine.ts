import type { Instant } from './time.ts';

/**
 * A protocol without sockets. The host tells it what happened and when, and carries out what it
 * asks for, in order. It never waits, reads no clock, throws for nothing a peer sent.
 */
export interface Machine<Input, Output> {
  handle(input: Input, now: Instant): readonly Output[];
  /** When to call `wake` if nothing else happens first; undefined when idle. */
  deadline(): Instant | undefined;
  wake(now: Instant): readonly Output[];
}

/** `setTimeout` takes no more than 2^31 - 1 ms; a later deadline is reached in steps. */
const longestSleep = 2_147_483_647;

/** What a host has of time. */
export interface Clock {
  now(): Instant;
  /** Calls `then` once, about so many milliseconds from now; gives what takes that back. */
  ring(milliseconds: number, then: () => void): () => void;
}

export interface Running<Input> {
  tell(input: Input): void;
  /** Ends the clock; what is told afterwards is not heard. */
  stop(): void;
}

/**
 * Gives `machine` a clock: feeds it inputs, carries out its outputs, wakes it when it asked.
 * One input is wholly carried out before the next: what `carryOut` tells meanwhile waits its turn.
 */
export function runBy<Input, Output>(
  clock: Clock,
  machine: Machine<Input, Output>,
  carryOut: (output: Output) => void,
): Running<Input> {
  const waiting: Input[] = [];
  let busy = false;
  let stopped = false;
  let silence: (() => void) | undefined;
  /** Infinity while no timer runs. */
  let ringsAt = Infinity;

  const settle = (first: () => readonly Output[]): void => {
    busy = true;
    try {
      for (const output of first()) carryOut(output);
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        for (const output of machine.handle(next, clock.now())) carryOut(output);
    } finally {
      busy = false;
      if (!stopped) sleep();
    }
  };
  const sleep = (): void => {
    const deadline = machine.deadline() ?? Infinity;
    // One that rings too early only asks again; a new one for each of 100,000 datagrams costs more.
    if (deadline >= ringsAt) return;
    silence?.();
    const at = clock.now();
    ringsAt = Math.min(deadline, at + longestSleep);
    silence = clock.ring(Math.max(ringsAt - at, 0), wake);
  };
  const wake = (): void => {
    ringsAt = Infinity;
    // Timers may fire a fraction of a millisecond early, a long sleep comes in steps, and the deadline may have moved.
    if ((machine.deadline() ?? Infinity) > clock.now()) sleep();
    else settle(() => machine.wake(clock.now()));
  };
  return {
    tell: (input) => {
      if (stopped) return;
      if (busy) waiting.push(input);
      else settle(() => machine.handle(input, clock.now()));
    },
    stop: () => {
      stopped = true;
      waiting.length = 0;
      silence?.();
    },
  };
}
