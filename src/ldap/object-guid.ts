// Active Directory's name of an object for life: 16 octets, of which the first three fields of the text form
// are little-endian (MS-DTYP 2.3.4.2). Taken as a plain UUID it would still be unique, but no tool of
// Windows would find the person by it.

import type { Attributes } from './attributes.ts';
import { LdapFault } from './fault.ts';
import { keyOf, type EntryKey } from './sync.ts';

/** Where each octet of the text stands among those of the attribute; its own inverse. */
const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** @throws LdapFault when `bytes` are not 16 */
export function guidOf(bytes: Uint8Array): EntryKey {
  if (bytes.length !== 16) throw malformed(`an objectGUID of ${bytes.length} bytes`);
  return keyOf(Uint8Array.from(order, (at) => bytes[at] ?? 0));
}

/** @throws LdapFault when the entry has none: it was asked for, and every object has one */
export function guidOfEntry(attributes: Attributes): EntryKey {
  const [guid] = attributes.get('objectguid') ?? [];
  if (guid === undefined) throw malformed('an object without objectGUID');
  return guidOf(guid);
}

/** `(objectGUID=\8b\a8...)`, which finds the object. */
export function guidFilter(key: EntryKey): string {
  const digits = key.replaceAll('-', '');
  return `(objectGUID=${order.map((at) => `\\${digits.slice(at * 2, at * 2 + 2)}`).join('')})`;
}

const malformed = (problem: string): LdapFault => new LdapFault(problem, { section: 'MS-ADTS 3.1.1.1.4' });
