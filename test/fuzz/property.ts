import type { IRawProperty } from 'fast-check';

/**
 * A property that the tests try for a moment and `npm run fuzz` for as long as it is told. It throws where
 * something is not so, by `node:assert`, since vitest's `expect` lives in vitest only.
 */
export interface FuzzProperty {
  /** For `--only`. */
  readonly name: string;
  readonly property: IRawProperty<unknown>;
}
