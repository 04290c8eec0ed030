// Who waits to hear how one catching up goes, with what it did until then.

import type { PersonId } from '../book/person-id.ts';
import type { PersonalEntry } from '../book/personal-entry.ts';
import type { Synced } from './face.ts';
import type { StoredPrompt } from './personal-address-book.ts';
import type { TerminalTold } from './terminal.ts';

interface Waiter {
  readonly revised: Map<PersonId, PersonalEntry>;
  readonly prompts: StoredPrompt[];
  readonly resolve: (synced: Synced) => void;
}

export class AwaitedSync {
  #waiters: Waiter[] = [];

  wait(): Promise<Synced> {
    return new Promise((resolve) => this.#waiters.push({ revised: new Map(), prompts: [], resolve }));
  }

  told(told: TerminalTold): void {
    switch (told.kind) {
      case 'revised':
        for (const { revised } of this.#waiters) for (const entry of told.entries) revised.set(entry.person, entry);
        return;
      case 'prompted':
        for (const { prompts } of this.#waiters) prompts.push(...told.prompts);
        return;
      case 'synced':
        for (const { resolve, revised, prompts } of this.#waiters.splice(0))
          resolve({ kind: 'in-step', mark: told.mark, revised: [...revised.values()], prompts });
        return;
      case 'sync-failed':
        return this.fail(told.words);
      case 'state':
      case 'step':
      case 'refused-whole':
        return;
    }
  }

  fail(words: string): void {
    for (const { resolve } of this.#waiters.splice(0)) resolve({ kind: 'failed', words });
  }
}
