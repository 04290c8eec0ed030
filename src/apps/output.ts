// What a command says: words for a person, or with --json a line of JSON a thing. Results go to
// standard output; progress, questions and faults go to standard error.

import { Fault } from '../base/fault.ts';

/** What a command ends with. 2 is also commander's for a wrong call. */
export const exitCodes = { done: 0, failed: 1, misused: 2, refused: 3, unreachable: 4 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The command cannot go on; its message says what to do. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: ExitCode;
  constructor(message: string, exitCode: ExitCode, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

export interface Output {
  readonly json: boolean;
  /** A result: `words` for a person, `value` as one line of JSON. */
  tell(words: string, value: unknown): void;
  /** On standard error, and only for a person. */
  remark(words: string): void;
}

export const outputOf = (json: boolean): Output => ({
  json,
  tell: (words, value) => void process.stdout.write(`${json ? JSON.stringify(value) : words}\n`),
  remark: (words) => {
    if (!json) process.stderr.write(`${words}\n`);
  },
});

/** Runs a command to its end and sets the exit status; a fault is one line, without a stack unless it is ours. */
export async function carryOut(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (fault) {
    process.exitCode = fault instanceof CommandFailure ? fault.exitCode : exitCodes.failed;
    const known = fault instanceof CommandFailure || (fault instanceof Fault && fault.blame !== 'ours');
    process.stderr.write(`rollcall: ${known ? fault.message : describe(fault)}\n`);
  }
}

function describe(fault: unknown): string {
  return fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
}

/** Columns that line up; a Chinese character is as wide as two others. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, widthOf(cell))));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

// East Asian Wide and Fullwidth (Unicode UAX #11), as far as names and telephone numbers go.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

const widthOf = (text: string): number =>
  Array.from(text).reduce((width, each) => width + (wide.test(each) ? 2 : 1), 0);

/** Text of a peer, fit for a screen: nothing in it can move the cursor or forge a line. */
export const printable = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
