import type { Trace } from './trace.ts';

export interface Outcome {
  /** What `npm run simulate` plays it again by. */
  readonly replay: string;
  readonly digest: string;
  readonly lines: readonly string[];
  /** What went wrong; undefined where nothing did. */
  readonly failure: unknown;
}

export interface Simulated extends AsyncDisposable {
  readonly trace: Trace;
  /** @throws Error where something that must be true is not */
  run(): Promise<void>;
}

/** Plays it to its end. */
export async function outcomeOf(made: Simulated, replay: string): Promise<Outcome> {
  await using simulated = made;
  let failure: unknown;
  try {
    await simulated.run();
  } catch (error) {
    failure = error;
  }
  return { replay, digest: simulated.trace.digest(), lines: simulated.trace.lines, failure };
}

const linesShown = 60;

/** The failure in words: the seed, how to see it again, and how it came about. */
export function describe({ replay, lines, failure }: Outcome): string {
  const words = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
  return [
    `it fails: ${words}`,
    `To see all of it again: npm run simulate -- ${replay}`,
    `It ended so:`,
    ...lines.slice(-linesShown),
  ].join('\n');
}
