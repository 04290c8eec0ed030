import { Simulation } from './simulation.ts';

export interface Outcome {
  readonly seed: number;
  readonly digest: string;
  readonly lines: readonly string[];
  /** What went wrong; undefined where nothing did. */
  readonly failure: unknown;
}

export async function simulate(seed: number): Promise<Outcome> {
  await using simulation = new Simulation(seed);
  let failure: unknown;
  try {
    await simulation.run();
  } catch (error) {
    failure = error;
  }
  return { seed, digest: simulation.trace.digest(), lines: simulation.trace.lines, failure };
}

const linesShown = 60;

/** The failure in words: the seed, how to see it again, and how it came about. */
export function describe({ seed, lines, failure }: Outcome): string {
  const words = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
  return [
    `seed ${seed} fails: ${words}`,
    `To see all of it again: npm run simulate -- --seeds 1 --from ${seed} --trace`,
    `It ended so:`,
    ...lines.slice(-linesShown),
  ].join('\n');
}
