// What a client asks, as a server reads it: for servers that are played.

import { textOf } from '../../src/base/bytes.ts';
import { BerReader, universal } from '../../src/ldap/ber.ts';

export interface Asked {
  readonly id: number;
  /** The operation's tag: 0x60 a bind, 0x63 a search, 0x42 an unbind, 0x50 an abandon. */
  readonly tag: number;
  readonly base: string;
  readonly scope: number;
  readonly sizeLimit: number;
  /** As it was sent. */
  readonly filter: Uint8Array;
  readonly attributes: readonly string[];
  /** Values by type; empty where there is none. */
  readonly controls: ReadonlyMap<string, Uint8Array>;
}

export function readRequest(message: Uint8Array): Asked {
  const reader = new BerReader(message);
  const end = reader.open(universal.sequence);
  const id = reader.integer();
  const tag = reader.peek();
  const search = { base: '', scope: 0, sizeLimit: 0, filter: new Uint8Array(0), attributes: [] as string[] };
  if (tag === 0x63) readSearch(reader, search);
  else reader.skip();
  const controls = reader.at < end ? readControls(reader) : new Map<string, Uint8Array>();
  return { id, tag, ...search, controls };
}

function readSearch(reader: BerReader, into: { -readonly [Name in keyof Asked]?: Asked[Name] }): void {
  const end = reader.open(0x63);
  into.base = reader.text();
  into.scope = reader.integer(universal.enumerated);
  reader.integer(universal.enumerated);
  into.sizeLimit = reader.integer();
  reader.integer();
  reader.boolean();
  into.filter = reader.octets(reader.peek());
  const attributes: string[] = [];
  const listEnd = reader.open(universal.sequence);
  while (reader.at < listEnd) attributes.push(reader.text());
  into.attributes = attributes;
  reader.close(end);
}

function readControls(reader: BerReader): ReadonlyMap<string, Uint8Array> {
  const controls = new Map<string, Uint8Array>();
  const listEnd = reader.open(0xa0);
  while (reader.at < listEnd) {
    const end = reader.open(universal.sequence);
    const type = reader.text();
    if (reader.peek() === universal.boolean && reader.at < end) reader.boolean();
    controls.set(type, reader.at < end ? reader.octets() : new Uint8Array(0));
  }
  return controls;
}

/** The values of all tests for equality with `attribute` in a filter as it was sent. */
export function testedFor(filter: Uint8Array, attribute: string): readonly Uint8Array[] {
  // Its head was read off: what follows is a test itself, or tests one after another.
  const found: Uint8Array[] = [];
  const reader = new BerReader(filter);
  while (reader.peek() !== -1) {
    const tag = reader.peek();
    const content = reader.octets(tag);
    if (tag === 0xa0 || tag === 0xa1) found.push(...testedFor(content, attribute));
    if (tag !== 0xa3) continue;
    const test = new BerReader(content);
    if (test.text().toLowerCase() === attribute) found.push(test.octets());
  }
  return found;
}

/** The number in a filter `(attribute>=number)`; undefined in any other. */
export function atLeast(filter: Uint8Array, attribute: string): number | undefined {
  try {
    const reader = new BerReader(filter);
    return reader.text().toLowerCase() === attribute ? Number(textOf(reader.octets())) : undefined;
  } catch {
    return undefined; // tests one after another
  }
}
