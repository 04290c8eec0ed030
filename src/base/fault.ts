/**
 * An error that says who must act: `ours` is a defect and stops a test; a `peer`'s is answered or
 * logged; a `host`'s (disk, network, memory) is retried with back-off.
 */
export abstract class Fault extends Error {
  abstract readonly blame: 'ours' | 'peer' | 'host';
}

/** Closes a `switch` over a union: the compiler refuses the call while a case is missing. */
export function unreachable(value: never): never {
  throw new TypeError(`not reachable: ${JSON.stringify(value)}`);
}
