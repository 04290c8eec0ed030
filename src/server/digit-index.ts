// Who has certain digits somewhere in a number. Each number is marked in bitmaps by its runs of three digits; those who are
// marked for every run of what is asked for are looked at. 64 bytes a person, beside the digits themselves.

import type { DigitsAsked } from '../book/digits.ts';
import { Bitset, type PassingSets } from './bitset.ts';

const bitmapCount = 500;
const leastSlots = 1024;
const runAt = (digits: string, at: number): number => Number(digits.slice(at, at + 3)) % bitmapCount;

export class DigitIndex {
  /** By slot: each number between line feeds. */
  readonly #digits: string[] = [];
  #capacity = leastSlots;
  #bitmaps: readonly Bitset[] = Array.from({ length: bitmapCount }, () => new Bitset(leastSlots));

  /** Slots come rising, one after the other. */
  add(slot: number, numbers: readonly string[]): void {
    if (slot >= this.#capacity) {
      this.#capacity = Math.ceil((this.#capacity * 1.5) / 32) * 32;
      this.#bitmaps = this.#bitmaps.map((bitmap) => bitmap.copy(this.#capacity));
    }
    this.#digits[slot] = numbers.length === 0 ? '' : `\n${numbers.join('\n')}\n`;
    for (const number of numbers)
      for (let at = 0; at + 2 < number.length; at += 1) this.#bitmaps[runAt(number, at)]?.add(slot);
  }

  find({ within, whole }: DigitsAsked, sets: PassingSets): Bitset {
    const found = sets.none();
    const look = (digits: string, text: string): void => {
      for (const slot of this.#candidates(digits, sets))
        if (this.#digits[slot]?.includes(text) === true) found.add(slot);
    };
    for (const digits of within) look(digits, digits);
    for (const digits of whole) look(digits, `\n${digits}\n`);
    return found;
  }

  #candidates(digits: string, sets: PassingSets): Bitset {
    const first = this.#bitmaps[runAt(digits, 0)];
    const candidates = first === undefined ? sets.none() : sets.copy(first);
    for (let at = 1; at + 2 < digits.length; at += 1) {
      const bitmap = this.#bitmaps[runAt(digits, at)];
      if (bitmap !== undefined) candidates.intersect(bitmap);
    }
    return candidates;
  }
}
