/** All pairs of letters and digits: to print a number in base 36 costs more than all else of a message. */
const pairs = Array.from({ length: 36 ** 2 }, (_, number) => number.toString(36).padStart(2, '0'));

/** Everything that happens by chance in one simulation, drawn from one seed. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** From 0 up to, and not, 1 (mulberry32). */
  share(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  is(probability: number): boolean {
    return this.share() < probability;
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.share() * (most - least + 1));
  }

  oneOf<T>(all: readonly [T, ...T[]]): T;
  oneOf<T>(all: readonly T[]): T | undefined;
  oneOf<T>(all: readonly T[]): T | undefined {
    return all[Math.floor(this.share() * all.length)];
  }

  /** Another stream of chance, so that what draws from one does not shift what draws from the other. */
  fork(): Chance {
    return new Chance(Math.floor(this.share() * 4_294_967_296));
  }

  /** Text of `length` letters and digits. */
  token(length: number): string {
    let text = '';
    while (text.length < length) {
      let share = this.share();
      for (let pair = 0; pair < 4; pair += 1) {
        share *= pairs.length;
        text += pairs[Math.floor(share)];
        share -= Math.floor(share);
      }
    }
    return text.slice(0, length);
  }
}
