// Texts in order, each with some numbers: what a look-up finds the beginnings of words in. They lie in blocks of a few
// hundred, so that one more moves few others.

import type { Bitset } from './bitset.ts';

const mostInBlock = 512;

/** One number, or several: most texts (a mail address) are of one person, and a list for each would be half of the memory. */
export type Numbers = number | number[];

interface Block {
  readonly texts: string[];
  readonly numbers: Numbers[];
}

export interface TextAt {
  readonly text: string;
  readonly numbers: Numbers;
}

export class SortedTexts {
  readonly #blocks: Block[] = [{ texts: [], numbers: [] }];

  /** Adds `number` to those of `text`. The same number twice in a row counts once. */
  add(text: string, number: number): void {
    const index = this.#blockOf(text);
    const block = this.#blocks[index];
    if (block === undefined) return;
    const at = lowerBound(block.texts, text);
    if (block.texts[at] === text) {
      block.numbers[at] = withNumber(block.numbers[at] ?? [], number);
      return;
    }
    block.texts.splice(at, 0, text);
    block.numbers.splice(at, 0, number);
    if (block.texts.length <= mostInBlock) return;
    const half = block.texts.length >>> 1;
    this.#blocks.splice(index + 1, 0, { texts: block.texts.splice(half), numbers: block.numbers.splice(half) });
  }

  numbersOf(text: string): Numbers | undefined {
    const block = this.#blocks[this.#blockOf(text)];
    const at = lowerBound(block?.texts ?? [], text);
    return block?.texts[at] === text ? block.numbers[at] : undefined;
  }

  /** Adds the numbers of all texts that begin with `beginning` to `set`. */
  gather(beginning: string, set: Bitset): void {
    let index = this.#blockOf(beginning);
    let at = lowerBound(this.#blocks[index]?.texts ?? [], beginning);
    for (let block = this.#blocks[index]; block !== undefined; block = this.#blocks[(index += 1)]) {
      const { texts, numbers } = block;
      for (; at < texts.length; at += 1) {
        if (texts[at]?.startsWith(beginning) !== true) return;
        set.addAll(numbers[at] ?? []);
      }
      at = 0;
    }
  }

  /** From `text` on, itself included, in order. `next` with a text passes over those before it. */
  *from(text: string): Generator<TextAt, void, string | undefined> {
    let index = this.#blockOf(text);
    let at = lowerBound(this.#blocks[index]?.texts ?? [], text);
    for (let block = this.#blocks[index]; block !== undefined; block = this.#blocks[index]) {
      const found = block.texts[at];
      const numbers = block.numbers[at];
      if (found === undefined || numbers === undefined) {
        index += 1;
        at = 0;
        continue;
      }
      const to = yield { text: found, numbers };
      if (to === undefined || to <= found) at += 1;
      else {
        index = this.#blockOf(to);
        at = lowerBound(this.#blocks[index]?.texts ?? [], to);
      }
    }
  }

  /** The block in which `text` is, or would be: the last one that does not begin after it. */
  #blockOf(text: string): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#blocks[middle]?.texts[0] ?? '') <= text) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function withNumber(numbers: Numbers, number: number): Numbers {
  if (typeof numbers === 'number') return numbers === number ? numbers : [numbers, number];
  if (numbers.at(-1) !== number) numbers.push(number);
  return numbers;
}

function lowerBound(texts: readonly string[], text: string): number {
  let low = 0;
  let high = texts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((texts[middle] ?? '') < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
