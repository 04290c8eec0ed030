// STUN on the SIP port (RFC 5389), as much as keeps a flow alive (RFC 5626 §3.5.2, §4.4.2): a Binding request is asked
// (see `keep-alive`), and answered with the address that it came from, so that the peer sees when its NAT gave it another one.
//
// Nothing is remembered, and no credentials are asked for. An answer is 32 octets, 44 to an IPv6 address, to
// a request of at least 20, so that there is nothing in it for whoever would send it to a stranger.
//
// A hot path: 100,000 terminals on UDP ask 4,000 times a second. So octets are written in place, and not joined from lists.

import type { Address } from './transaction-user.ts';

const headOctets = 20;
const magic: readonly number[] = [0x21, 0x12, 0xa4, 0x42];
const bindingRequest = 0x0001;
const bindingSuccess = 0x0101;
const bindingError = 0x0111;
const xorMappedAddress = 0x0020;
const errorCode = 0x0009;
const unknownAttributes = 0x000a;

/** RFC 5389 §15: below this an attribute must be understood. */
const optionalFrom = 0x8000;
/** USERNAME, MESSAGE-INTEGRITY, REALM and NONCE: understood, and of no use where nobody has to prove anything. */
const ofCredentials: ReadonlySet<number> = new Set([0x0006, 0x0008, 0x0014, 0x0015]);
/** More are not named in an answer, however many a request has. */
const mostNamed = 8;

/** A Binding request without attributes, 20 octets. `transaction`: 12 octets (RFC 5389 §6). */
export const printBinding = (transaction: Uint8Array): Uint8Array => stun(bindingRequest, transaction, 0);

/** A Binding success: whose it is, and where the server saw us, as it stands there; undefined where the octets are none. */
export function parseBindingAnswer(
  bytes: Uint8Array,
): { readonly transaction: Uint8Array; readonly mapped: string } | undefined {
  if (!isStun(bytes, bindingSuccess)) return undefined;
  for (let at = headOctets; at + 4 <= bytes.length;) {
    const length = word(bytes, at + 2);
    const value = bytes.subarray(at + 4, at + 4 + length);
    if (value.length < length) return undefined;
    const transaction = bytes.slice(8, headOctets);
    if (word(bytes, at) === xorMappedAddress) return { transaction, mapped: unmasked(value, transaction).join('.') };
    at += 4 + length + ((4 - (length % 4)) % 4);
  }
  return undefined;
}

/** Family, port and address, told apart from transaction to transaction (RFC 5389 §15.2). */
const unmasked = (value: Uint8Array, transaction: Uint8Array): Uint8Array => {
  const plain = value.slice();
  mask(plain, transaction);
  return plain;
};

/** RFC 5389 §15.2, there and back: the port by the cookie, the address by the cookie and what follows it. */
function mask(value: Uint8Array, transaction: Uint8Array): void {
  for (let at = 2; at < value.length; at += 1) {
    const place = at < 4 ? at - 2 : at - 4;
    value[at] = (value[at] ?? 0) ^ ((place < magic.length ? magic[place] : transaction[place - magic.length]) ?? 0);
  }
}

/** A STUN message of this type, of the length that it says. */
const isStun = (bytes: Uint8Array, type: number): boolean =>
  bytes.length >= headOctets &&
  word(bytes, 0) === type &&
  word(bytes, 2) === bytes.length - headOctets &&
  magic.every((octet, at) => bytes[4 + at] === octet);

/**
 * The answer to a Binding request; undefined where the octets are none, or the address is no IP address.
 * That of RFC 3489, without the magic cookie, is passed over: no SIP peer keeps its flow alive by it.
 */
export function answerBinding(bytes: Uint8Array, from: Address): Uint8Array | undefined {
  if (!isStun(bytes, bindingRequest)) return undefined;
  const unknown = unknownIn(bytes);
  if (unknown === undefined) return undefined;
  const transaction = bytes.subarray(8, headOctets);
  if (unknown.length > 0) return refusal(transaction, unknown.slice(0, mostNamed));
  const address = addressOctets(from.host);
  if (address === undefined) return undefined;
  const answer = stun(bindingSuccess, transaction, 8 + address.length);
  answer.set(pair(xorMappedAddress), headOctets);
  answer.set(pair(4 + address.length), headOctets + 2);
  const value = answer.subarray(headOctets + 4);
  value[1] = address.length === 4 ? 1 : 2;
  value.set(pair(from.port), 2);
  value.set(address, 4);
  mask(value, transaction);
  return answer;
}

/** RFC 5389 §7.3.1: 420 names what is not understood. */
function refusal(transaction: Uint8Array, unknown: readonly number[]): Uint8Array {
  const attributes = [...attribute(errorCode, [0, 0, 4, 20]), ...attribute(unknownAttributes, unknown.flatMap(pair))];
  const answer = stun(bindingError, transaction, attributes.length);
  answer.set(attributes, headOctets);
  return answer;
}

/** The attributes that must be understood and are not; undefined where they do not fill the message exactly. */
function unknownIn(bytes: Uint8Array): readonly number[] | undefined {
  const unknown: number[] = [];
  let at = headOctets;
  while (at + 4 <= bytes.length) {
    const type = word(bytes, at);
    if (type < optionalFrom && !ofCredentials.has(type)) unknown.push(type);
    at += 4 + padded(word(bytes, at + 2));
  }
  return at === bytes.length ? unknown : undefined;
}

const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
const pair = (value: number): readonly number[] => [value >> 8, value & 0xff];
const padded = (length: number): number => (length + 3) & ~3;

const attribute = (type: number, value: readonly number[]): readonly number[] => [
  ...pair(type),
  ...pair(value.length),
  ...value,
  ...Array.from({ length: padded(value.length) - value.length }, () => 0),
];

/** A message with room for its attributes. */
function stun(type: number, transaction: Uint8Array, attributeOctets: number): Uint8Array {
  const bytes = new Uint8Array(headOctets + attributeOctets);
  bytes.set(pair(type));
  bytes.set(pair(attributeOctets), 2);
  bytes.set(magic, 4);
  bytes.set(transaction, 8);
  return bytes;
}

/** 4 or 16 octets; undefined where the text is no IP address. An IPv4-mapped one is what it stands for. */
function addressOctets(host: string): readonly number[] | undefined {
  const [address = ''] = host.split('%', 1);
  const dotted = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/i.exec(address);
  if (dotted !== null) {
    const octets = dotted.slice(1).map(Number);
    return octets.every((octet) => octet < 256) ? octets : undefined;
  }
  if (!/^[0-9a-f:]+$/i.test(address)) return undefined;
  const [before = '', after, more] = address.split('::');
  const head = groups(before);
  const tail = groups(after ?? '');
  const missing = 8 - head.length - tail.length;
  if (more !== undefined || (after === undefined ? missing !== 0 : missing < 1)) return undefined;
  const whole = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return whole.every((group) => group <= 0xffff) ? whole.flatMap(pair) : undefined;
}

const groups = (text: string): readonly number[] =>
  text === '' ? [] : text.split(':').map((group) => (group === '' ? Infinity : Number.parseInt(group, 16)));
