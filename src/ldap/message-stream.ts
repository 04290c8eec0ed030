import { concat } from '../base/bytes.ts';
import { elementLength, universal } from './ber.ts';
import { LdapFault } from './fault.ts';

/**
 * Cuts a byte stream into whole messages. What lies whole in a chunk is given as a view of it; only a
 * message that two chunks share is copied, once, when its last byte is there.
 */
export class MessageStream {
  #parts: Uint8Array[] = [];
  #held = 0;
  /** The length of the message begun in `#parts`, once its head is there. */
  #needed: number | undefined;

  /**
   * The messages that `chunk` completes, read on the way: those before a broken one are given.
   * @throws LdapFault when the stream is not one of LDAP messages; it cannot be continued then
   */
  *push(chunk: Uint8Array): Generator<Uint8Array, void, void> {
    // A plain view: the host's chunk may be of a subclass (Node's Buffer) whose subarray costs several times as much.
    const bytes = this.#joined(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (bytes === undefined) return;
    let at = 0;
    while (at < bytes.length) {
      if (bytes[at] !== universal.sequence)
        throw new LdapFault('what arrives is not LDAP (a TLS port spoken to in clear text?)', {
          section: 'RFC 4511 §4.1.1',
        });
      const length = elementLength(bytes, at);
      if (length === undefined || at + length > bytes.length) {
        this.#hold(bytes.slice(at), length);
        return;
      }
      yield bytes.subarray(at, at + length);
      at += length;
    }
  }

  #hold(part: Uint8Array, needed: number | undefined): void {
    this.#parts.push(part);
    this.#held += part.length;
    this.#needed = needed;
  }

  /** The held parts and `chunk` in one piece; undefined while the begun message is not whole. */
  #joined(chunk: Uint8Array): Uint8Array | undefined {
    if (this.#held === 0) return chunk;
    if (this.#needed !== undefined && this.#held + chunk.length < this.#needed) {
      this.#hold(chunk.slice(), this.#needed);
      return undefined;
    }
    const whole = concat([...this.#parts, chunk]);
    this.#parts = [];
    this.#held = 0;
    this.#needed = undefined;
    return whole;
  }
}
