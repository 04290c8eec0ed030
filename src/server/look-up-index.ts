// Finds persons by parts of their folded texts, in memory. A pass over 100,000 texts takes 20 to 40 ms;
// so each text is also marked in 1,024 bitmaps by its pairs of neighbouring characters, and only texts
// that are marked for every pair of a word are looked at: for most queries well under a millisecond, for 130
// bytes a person. The plain pass is the oracle in the test.

export interface Findable {
  readonly number: number;
  readonly sortKey: string;
  readonly folded: string;
}

export const inOrder = (a: Findable, b: Findable): number =>
  a.sortKey < b.sortKey ? -1 : a.sortKey > b.sortKey ? 1 : a.number - b.number;

const bitmapCount = 1024;
const pairOf = (text: string, at: number): number =>
  (Math.imul(text.charCodeAt(at), 73) ^ Math.imul(text.charCodeAt(at + 1), 151)) & (bitmapCount - 1);

export class LookUpIndex {
  /** In order; undefined where a person has changed since, and is among the fresh, or gone. */
  readonly #persons: (Findable | undefined)[];
  readonly #slots: Map<number, number> = new Map();
  readonly #bitmaps: readonly Uint32Array[];
  #marked = 0;
  /** Who came or changed since the bitmaps were made, in order; few. */
  #fresh: Findable[] = [];

  /** `persons` in order. Call `mark` until it says that all are marked, before the first `find`. */
  constructor(persons: readonly Findable[]) {
    this.#persons = [...persons];
    const words = (persons.length + 31) >>> 5;
    this.#bitmaps = Array.from({ length: bitmapCount }, () => new Uint32Array(words));
  }

  get freshCount(): number {
    return this.#fresh.length;
  }

  /** Marks the next `count` persons; false once all are. Apart from the constructor, so that a host can do other things meanwhile. */
  mark(count: number): boolean {
    const end = Math.min(this.#marked + count, this.#persons.length);
    for (let slot = this.#marked; slot < end; slot += 1) {
      const person = this.#persons[slot];
      if (person === undefined) continue;
      this.#slots.set(person.number, slot);
      const { folded } = person;
      const word = slot >>> 5;
      const bit = 1 << (slot & 31);
      for (let at = 0; at + 1 < folded.length; at += 1) {
        const bitmap = this.#bitmaps[pairOf(folded, at)];
        if (bitmap !== undefined) bitmap[word] = (bitmap[word] ?? 0) | bit;
      }
    }
    this.#marked = end;
    return end < this.#persons.length;
  }

  /** Takes the persons of these numbers out, and puts in those who are there now. */
  renew(numbers: ReadonlySet<number>, now: readonly Findable[]): void {
    for (const number of numbers) {
      const slot = this.#slots.get(number);
      if (slot !== undefined) this.#persons[slot] = undefined;
      this.#slots.delete(number);
    }
    this.#fresh = [...this.#fresh.filter((person) => !numbers.has(person.number)), ...now].sort(inOrder);
  }

  /** The numbers of those in whose folded text every one of `words` occurs, in order. */
  find(words: readonly string[]): readonly number[] {
    const matches = (person: Findable): boolean => words.every((word) => person.folded.includes(word));
    const found: Findable[] = [];
    const pairs = new Set(
      words.flatMap((word) => Array.from({ length: Math.max(word.length - 1, 0) }, (_, at) => pairOf(word, at))),
    );
    if (pairs.size === 0) {
      for (const person of this.#persons) if (person !== undefined && matches(person)) found.push(person);
    } else
      for (const slot of this.#candidates([...pairs])) {
        const person = this.#persons[slot];
        if (person !== undefined && matches(person)) found.push(person);
      }
    return merged(found, this.#fresh.filter(matches)).map((person) => person.number);
  }

  /** Slots that are marked for all of `pairs`, rising. */
  *#candidates(pairs: readonly number[]): Generator<number> {
    const bitmaps = pairs.map((pair) => this.#bitmaps[pair]).filter((bitmap) => bitmap !== undefined);
    const length = bitmaps[0]?.length ?? 0;
    for (let word = 0; word < length; word += 1) {
      let bits = -1;
      for (const bitmap of bitmaps) {
        bits &= bitmap[word] ?? 0;
        if (bits === 0) break;
      }
      for (; bits !== 0; bits &= bits - 1) yield (word << 5) + (31 - Math.clz32(bits & -bits));
    }
  }
}

/** Two lists in order as one. */
export function merged(one: readonly Findable[], other: readonly Findable[]): readonly Findable[] {
  if (other.length === 0) return one;
  const result: Findable[] = [];
  let at = 0;
  for (const person of other) {
    for (let next = one[at]; next !== undefined && inOrder(next, person) < 0; next = one[at]) {
      result.push(next);
      at += 1;
    }
    result.push(person);
  }
  for (; at < one.length; at += 1) {
    const next = one[at];
    if (next !== undefined) result.push(next);
  }
  return result;
}
