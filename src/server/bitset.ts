const wordsOf = (capacity: number): number => (capacity + 31) >>> 5;

/** A set of small numbers below a capacity, for unions and intersections of many at once. */
export class Bitset {
  readonly words: Uint32Array;

  /** Empty and of a capacity, or what `words` have. */
  constructor(from: number | Uint32Array) {
    this.words = typeof from === 'number' ? new Uint32Array(wordsOf(from)) : from;
  }

  has(number: number): boolean {
    return (((this.words[number >>> 5] ?? 0) >>> (number & 31)) & 1) === 1;
  }

  add(number: number): void {
    const at = number >>> 5;
    this.words[at] = (this.words[at] ?? 0) | (1 << (number & 31));
  }

  /** `numbers` may be one. */
  addAll(numbers: number | readonly number[]): void {
    if (typeof numbers === 'number') this.add(numbers);
    else for (let at = 0; at < numbers.length; at += 1) this.add(numbers[at] ?? 0);
  }

  delete(number: number): void {
    const at = number >>> 5;
    this.words[at] = (this.words[at] ?? 0) & ~(1 << (number & 31));
  }

  /** A set of another capacity with the same numbers, as far as they lie below it. */
  copy(capacity: number = this.words.length << 5): Bitset {
    const result = new Bitset(capacity);
    result.words.set(this.words.subarray(0, result.words.length));
    return result;
  }

  unite(other: Bitset): void {
    for (let at = 0; at < other.words.length; at += 1) this.words[at] = (this.words[at] ?? 0) | (other.words[at] ?? 0);
  }

  intersect(other: Bitset): void {
    for (let at = 0; at < this.words.length; at += 1) this.words[at] = (this.words[at] ?? 0) & (other.words[at] ?? 0);
  }

  subtract(other: Bitset): void {
    for (let at = 0; at < this.words.length; at += 1) this.words[at] = (this.words[at] ?? 0) & ~(other.words[at] ?? 0);
  }

  get empty(): boolean {
    return this.words.every((word) => word === 0);
  }

  count(): number {
    let count = 0;
    for (const word of this.words) {
      // The bits of a word, added pairwise.
      let bits = word - ((word >>> 1) & 0x55555555);
      bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
      count += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
    }
    return count;
  }

  /** The numbers, rising. */
  *[Symbol.iterator](): Generator<number> {
    for (let at = 0; at < this.words.length; at += 1)
      for (let bits = this.words[at] ?? 0; bits !== 0; bits &= bits - 1)
        yield (at << 5) + 31 - Math.clz32(bits & -bits);
  }
}

/** What one question takes; more is given back after it. */
const mostKeptOctets = 64 * 1024 * 1024;
const setsAtFirst = 64;

/**
 * Sets that last for one question, cut out of memory that the next one uses again. Arrays that are made anew lie outside V8's heap, and
 * every few megabytes of them have it collect the whole of that: 45 ms, beside an index of 100,000 persons, for each ten questions or so.
 */
export class PassingSets {
  #capacity = 0;
  #piece = new Uint32Array(0);
  #used = 0;

  /** The sets of the question before are void. `capacity`: of those to come. */
  begin(capacity: number): void {
    this.#capacity = capacity;
    this.#used = 0;
    if (this.#piece.byteLength > mostKeptOctets) this.#piece = new Uint32Array(0);
  }

  none(): Bitset {
    return new Bitset(this.#cut(wordsOf(this.#capacity)).fill(0));
  }

  copy({ words }: Bitset): Bitset {
    const copied = this.#cut(words.length);
    copied.set(words);
    return new Bitset(copied);
  }

  #cut(length: number): Uint32Array {
    if (this.#used + length > this.#piece.length) {
      // Those that were cut out of the former piece keep it.
      this.#piece = new Uint32Array(Math.max(2 * this.#piece.length, setsAtFirst * length));
      this.#used = 0;
    }
    this.#used += length;
    return this.#piece.subarray(this.#used - length, this.#used);
  }
}
