import { textOf } from '../base/bytes.ts';
import { universal, type BerReader } from './ber.ts';

/**
 * An entry's attributes by description: the base in lower case, then its options, lower case and
 * sorted (`cn;lang-zh`). Values are views of the received bytes: read them before the next chunk, or copy.
 */
export type Attributes = ReadonlyMap<string, readonly Uint8Array[]>;

/** RFC 4512 §2.5: descriptions are compared without regard to case or to the order of options. */
export function attributeName(description: string): string {
  const lower = description.toLowerCase();
  const first = lower.indexOf(';');
  if (first === -1) return lower;
  const options = lower.slice(first + 1).split(';');
  return options.length === 1 ? lower : [lower.slice(0, first), ...options.sort()].join(';');
}

/** A directory names the same two dozen attributes in every entry; more than this many is a hostile one. */
const mostNames = 4096;

/**
 * Attribute names by their bytes, so that a name is decoded once and not once an entry: of the
 * 1,500,000 of a first load of 100,000 people, all but some twenty come from here.
 */
export class AttributeNames {
  readonly #byHash = new Map<number, { readonly bytes: Uint8Array; readonly name: string }>();

  /** The name that `bytes` have from `from` to `to`; no view is made of one that is known. */
  of(bytes: Uint8Array, from = 0, to: number = bytes.length): string {
    let hash = to - from;
    for (let index = from; index < to; index += 1) hash = (Math.imul(hash, 31) + (bytes[index] ?? 0)) | 0;
    const known = this.#byHash.get(hash);
    if (known !== undefined && stands(known.bytes, bytes, { from, to })) return known.name;
    const own = bytes.slice(from, to);
    const name = attributeName(textOf(own));
    if (this.#byHash.size < mostNames) this.#byHash.set(hash, { bytes: own, name });
    return name;
  }
}

function stands(name: Uint8Array, bytes: Uint8Array, at: { readonly from: number; readonly to: number }): boolean {
  if (name.length !== at.to - at.from) return false;
  for (let index = 0; index < name.length; index += 1) if (name[index] !== bytes[at.from + index]) return false;
  return true;
}

/** PartialAttributeList (RFC 4511 §4.5.2). */
export function readAttributes(reader: BerReader, names: AttributeNames): Attributes {
  const attributes = new Map<string, readonly Uint8Array[]>();
  const listEnd = reader.open(universal.sequence);
  while (reader.at < listEnd) {
    const end = reader.open(universal.sequence);
    const nameEnd = reader.open(universal.octets);
    const name = names.of(reader.bytes, reader.at, nameEnd);
    reader.leave(nameEnd);
    const values = readValues(reader);
    reader.leave(end);
    const before = attributes.get(name);
    attributes.set(name, before === undefined ? values : [...before, ...values]);
  }
  reader.close(listEnd);
  return attributes;
}

const none: readonly Uint8Array[] = [];

function readValues(reader: BerReader): readonly Uint8Array[] {
  const end = reader.open(universal.set);
  if (reader.at === end) return none;
  // Nearly every attribute has one; an array that is pushed to reserves room for seventeen.
  const values = [reader.octets()];
  while (reader.at < end) values.push(reader.octets());
  reader.close(end);
  return values;
}
