// Finds persons in memory: the same as the plain way of `book/look-up.ts`, which is the oracle in the test, but in a time that
// hardly grows with the book. The beginnings of all words lie in one sorted list; each query word becomes one set of persons
// for each fit, sets are intersected over the words, and only the persons of the page are put in order.
//
// Whoever changes gets a new slot and leaves a dead one, so that a change costs what one person costs. Once a third is dead
// (`worn`), the owner of the index makes a new one.

import type { Findable } from '../book/findable.ts';
import { editsAllowed, fits, mayBeInitials, queryOf, type Fit, type Query, type Word } from '../book/look-up.ts';
import { Bitset, PassingSets } from './bitset.ts';
import { DigitIndex } from './digit-index.ts';
import { mistypedIn } from './mistyped.ts';
import { ReadingIndex } from './reading-index.ts';
import { SortedTexts } from './sorted-texts.ts';

/** Where a page begins: after this place of the order, whoever came or went meanwhile. */
export interface Place {
  /** Which of the groups of those who fit equally. */
  readonly group: number;
  /** The last one shown in it, as the order has it. */
  readonly key: string;
}

export interface Asked {
  readonly text: string;
  readonly limit: number;
  readonly after: Place | undefined;
  /** Who stands first among those who fit equally: the asking person's department, folded, and manager, by number. */
  readonly near: { readonly department: string; readonly manager: number | undefined };
}

export interface FoundPage {
  readonly total: number;
  /** How many of them fit as it is typed; they come first. */
  readonly asTyped: number;
  readonly numbers: readonly number[];
  /** Absent where this page is the last. */
  readonly next?: Place;
}

/** What kinds of texts there are; in the sorted list each begins with its letter. */
const kinds = {
  name: 'N',
  part: 'P',
  initials: 'I',
  romanised: 'Y',
  word: 'W',
  address: 'A',
  department: 'D',
} as const;

const mistypable = [kinds.part, kinds.romanised, kinds.word] as const;
const leastSlots = 1024;
/** How many found in one group are sorted; of more, the order of all is gone through, which soon meets enough of them. */
const mostSorted = 2000;

export class LookUpIndex {
  readonly #texts = new SortedTexts();
  readonly #order = new SortedTexts();
  readonly #nameReadings = new ReadingIndex();
  readonly #wordReadings = new ReadingIndex();
  readonly #digits = new DigitIndex();
  /** By slot. */
  readonly #numbers: number[] = [];
  readonly #keys: string[] = [];
  /** By person number. */
  readonly #slots = new Map<number, number>();
  // The slots in use. What an asking person may see is one more set to begin with; it is intersected here, before anybody is
  // counted or put on a page.
  #live = new Bitset(leastSlots);
  readonly #sets = new PassingSets();

  get size(): number {
    return this.#slots.size;
  }

  get worn(): boolean {
    return this.#numbers.length > leastSlots && this.#numbers.length > 1.5 * this.#slots.size;
  }

  /** Those of `numbers` in the order of names, and after `key` of it, with their own keys. */
  inOrder(numbers: readonly number[], key = ''): readonly { readonly number: number; readonly key: string }[] {
    return numbers
      .map((number) => ({ number, key: this.#keys[this.#slots.get(number) ?? -1] ?? '' }))
      .filter((each) => each.key > key)
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** The person of this number is found by `findable` from now on, and by nothing else. */
  put(number: number, findable: Findable): void {
    this.remove(number);
    const slot = this.#numbers.push(number) - 1;
    const capacity = this.#live.words.length << 5;
    if (slot >= capacity) this.#live = this.#live.copy(Math.ceil((capacity * 1.5) / 32) * 32);
    this.#live.add(slot);
    this.#slots.set(number, slot);
    const key = `${findable.sortKey}\u0000${number.toString(36).padStart(8, '0')}`;
    this.#keys.push(key);
    this.#order.add(key, slot);
    const add = (kind: string, texts: readonly string[]): void => {
      for (const text of texts) this.#texts.add(kind + text, slot);
    };
    add(kinds.name, findable.names);
    add(kinds.part, findable.parts);
    add(kinds.initials, findable.initials);
    add(kinds.romanised, findable.romanised);
    add(kinds.word, findable.words);
    add(kinds.address, findable.addresses);
    if (findable.department !== '') add(kinds.department, [findable.department]);
    this.#nameReadings.add(slot, findable.nameReadings);
    this.#wordReadings.add(slot, findable.wordReadings);
    this.#digits.add(slot, findable.digits);
  }

  remove(number: number): void {
    const slot = this.#slots.get(number);
    if (slot === undefined) return;
    this.#live.delete(slot);
    this.#slots.delete(number);
  }

  find({ text, limit, after, near }: Asked): FoundPage {
    this.#sets.begin(this.#live.words.length << 5);
    const query = queryOf(text);
    const everyone = this.#live;
    const groups = this.#typed(query, everyone);
    const asTyped = countOf(groups);
    // A page after one of mistyped names goes on with them, also where more have come who fit as it is typed.
    if (query.words.length > 0 && (asTyped === 0 || (after !== undefined && after.group >= 2 * fits.mistyped)))
      groups.push(...this.#mistyped(query, { everyone, before: groups }));
    const total = countOf(groups);
    return { total, asTyped, ...this.#page(this.#nearFirst(groups, near), { limit, after }) };
  }

  /** By fit, those who fit so and no better. */
  #typed(query: Query, everyone: Bitset): Bitset[] {
    const groups: Bitset[] = [];
    const seen = this.#none();
    const push = (set: Bitset): void => {
      set.intersect(everyone);
      set.subtract(seen);
      seen.unite(set);
      groups.push(set);
    };
    const { name } = query;
    push(this.#exactly(kinds.name, name));
    push(name === '' || query.words.length === 0 ? this.#none() : this.#beginning(kinds.name, name));
    const words = query.words.map((word) => this.#typedWord(word));
    for (let fit: Fit = fits.part; fit <= fits.number; fit += 1)
      push(
        this.#intersection(
          everyone,
          words.map((sets) => sets[fit - fits.part] ?? this.#none()),
        ),
      );
    return groups;
  }

  /** Who fits one word, by fit from `part` to `number`, each with all who fit better. */
  #typedWord({ typed, plain, digits }: Word): readonly Bitset[] {
    const sets: Bitset[] = [];
    const all = this.#none();
    const push = (...more: readonly Bitset[]): void => {
      for (const set of more) all.unite(set);
      sets.push(this.#sets.copy(all));
    };
    const beginning = (kind: string): Bitset => (plain === '' ? this.#none() : this.#beginning(kind, plain));
    push(beginning(kinds.part));
    push(mayBeInitials(plain) ? beginning(kinds.initials) : this.#none());
    push(beginning(kinds.romanised), this.#nameReadings.find(plain, this.#sets));
    push(beginning(kinds.word), this.#wordReadings.find(plain, this.#sets));
    push(
      this.#beginning(kinds.address, typed),
      digits === undefined ? this.#none() : this.#digits.find(digits, this.#sets),
    );
    return sets;
  }

  /** Those whose whole words were mistyped, and those of whose words the beginning was, without those who fit anyway. */
  #mistyped(
    query: Query,
    { everyone, before }: { readonly everyone: Bitset; readonly before: readonly Bitset[] },
  ): readonly Bitset[] {
    const words = query.words.map((word) => {
      const whole = this.#typedWord(word).at(-1) ?? this.#none();
      const most = editsAllowed(word.plain);
      const beginning = this.#sets.copy(whole);
      // Only where nothing fits the word as it is typed for this person; who fits so is in `whole` already.
      if (most > 0)
        for (const kind of mistypable)
          for (const found of mistypedIn(this.#texts, { kind, word: word.plain, most })) {
            beginning.addAll(found.numbers);
            if (found.whole) whole.addAll(found.numbers);
          }
      return { whole, beginning };
    });
    const sets = [words.map(({ whole }) => whole), words.map(({ beginning }) => beginning)];
    const seen = this.#none();
    for (const group of before) seen.unite(group);
    return sets.map((each) => {
      const set = this.#intersection(everyone, each);
      set.subtract(seen);
      seen.unite(set);
      return set;
    });
  }

  /** Each group as two: those who are near, and the others. */
  #nearFirst(groups: readonly Bitset[], { department, manager }: Asked['near']): readonly Bitset[] {
    const near = this.#exactly(kinds.department, department);
    const above = manager === undefined ? undefined : this.#slots.get(manager);
    if (above !== undefined) near.add(above);
    return groups.flatMap((group) => {
      const first = this.#sets.copy(group);
      first.intersect(near);
      group.subtract(first);
      return [first, group];
    });
  }

  #page(
    groups: readonly Bitset[],
    { limit, after }: Pick<Asked, 'limit' | 'after'>,
  ): Pick<FoundPage, 'numbers' | 'next'> {
    const slots: number[] = [];
    let last: Place | undefined;
    for (const [at, group] of groups.entries()) {
      if (slots.length > limit) break;
      if (after !== undefined && at < after.group) continue;
      for (const slot of this.#inOrder(group, at === after?.group ? after.key : undefined)) {
        slots.push(slot);
        if (slots.length > limit) break;
        last = { group: at, key: this.#keys[slot] ?? '' };
      }
    }
    const numbers = slots.slice(0, limit).map((slot) => this.#numbers[slot] ?? 0);
    return { numbers, ...(slots.length > limit && last !== undefined && { next: last }) };
  }

  /** Those of `group` in order, from after `key` on. */
  *#inOrder(group: Bitset, key = ''): Generator<number> {
    if (group.count() > mostSorted) {
      for (const { text, numbers: slot } of this.#order.from(key))
        if (typeof slot === 'number' && text > key && group.has(slot)) yield slot;
        else if (typeof slot !== 'number') yield* slot.filter((one) => text > key && group.has(one));
      return;
    }
    const found = Array.from(group, (slot) => ({ slot, key: this.#keys[slot] ?? '' }));
    for (const each of found.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)))
      if (each.key > key) yield each.slot;
  }

  #beginning(kind: string, text: string): Bitset {
    const set = this.#none();
    this.#texts.gather(kind + text, set);
    return set;
  }

  #exactly(kind: string, text: string): Bitset {
    const set = this.#none();
    if (text !== '') set.addAll(this.#texts.numbersOf(kind + text) ?? []);
    return set;
  }

  #none(): Bitset {
    return this.#sets.none();
  }

  #intersection(everyone: Bitset, sets: readonly Bitset[]): Bitset {
    const result = this.#sets.copy(everyone);
    for (const set of sets) result.intersect(set);
    return result;
  }
}

const countOf = (groups: readonly Bitset[]): number => groups.reduce((sum, group) => sum + group.count(), 0);
