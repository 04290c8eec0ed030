// Messages out of a stream of octets (RFC 3261 §18.3, RFC 5626 §4.4.1).
//
// A stream has no message borders but Content-Length, so a message without it, or with a wrong one,
// leaves no way to find the next: the answer is an error, and the flow is closed.

import { textOf } from '../base/bytes.ts';
import { parseHead } from './head.ts';
import type { Head } from './head.ts';
import type { Malformed, Parsed } from './message.ts';
import { contentLength, endOfHead, malformed, parseParts } from './parse.ts';

/** Largest message that is taken. A SUBSCRIBE that names 20,000 held persons is about 200 kB. */
export const limits = { headOctets: 16_384, bodyOctets: 262_144 } as const;

export type Framed =
  | { readonly kind: 'message'; readonly message: Parsed }
  /** CRLFCRLF between messages: the peer waits for one CRLF (RFC 5626 §4.4.1). */
  | { readonly kind: 'ping' }
  /** CRLF between messages, where we ping: the peer's answer. */
  | { readonly kind: 'pong' }
  /** The stream cannot be read further: answer where possible, then close. */
  | { readonly kind: 'broken'; readonly problem: Malformed };

const cr = 13;
const lf = 10;

export class StreamFramer {
  #waiting: Uint8Array = new Uint8Array(0);
  /** How many octets #waiting may have before it must move; 0 while it is the caller's. */
  #room = 0;
  /** Where in #waiting the search for the end of the head goes on. */
  #searched = 0;
  /** The head whose body is not complete yet. */
  #head: { readonly head: Head; readonly bodyAt: number; readonly end: number } | undefined;
  #broken = false;
  /** We ping the peer: its line breaks are answers, and however many come together, none is a ping of its own. */
  pinging = false;

  /** Whether a message has begun and not ended; line breaks between messages begin none. */
  get unfinished(): boolean {
    return this.#head !== undefined || (this.#waiting.length > 0 && this.#waiting[0] !== cr);
  }

  /** Octets that wait for the rest of their message. */
  get octets(): number {
    return this.#waiting.length;
  }

  push(bytes: Uint8Array): readonly Framed[] {
    if (this.#broken) return [];
    this.#append(bytes);
    const framed: Framed[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      framed.push(next);
      if (next.kind === 'broken') {
        this.#broken = true;
        this.#waiting = new Uint8Array(0);
        break;
      }
    }
    return framed;
  }

  /** Room is doubled, so that a peer that sends octet by octet costs no more than its octets. */
  #append(bytes: Uint8Array): void {
    if (this.#waiting.length === 0) {
      this.#waiting = bytes;
      this.#room = 0;
      return;
    }
    const length = this.#waiting.length;
    const needed = length + bytes.length;
    if (needed > this.#room) {
      const larger = new Uint8Array(2 * needed);
      larger.set(this.#waiting);
      this.#waiting = larger.subarray(0, length);
      this.#room = larger.length;
    }
    this.#waiting = new Uint8Array(this.#waiting.buffer, this.#waiting.byteOffset, needed);
    this.#waiting.set(bytes, length);
  }

  #next(): Framed | undefined {
    if (this.#head === undefined) {
      if (this.#searched === 0) {
        if (this.pinging && this.#startsWithLineBreak(0)) {
          this.#consume(2);
          return { kind: 'pong' };
        }
        const ping = this.#skipLineBreaks();
        if (ping) return { kind: 'ping' };
      }
      const broken = this.#readHead();
      if (broken !== undefined) return broken;
    }
    if (this.#head === undefined || this.#waiting.length < this.#head.end) return undefined;
    const { head, bodyAt, end } = this.#head;
    const body = this.#waiting.slice(bodyAt, end);
    this.#consume(end);
    this.#head = undefined;
    return { kind: 'message', message: parseParts(head, body) };
  }

  /** RFC 3261 §7.5: CRLFs before a start line are ignored; two of them are a ping. */
  #skipLineBreaks(): boolean {
    while (this.#startsWithLineBreak(0)) {
      if (this.#startsWithLineBreak(2)) {
        this.#consume(4);
        return true;
      }
      // One CRLF, and what may be the first half of the second: wait.
      if (this.#waiting.length === 2 || (this.#waiting.length === 3 && this.#waiting[2] === cr)) return false;
      this.#consume(2);
    }
    return false;
  }

  #startsWithLineBreak(at: number): boolean {
    return this.#waiting[at] === cr && this.#waiting[at + 1] === lf;
  }

  #readHead(): Framed | undefined {
    if (this.#startsWithLineBreak(0)) return undefined;
    const end = endOfHead(this.#waiting, this.#searched);
    if ((end ?? this.#waiting.length) > limits.headOctets) return { kind: 'broken', problem: tooLarge(this.#waiting) };
    if (end === undefined) {
      this.#searched = Math.max(0, this.#waiting.length - 3);
      return undefined;
    }
    const head = parseHead(textOf(this.#waiting.subarray(0, end)));
    const length = contentLength(head.headers);
    if (length === undefined || length === 'bad') {
      const problem = 'no Content-Length that can be read on a stream';
      return { kind: 'broken', problem: malformed(head, 'RFC 3261 §20.14', problem) };
    }
    if (length > limits.bodyOctets) {
      const problem = malformed(head, 'RFC 3261 §21.4.11', 'the body is too large');
      return { kind: 'broken', problem: { ...problem, status: 413 } };
    }
    this.#head = { head, bodyAt: end + 4, end: end + 4 + length };
    return undefined;
  }

  #consume(count: number): void {
    this.#waiting = this.#waiting.subarray(count);
    this.#room = Math.max(0, this.#room - count);
    this.#searched = 0;
  }
}

/** RFC 3261 §21.5.11. What is within the limit of the head is read, so that the answer finds its way. */
export function tooLarge(bytes: Uint8Array): Malformed {
  const end = Math.min(endOfHead(bytes, 0) ?? Infinity, limits.headOctets);
  const head = parseHead(textOf(bytes.subarray(0, end)));
  return { ...malformed(head, 'RFC 3261 §21.5.11', 'the message is too large'), status: 513 };
}
