// What a command says: words for a person, or with --json a line of JSON a thing. Results go to
// standard output; progress, questions and faults go to standard error.

import { Fault } from '../base/fault.ts';
import { harmless } from '../node/json-line.ts';
import { TerminalFault } from '../terminal/terminal-fault.ts';
import { during, type Progress } from './progress.ts';
import { printable } from './screen.ts';

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
  /** What `work` gives; how far it is goes to standard error, and only to a person's screen. */
  during<T>(work: (progress: Progress) => Promise<T>): Promise<T>;
}

/** `json` as commander gives it: absent where it was not asked for. */
export const outputOf = (json = false): Output => ({
  json,
  tell: (words, value) => void process.stdout.write(`${json ? harmless(JSON.stringify(value)) : words}\n`),
  remark: (words) => {
    if (!json) process.stderr.write(`${words}\n`);
  },
  during: (work) => during(json ? undefined : process.stderr, work),
});

/** Runs a command to its end and sets the exit status; a fault is in words, without a stack unless it is ours. */
export async function carryOut(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (fault) {
    complain(fault);
  }
}

/** For a command that goes on with the next thing: of several faults the gravest is what it ends with. */
export function complain(fault: unknown): void {
  process.exitCode = Math.max(Number(process.exitCode ?? 0), exitCodeOf(fault));
  const known = fault instanceof CommandFailure || (fault instanceof Fault && fault.blame !== 'ours');
  process.stderr.write(`rollcall: ${known ? wordsOf(fault) : describe(fault)}\n`);
}

/** Ours may have several lines; what a peer said is one. */
function wordsOf(fault: Error): string {
  const lines = fault instanceof Fault && fault.blame === 'peer' ? [fault.message] : fault.message.split('\n');
  return lines.map(printable).join('\n');
}

/**
 * Without this, `rollcall ... | head` would end with a stack: who reads no more is not our failure.
 * A command that has something to end (a server, a practice directory) is asked to, once, as by Ctrl-C.
 */
export function endWithReader(): void {
  let asked = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (process.listenerCount('SIGTERM') === 0) process.exit(exitCodes.done);
    if (!asked) process.emit('SIGTERM');
    asked = true;
  });
}

function exitCodeOf(fault: unknown): ExitCode {
  if (fault instanceof CommandFailure) return fault.exitCode;
  if (!(fault instanceof TerminalFault)) return exitCodes.failed;
  switch (fault.trouble.kind) {
    case 'unreachable':
    case 'busy':
      return exitCodes.unreachable;
    case 'log-in-again':
    case 'not-allowed':
    case 'too-large':
      return exitCodes.refused;
    case 'malformed':
    case 'store':
      return exitCodes.failed;
  }
}

function describe(fault: unknown): string {
  return fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
}
