// What a directory says (RFC 4511 §4.1.1): a message ID, one operation, controls. Message ID 0 is
// what nobody asked for (§4.4), such as the notice of disconnection.

import { readAttributes, type AttributeNames, type Attributes } from './attributes.ts';
import { BerReader, universal } from './ber.ts';
import { LdapFault } from './fault.ts';

/** LDAPResult (RFC 4511 §4.1.9). */
export interface Result {
  readonly code: number;
  readonly matchedDn: string;
  readonly diagnostic: string;
}

type Answered = 'bind' | 'search' | 'modify' | 'add' | 'delete' | 'rename' | 'extended';

type Operation =
  | { readonly kind: 'entry'; readonly dn: string; readonly attributes: Attributes }
  /** A search continuation (§4.5.3). It is never followed: it would lead out of the configured directory. */
  | { readonly kind: 'reference' }
  /** `name` is the response name of an extended operation, else ''. */
  | { readonly kind: 'result'; readonly of: Answered; readonly result: Result; readonly name: string }
  | { readonly kind: 'intermediate'; readonly name: string; readonly value: Uint8Array | undefined };

export interface Control {
  readonly type: string;
  readonly critical: boolean;
  readonly value: Uint8Array | undefined;
}

export interface LdapMessage {
  readonly id: number;
  readonly operation: Operation;
  readonly controls: readonly Control[];
}

/** §4.4.1. */
export const noticeOfDisconnection = '1.3.6.1.4.1.1466.20036';

const answered: ReadonlyMap<number, Answered> = new Map([
  [0x61, 'bind'],
  [0x65, 'search'],
  [0x67, 'modify'],
  [0x69, 'add'],
  [0x6b, 'delete'],
  [0x6d, 'rename'],
  [0x78, 'extended'],
]);

const entryTag = 0x64;
const referenceTag = 0x73;
const intermediateTag = 0x79;
const controlsTag = 0xa0;
const noControls: readonly Control[] = [];

/**
 * @param bytes exactly one message, as `MessageStream` gives it
 * @param names of the connection, so that each is decoded once
 * @throws LdapFault when it is not one that a server may send
 */
export function parseMessage(bytes: Uint8Array, names: AttributeNames): LdapMessage {
  const reader = new BerReader(bytes);
  const end = reader.open(universal.sequence);
  const id = reader.integer();
  if (id < 0) throw new LdapFault(`message ID ${id}`, { section: 'RFC 4511 §4.1.1.1' });
  const operation = readOperation(reader, names);
  const controls = reader.peek() === controlsTag ? readControls(reader) : noControls;
  reader.leave(end);
  return { id, operation, controls };
}

function readOperation(reader: BerReader, names: AttributeNames): Operation {
  const tag = reader.peek();
  switch (tag) {
    case entryTag: {
      const end = reader.open(tag);
      const dn = reader.text();
      const attributes = readAttributes(reader, names);
      reader.leave(end);
      return { kind: 'entry', dn, attributes };
    }
    case referenceTag:
      reader.skip();
      return { kind: 'reference' };
    case intermediateTag:
      return readIntermediate(reader);
    default: {
      const of = answered.get(tag);
      if (of === undefined)
        throw new LdapFault(`operation ${tag}, which no server sends`, { section: 'RFC 4511 §4.2 to §4.13' });
      return readResult(reader, { tag, of });
    }
  }
}

function readResult(reader: BerReader, { tag, of }: { readonly tag: number; readonly of: Answered }): Operation {
  const end = reader.open(tag);
  const code = reader.integer(universal.enumerated);
  const matchedDn = reader.text();
  const diagnostic = reader.text();
  let name = '';
  while (reader.at < end)
    if (reader.peek() === 0x8a) name = reader.text(0x8a);
    else reader.skip(); // referrals (0xa3), SASL credentials (0x87), values (0x8b): none is followed or used
  reader.close(end);
  return { kind: 'result', of, result: { code, matchedDn, diagnostic }, name };
}

function readIntermediate(reader: BerReader): Operation {
  const end = reader.open(intermediateTag);
  const name = reader.peek() === 0x80 ? reader.text(0x80) : '';
  const value = reader.at < end && reader.peek() === 0x81 ? reader.octets(0x81) : undefined;
  reader.leave(end);
  return { kind: 'intermediate', name, value };
}

function readControls(reader: BerReader): readonly Control[] {
  const controls: Control[] = [];
  const listEnd = reader.open(controlsTag);
  while (reader.at < listEnd) {
    const end = reader.open(universal.sequence);
    const type = reader.text();
    const critical = reader.at < end && reader.peek() === universal.boolean ? reader.boolean() : false;
    const value = reader.at < end && reader.peek() === universal.octets ? reader.octets() : undefined;
    reader.leave(end);
    controls.push({ type, critical, value });
  }
  reader.close(listEnd);
  return controls;
}
