import { Fault } from '../base/fault.ts';
import type { Milliseconds } from '../base/time.ts';
import type { Trouble } from './acquisition.ts';

/** What the employee asked for did not come about. The message is for the employee; nothing was changed. */
export class TerminalFault extends Fault {
  override readonly name = 'TerminalFault';
  readonly blame = 'peer';
  readonly trouble: Trouble;
  /** How long to wait before asking again, where the server said so. */
  readonly retryAfter: Milliseconds | undefined;

  constructor(trouble: Trouble, options: ErrorOptions & { readonly retryAfter?: Milliseconds | undefined } = {}) {
    super(trouble.words, options);
    this.trouble = trouble;
    this.retryAfter = options.retryAfter;
  }
}

/** Whether the machine that a terminal runs on failed it, whichever that is: told, and tried again. */
export const isOfHost = (fault: unknown): fault is Fault => fault instanceof Fault && fault.blame === 'host';
