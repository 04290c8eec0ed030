// What the employee asks that has two sides: the enterprise address book has everyone, and the entries what is at hand.

import type { PersonId } from '../book/person-id.ts';
import { firstPage, type EnterpriseQuestions } from './enterprise-questions.ts';
import type { LookUp, Page } from './look-up.ts';
import type { PersonalAddressBookStore } from './personal-address-book.ts';
import { suggestionsFor, type Suggestion } from './suggestions.ts';
import { TerminalFault } from './terminal-fault.ts';
import type { NumberOwners } from './whose-number.ts';

export class EitherSide {
  readonly #enterprise: EnterpriseQuestions;
  readonly #store: Pick<PersonalAddressBookStore, 'entries' | 'holdings'>;

  constructor(enterprise: EnterpriseQuestions, store: Pick<PersonalAddressBookStore, 'entries' | 'holdings'>) {
    this.#enterprise = enterprise;
    this.#store = store;
  }

  async lookUp(text: string, page: Partial<Page>): Promise<LookUp> {
    try {
      return await this.#enterprise.lookUp(text, page);
    } catch (fault) {
      if (!(fault instanceof TerminalFault)) throw fault;
      const found = await this.lookUpHeld(text, page);
      return { ...found, words: `Only among your own entries: ${fault.message}` };
    }
  }

  async lookUpHeld(text: string, page: Partial<Page>): Promise<LookUp> {
    // Its readings of names are two thirds of all code: a browser loads them apart.
    const { lookUpHeld } = await import('./look-up.ts');
    const found = lookUpHeld(await this.#store.entries(), text, { ...firstPage, ...page });
    return { source: 'held', words: '', ...found, complete: true };
  }

  async whoseNumber(text: string): Promise<NumberOwners> {
    const { whoseNumber } = await import('./look-up.ts');
    return whoseNumber(text, await this.#store.entries(), this.#enterprise);
  }

  async suggestions(me: PersonId | undefined, limit: number): Promise<readonly Suggestion[]> {
    if (me === undefined) return [];
    const held = new Set((await this.#store.holdings()).people.keys());
    return suggestionsFor(this.#enterprise, { me, held, limit });
  }
}
