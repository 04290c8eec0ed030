// Every host (Node, browsers) has the WHATWG Encoding API; the pure rooms' "lib" does not list it.
declare const TextEncoder: new () => {
  encode(text: string): Uint8Array;
  encodeInto(text: string, target: Uint8Array): { readonly written: number };
};
declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };

declare const atob: (base64: string) => string;
declare const btoa: (binary: string) => string;

const encoder = new TextEncoder();
const lenient = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
// What the Encoding Standard calls Latin-1; each octet is one code unit of it, and those of ASCII are themselves.
const singly = new TextDecoder('windows-1252', { fatal: false, ignoreBOM: true });

export const utf8 = (text: string): Uint8Array => encoder.encode(text);

const isAscii = /^[\0-\x7f]*$/;

/** How many octets the text has in UTF-8. */
export const octetsOf = (text: string): number => (isAscii.test(text) ? text.length : utf8(text).length);

/** The text of `bytes`; what is not UTF-8 becomes U+FFFD. */
export const textOf = (bytes: Uint8Array): string => lenient.decode(bytes);

/** One character an octet, so that lengths are octets; what is not ASCII is not to be read. */
export const octetText = (bytes: Uint8Array): string => singly.decode(bytes);

/**
 * A copy that stands alone. A part of a message's text holds on to the whole of it in memory, however long it is
 * kept; not so a short one, which V8 copies anyway (`SlicedString::kMinLength`). What was joined is a text of its own
 * once it is cut: a twelfth of what a way through octets costs.
 */
export const kept = (text: string): string => (text.length < 13 ? text : ` ${text}`.slice(1));

/** The same of several, none of which has a line break: one copy for all, that they are parts of. */
export const keptTogether = (texts: readonly string[]): readonly string[] => texts.join('\n').split('\n');

/** The text of `bytes`, or undefined where they are not UTF-8. */
export function strictTextOf(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The text of `bytes` in the encoding that a label names (WHATWG Encoding §4.2); undefined where there is none, or they are not in it. */
export function textIn(label: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const base64Shape = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The bytes that `text` stands for (RFC 4648 §4), or undefined where it is not base64. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  if (!base64Shape.test(text)) return undefined;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Characters that one call may be given as its parameters. */
const atOnce = 8192;

export function base64Of(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += atOnce) binary += String.fromCharCode(...bytes.subarray(at, at + atOnce));
  return btoa(binary);
}

const pieceOctets = 16_384;
const nothing = new Uint8Array(0);

/** Cuts arrays out of larger pieces: to make one for each of very many messages costs more than to write it. */
export class OctetPool {
  #piece = new Uint8Array(0);
  #used = 0;

  /** The text in UTF-8, and `rest` after it. */
  join(text: string, rest: Uint8Array = nothing): Uint8Array {
    // A UTF-16 unit takes three octets at most.
    const most = 3 * text.length + rest.length;
    if (this.#piece.length - this.#used < most) {
      this.#piece = new Uint8Array(Math.max(pieceOctets, most));
      this.#used = 0;
    }
    const free = this.#piece.subarray(this.#used);
    const { written } = encoder.encodeInto(text, free);
    free.set(rest, written);
    this.#used += written + rest.length;
    return free.subarray(0, written + rest.length);
  }
}
