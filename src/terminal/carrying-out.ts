// What the terminal's machine asks for, carried out over its host; what comes of it is told to the machine.

import type { WallTime } from '../base/time.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { TerminalEvent } from './face.ts';
import type { TerminalSockets } from './host.ts';
import type { HttpMessage, HttpOutcome } from './http-exchange.ts';
import { answering } from './ladder.ts';
import type { PersonalAddressBookStore } from './personal-address-book.ts';
import { isOfHost } from './terminal-fault.ts';
import type { TerminalInput, TerminalOutput, TerminalTold } from './terminal.ts';

export interface CarryingOutOptions {
  readonly store: PersonalAddressBookStore;
  readonly sockets: TerminalSockets;
  readonly wallTime: () => WallTime;
  /** Of whom is logged in at. */
  readonly server: () => string;
  readonly ask: (message: HttpMessage) => Promise<HttpOutcome>;
  /** To the machine. */
  readonly tell: (input: TerminalInput) => void;
  /** To the program before the employee. */
  readonly told: (told: TerminalTold) => void;
  readonly overheard: (list: ChangeList) => void;
  readonly push: (event: TerminalEvent) => void;
}

export class CarryingOut {
  readonly #options: CarryingOutOptions;

  constructor(options: CarryingOutOptions) {
    this.#options = options;
  }

  carryOut(output: TerminalOutput): void {
    const { sockets, told } = this.#options;
    switch (output.kind) {
      case 'open':
        void this.#open(output);
        return;
      case 'send':
        return sockets.send(output.flow, output.bytes);
      case 'close':
        return sockets.close(output.flow);
      case 'ask':
        void this.#ask(output);
        return;
      case 'apply':
        void this.#apply(output);
        return;
      case 'overheard':
        return this.#options.overheard(output.list);
      case 'tell':
        return told(output.told);
    }
  }

  async #open({ number, to }: Extract<TerminalOutput, { kind: 'open' }>): Promise<void> {
    const { sockets, server, tell } = this.#options;
    try {
      tell({ kind: 'opened', number, path: await sockets.open(to, server()) });
    } catch (fault) {
      if (!isOfHost(fault)) throw fault;
      tell({ kind: 'no-flow', number, words: `The server cannot be reached (${fault.message}).` });
    }
  }

  async #ask({ number, question, step }: Extract<TerminalOutput, { kind: 'ask' }>): Promise<void> {
    const { ask, tell, told, push } = this.#options;
    const outcome = await ask({ ...question, coming: (octets) => push({ kind: 'coming', octets }) });
    if (outcome.kind === 'unanswered') return tell({ kind: 'unanswered', number, trouble: outcome.trouble });
    told({ kind: 'step', step, direction: 'sent', ...outcome.sent });
    told({ kind: 'step', step: answering[step], direction: 'received', ...outcome.received });
    tell({ kind: 'answered', number, answer: outcome.answer });
  }

  async #apply({ number, step }: Extract<TerminalOutput, { kind: 'apply' }>): Promise<void> {
    const { store, wallTime, tell } = this.#options;
    try {
      tell({ kind: 'applied', number, applied: await store.apply(step, wallTime()) });
    } catch (fault) {
      if (!isOfHost(fault)) throw fault;
      tell({ kind: 'store-failed', number, words: fault.message });
    }
  }
}
