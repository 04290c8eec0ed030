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
