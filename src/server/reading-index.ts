// Who is read so: each syllable is kept with its place in the name, and a word is cut into syllables and initials in every
// way at once, from each place on. A few hundred syllables at a few places stand for everyone's pinyin with all its
// abbreviations, which written out would be some twenty words a person.

import { beginningsOf, isInitial, readable } from '../book/look-up.ts';
import type { Readings } from '../book/pinyin.ts';
import type { Bitset, PassingSets } from './bitset.ts';
import { SortedTexts } from './sorted-texts.ts';

const mostPlaces = 64;
const keyOf = (place: number, syllable: string): string => String.fromCharCode(0x21 + place) + syllable;

/** Who is read up to a certain letter of the word, by the place of the next syllable. */
type Reached = Map<number, Bitset>;

export class ReadingIndex {
  readonly #syllables = new SortedTexts();
  #places = 0;

  add(slot: number, readings: Readings): void {
    const last = Math.min(readings.length, mostPlaces);
    this.#places = Math.max(this.#places, last);
    for (let place = 0; place < last; place += 1)
      for (const syllable of readings[place] ?? []) this.#syllables.add(keyOf(place, syllable), slot);
  }

  find(word: string, sets: PassingSets): Bitset {
    const found = sets.none();
    if (!readable(word)) return found;
    const reached: Reached[] = Array.from({ length: word.length }, () => new Map());
    for (let at = 0; at < word.length; at += 1) {
      const rest = word.slice(at);
      for (let place = 0; place < this.#places; place += 1) {
        // At the beginning of the word everyone, at each place.
        const before = at === 0 ? undefined : reached[at]?.get(place);
        if (at > 0 && before === undefined) continue;
        const ended = this.#beginningWith(place, rest, sets);
        if (ended !== undefined) found.unite(narrowed(ended, before));
        this.#goOn({ place, rest, before, sets }, reached.slice(at));
      }
    }
    return found;
  }

  /** Takes one more syllable, or what stands for one. `reached` begins with the letter that `rest` begins with. */
  #goOn(
    from: {
      readonly place: number;
      readonly rest: string;
      readonly before: Bitset | undefined;
      readonly sets: PassingSets;
    },
    reached: readonly Reached[],
  ): void {
    const { place, rest, before, sets } = from;
    for (const piece of beginningsOf(rest)) {
      const set = isInitial(piece) ? this.#beginningWith(place, piece, sets) : this.#exactly(place, piece, sets);
      if (set === undefined) continue;
      const next = narrowed(set, before);
      if (next.empty) continue;
      const there = reached[piece.length];
      const known = there?.get(place + 1);
      if (known === undefined) there?.set(place + 1, next);
      else known.unite(next);
    }
  }

  #exactly(place: number, syllable: string, sets: PassingSets): Bitset | undefined {
    const numbers = this.#syllables.numbersOf(keyOf(place, syllable));
    if (numbers === undefined) return undefined;
    const set = sets.none();
    set.addAll(numbers);
    return set;
  }

  #beginningWith(place: number, text: string, sets: PassingSets): Bitset | undefined {
    const key = keyOf(place, text);
    const [first] = this.#syllables.from(key);
    if (first?.text.startsWith(key) !== true) return undefined;
    const set = sets.none();
    this.#syllables.gather(key, set);
    return set;
  }
}

function narrowed(set: Bitset, to: Bitset | undefined): Bitset {
  if (to !== undefined) set.intersect(to);
  return set;
}
