/** One measured figure, beside what it must reach. */
export interface Figure {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  /** Absent where the figure is only told, e.g. what something else needs for the same. */
  readonly target?: number;
  /** Whether `value` must stay below `target` or reach it. */
  readonly better?: 'less' | 'more';
  /** What it was measured on, or beside. */
  readonly note?: string;
}

/** One file of `bench/`: what it measures, as it is measured. */
export interface Bench {
  readonly name: string;
  readonly what: string;
  /** Why it cannot run here, in words; undefined where it can. */
  missing(): string | undefined;
  /** `short` is the round of `npm test`: everything runs, the sizes are small, the figures mean nothing. */
  measure(round: 'short' | 'full'): AsyncIterable<Figure>;
}

export const reached = (figure: Figure): boolean =>
  figure.target === undefined ||
  (figure.better === 'more' ? figure.value >= figure.target : figure.value <= figure.target);

/** The value below which the share `part` (0 to 1) of `values` lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
