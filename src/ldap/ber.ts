// The Basic Encoding Rules as LDAP restricts them (RFC 4511 §5.1): definite lengths only, one-byte
// tags, primitive strings. The reader is a cursor over one whole message; it gives views, never
// copies, because a first load reads millions of values. The writer is a function: requests are small.

import { concat, textOf, utf8 } from '../base/bytes.ts';
import { LdapFault } from './fault.ts';

/** Universal tags (X.690 §8). */
export const universal = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Larger messages are refused: no person is that large, and a hostile length must not reserve memory. */
const largestMessage: number = 16 * 1024 * 1024;

const broken = (problem: string): LdapFault => new LdapFault(`malformed BER: ${problem}`, { section: 'RFC 4511 §5.1' });

/**
 * How many bytes the element at `from` takes, tag and length included; undefined while `bytes` hold
 * too little of it to tell.
 * @throws LdapFault when its length is indefinite, longer than four bytes, or beyond `largestMessage`
 */
export function elementLength(bytes: Uint8Array, from: number): number | undefined {
  const first = bytes[from + 1];
  if (first === undefined) return undefined;
  if (first < 0x80) return first + 2;
  const count = first & 0x7f;
  if (count === 0) throw broken('an indefinite length');
  if (count > 4) throw broken(`a length of ${count} bytes`);
  let length = 0;
  for (let index = 0; index < count; index += 1) {
    const next = bytes[from + 2 + index];
    if (next === undefined) return undefined;
    length = length * 256 + next;
  }
  if (length > largestMessage) throw broken(`an element of ${length} bytes, where ${largestMessage} are allowed`);
  return length + 2 + count;
}

/** Reads one message from front to back. Every method throws LdapFault where the bytes are not what it reads. */
export class BerReader {
  readonly bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#at = 0;
    this.#end = bytes.length;
  }

  /** Where the next element begins. */
  get at(): number {
    return this.#at;
  }

  /** The tag of the next element; -1 at the end. */
  peek(): number {
    return this.#at < this.#end ? (this.bytes[this.#at] ?? -1) : -1;
  }

  /** Steps into the element of `tag` and gives where it ends, for `close`. */
  open(tag: number): number {
    const found = this.peek();
    if (found !== tag) throw broken(`tag ${found} where ${tag} belongs, at byte ${this.#at}`);
    const bytes = this.bytes;
    let length = bytes[this.#at + 1] ?? 0x100;
    this.#at += 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (length === 0x100 || count === 0 || count > 4) throw broken(`a bad length at byte ${this.#at - 1}`);
      length = 0;
      for (let index = 0; index < count; index += 1) length = length * 256 + (bytes[this.#at + index] ?? 0);
      this.#at += count;
    }
    const end = this.#at + length;
    if (end > this.#end) throw broken(`an element that ends at byte ${end} of ${this.#end}`);
    return end;
  }

  /** Leaves the element that `open` said ends at `end`; what it holds must have been read, no more and no less. */
  close(end: number): void {
    if (this.#at !== end) throw broken(`an element that ends at byte ${end}, its content at ${this.#at}`);
  }

  /** Leaves it whatever is left: RFC 4511 §4 lets later versions append elements to a SEQUENCE. */
  leave(end: number): void {
    if (this.#at > end) throw broken(`content that runs over byte ${end}`);
    this.#at = end;
  }

  octets(tag: number = universal.octets): Uint8Array {
    const end = this.open(tag);
    const octets = this.bytes.subarray(this.#at, end);
    this.#at = end;
    return octets;
  }

  text(tag?: number): string {
    return textOf(this.octets(tag));
  }

  integer(tag: number = universal.integer): number {
    const end = this.open(tag);
    const count = end - this.#at;
    if (count < 1 || count > 4) throw broken(`an integer of ${count} bytes`);
    let value = ((this.bytes[this.#at] ?? 0) << 24) >> 24; // the first byte carries the sign
    for (let at = this.#at + 1; at < end; at += 1) value = (value << 8) | (this.bytes[at] ?? 0);
    this.#at = end;
    return value;
  }

  boolean(tag: number = universal.boolean): boolean {
    const octets = this.octets(tag);
    if (octets.length !== 1) throw broken(`a boolean of ${octets.length} bytes`);
    return octets[0] !== 0;
  }

  skip(): void {
    this.octets(this.peek());
  }
}

/** One element: its tag, its length in the shortest form, its contents. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  const bytes: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  const head = length < 0x80 ? [tag, length] : [tag, 0x80 | bytes.length, ...bytes];
  return concat([Uint8Array.from(head), ...contents]);
}

export const text = (value: string, tag: number = universal.octets): Uint8Array => element(tag, utf8(value));

export const octets = (value: Uint8Array, tag: number = universal.octets): Uint8Array => element(tag, value);

export const boolean = (value: boolean, tag: number = universal.boolean): Uint8Array =>
  element(tag, Uint8Array.of(value ? 0xff : 0));

/** A whole number in two's complement, in as few bytes as hold it; 32 bits at most. */
export function integer(value: number, tag: number = universal.integer): Uint8Array {
  const bytes = [24, 16, 8, 0].map((shift) => (value >> shift) & 0xff);
  while (
    bytes.length > 1 &&
    ((bytes[0] === 0 && (bytes[1] ?? 0) < 0x80) || (bytes[0] === 0xff && (bytes[1] ?? 0) > 0x7f))
  )
    bytes.shift();
  return element(tag, Uint8Array.from(bytes));
}

export const enumerated = (value: number): Uint8Array => integer(value, universal.enumerated);
