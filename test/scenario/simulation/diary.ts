// What a terminal's store must hold, written down as its acts come: the oracle beside the store. It sees each
// call that was carried out, also those whose process was killed before it heard of it.

import { nothingOwn, type Own, type PersonalEntry } from '../../../src/book/personal-entry.ts';
import type { Fields } from '../../../src/book/person.ts';
import type { PersonId } from '../../../src/book/person-id.ts';
import type { PersonalAddressBookStore, StoredPrompt } from '../../../src/terminal/personal-address-book.ts';
import type { History } from './history.ts';

/** One stay of a person in the book, from keeping to removing. */
export interface Stay {
  readonly person: PersonId;
  /** The enterprise's copy when it was kept. */
  readonly base: Fields;
  /** Prompts up to this number are about earlier stays. */
  readonly afterPrompt: number;
  own: Own;
  /** After which prompts the employee answered the brake with "keep them": then the person is away, and nothing was prompted. */
  readonly keptDespite: number[];
}

export class Diary {
  readonly #store: PersonalAddressBookStore;
  readonly #history: History;
  readonly #stays = new Map<PersonId, Stay>();
  #mark = 0;

  constructor(store: PersonalAddressBookStore, history: History) {
    this.#store = store;
    this.#history = history;
  }

  /** The store with the diary beside it. */
  get store(): PersonalAddressBookStore {
    const { keep, remove, apply, writeOwn, undoAll, decideWithheld } = this.#recording();
    const verbs: Partial<PersonalAddressBookStore> = { keep, remove, apply, writeOwn, undoAll, decideWithheld };
    return new Proxy(this.#store, {
      get: (target, name) => {
        const verb: unknown = Reflect.get(verbs, name) ?? Reflect.get(target, name);
        return typeof verb === 'function' ? (verb.bind(target) as unknown) : verb;
      },
    });
  }

  stays(): readonly Stay[] {
    return [...this.#stays.values()];
  }

  /**
   * What holds at every moment: the mark never goes back, and each base is the person as of the later of mark
   * and entry's revision.
   */
  async expectTrue(): Promise<void> {
    const { mark, withheld } = await this.#store.holdings();
    const entries = await this.#store.entries();
    if (mark === undefined) return;
    if (mark.revision < this.#mark && entries.length > 0) throw new Error(`the mark went back to ${mark.revision}`);
    this.#mark = mark.revision;
    if (mark.revision > this.#history.head) throw new Error(`the mark ${mark.revision} is after the log's end`);
    for (const entry of entries) this.#expectTrueEntry(entry, [Math.max(mark.revision, entry.revision), withheld]);
  }

  #expectTrueEntry(entry: PersonalEntry, [at, withheld]: readonly [number, ReadonlySet<PersonId>]): void {
    const truth = this.#history.fieldsAt(entry.person, at);
    const there = entry.state === 'held' && !withheld.has(entry.person);
    if (there !== (truth !== undefined) || (there && !sameFields(entry.base, truth ?? {})))
      throw new Error(`as of ${at} the truth is ${JSON.stringify(truth)}, the book has ${JSON.stringify(entry)}`);
  }

  #recording(): Pick<
    PersonalAddressBookStore,
    'keep' | 'remove' | 'apply' | 'writeOwn' | 'undoAll' | 'decideWithheld'
  > {
    const store = this.#store;
    return {
      keep: async (keeping) => {
        const kept = await store.keep(keeping);
        const { person, fields } = keeping;
        if (kept.kind === 'kept' && !this.#stays.has(person)) {
          const afterPrompt = await this.#lastPrompt();
          this.#stays.set(person, { person, base: fields, afterPrompt, own: nothingOwn, keptDespite: [] });
        }
        if (this.#stays.size <= 1) this.#mark = 0; // the first entry sets the mark to where it stands
        await this.expectTrue();
        return kept;
      },
      remove: async (people) => {
        const removed = await store.remove(people);
        for (const person of people) this.#stays.delete(person);
        return removed;
      },
      apply: async (step, at) => {
        const applied = await store.apply(step, at);
        await this.expectTrue();
        return applied;
      },
      writeOwn: async (person, own) => {
        const stay = this.#stays.get(person);
        if (stay !== undefined) stay.own = { ...stay.own, ...own };
        return store.writeOwn(person, own);
      },
      undoAll: async (ids) => {
        const all = await store.undoAll(ids);
        for (const [at, id] of ids.entries()) if (all[at]?.kind === 'undone') await this.#undone(id);
        return all;
      },
      decideWithheld: async (proceed, at) => {
        const { withheld } = await store.holdings();
        const revised = await store.decideWithheld(proceed, at);
        const afterPrompt = await this.#lastPrompt();
        if (!proceed) for (const person of withheld) this.#stays.get(person)?.keptDespite.push(afterPrompt);
        await this.expectTrue();
        return revised;
      },
    };
  }

  async #undone(id: number): Promise<void> {
    const prompt = (await this.#prompts()).find((each) => each.id === id);
    const stay = prompt && this.#stays.get(prompt.person);
    if (stay === undefined || prompt?.fact.kind !== 'altered' || prompt.fact.from === undefined)
      throw new Error(`prompt ${id} cannot have been undone`);
    stay.own = { ...stay.own, values: { ...stay.own.values, [prompt.fact.field]: prompt.fact.from } };
  }

  async #lastPrompt(): Promise<number> {
    return (await this.#prompts()).at(-1)?.id ?? 0;
  }

  #prompts(): Promise<readonly StoredPrompt[]> {
    return this.#store.prompts({ unseenOnly: false });
  }
}

export function sameFields(one: Fields, other: Fields): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]) as ReadonlySet<keyof Fields>;
  return [...names].every((name) => one[name] === other[name]);
}
