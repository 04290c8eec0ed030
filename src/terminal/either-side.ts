// What the employee asks that has two sides: the enterprise address book has everyone, and the entries what is at hand.

import type { Clock } from '../base/machine.ts';
import type { PersonId } from '../book/person-id.ts';
import { firstPage, type EnterpriseQuestions } from './enterprise-questions.ts';
import type { HeldPage, LookUp, Page } from './look-up.ts';
import type { PersonalAddressBookStore } from './personal-address-book.ts';
import type { PersonalEntry } from '../book/personal-entry.ts';
import { suggestionsFor, type Suggestion } from './suggestions.ts';
import { TerminalFault } from './terminal-fault.ts';
import type { NumberOwners } from './whose-number.ts';

/** No answer of a server that is there takes so long; who looks somebody up waits no longer for what is at hand. */
const patienceMilliseconds = 4000;

const isWritten = ({ state, own }: PersonalEntry): boolean =>
  state === 'own' ||
  own.nickname !== '' ||
  own.note !== '' ||
  own.groups.length > 0 ||
  own.numbers.length > 0 ||
  Object.keys(own.values).length > 0;

const nobodyHeld: LookUp = {
  source: 'held',
  words: '',
  total: 0,
  asTyped: 0,
  persons: [],
  next: undefined,
  complete: true,
};

export class EitherSide {
  readonly #enterprise: EnterpriseQuestions;
  readonly #store: Pick<PersonalAddressBookStore, 'entries' | 'holdings'>;
  readonly #clock: Clock;

  constructor(
    enterprise: EnterpriseQuestions,
    store: Pick<PersonalAddressBookStore, 'entries' | 'holdings'>,
    clock: Clock,
  ) {
    this.#enterprise = enterprise;
    this.#store = store;
    this.#clock = clock;
  }

  async lookUp(text: string, page: Partial<Page>): Promise<LookUp> {
    try {
      return await this.#lookUpThere(text, page);
    } catch (fault) {
      if (!(fault instanceof TerminalFault)) throw fault;
      const found = await this.lookUpHeld(text, page);
      return { ...found, words: `Only among your own entries: ${fault.message}` };
    }
  }

  async lookUpHeld(text: string, { writtenOnly = false, ...page }: Partial<HeldPage>): Promise<LookUp> {
    const all = await this.#store.entries();
    const entries = writtenOnly ? all.filter(isWritten) : all;
    if (entries.length === 0) return nobodyHeld;
    // Its readings of names are two thirds of all code: a browser loads them apart.
    const { lookUpHeld, makeReady } = await import('./look-up.ts');
    await makeReady(entries, () => this.#rest());
    const found = lookUpHeld(entries, text, { ...firstPage, ...page });
    return { source: 'held', words: '', ...found, complete: true };
  }

  async whoseNumber(text: string): Promise<NumberOwners> {
    const { whoseNumber } = await import('./look-up.ts');
    return whoseNumber(text, await this.#store.entries(), {
      lookUp: (digits, page) => this.#lookUpThere(digits, page),
    });
  }

  async suggestions(me: PersonId | undefined, limit: number): Promise<readonly Suggestion[]> {
    if (me === undefined) return [];
    const held = new Set((await this.#store.holdings()).people.keys());
    return suggestionsFor(this.#enterprise, { me, held, limit });
  }

  #lookUpThere(text: string, page: Partial<Page>): Promise<LookUp> {
    return new Promise((resolve, reject) => {
      const late = { kind: 'unreachable', words: 'The server did not answer in time.' } as const;
      const silence = this.#clock.ring(patienceMilliseconds, () => reject(new TerminalFault(late)));
      void this.#enterprise.lookUp(text, page).then(resolve, reject).finally(silence);
    });
  }

  #rest(): Promise<void> {
    return new Promise((resolve) => this.#clock.ring(0, resolve));
  }
}
