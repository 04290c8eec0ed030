// What we say to a directory (RFC 4511 §4.2 to §4.12), as bytes. Limits of time are 0 (none): other
// clients' default of 10 s ends a large refresh on a busy server. Aliases are never dereferenced.

import { utf8 } from '../base/bytes.ts';
import { boolean, element, enumerated, integer, octets, text, universal } from './ber.ts';
import type { Control } from './message.ts';
import { printFilter } from './filter.ts';
import { LdapFault } from './fault.ts';

type Scope = 'base' | 'one' | 'subtree';

export interface Search {
  readonly base: string;
  readonly scope: Scope;
  /** RFC 4515; values are escaped by `filterValue`. */
  readonly filter: string;
  /** Attribute descriptions to give; '1.1' alone for none (RFC 4511 §4.5.1.8). */
  readonly attributes: readonly string[];
  /** 0: as many as there are. */
  readonly sizeLimit: number;
}

export type NewAttributes = Readonly<Record<string, readonly (string | Uint8Array)[]>>;

/** §4.6. `replace` without values takes the attribute away. */
export interface Modification {
  readonly kind: 'add' | 'delete' | 'replace';
  readonly attribute: string;
  readonly values: readonly (string | Uint8Array)[];
}

export interface Renaming {
  readonly dn: string;
  readonly newRdn: string;
  readonly deleteOldRdn: boolean;
  /** The DN of the new parent; absent where the entry stays under its own. */
  readonly newParent?: string;
}

export type Request =
  | { readonly kind: 'bind'; readonly dn: string; readonly password: string }
  | { readonly kind: 'search'; readonly search: Search }
  | { readonly kind: 'add'; readonly dn: string; readonly attributes: NewAttributes }
  | { readonly kind: 'modify'; readonly dn: string; readonly modifications: readonly Modification[] }
  | { readonly kind: 'delete'; readonly dn: string }
  | { readonly kind: 'rename'; readonly renaming: Renaming }
  | { readonly kind: 'start-tls' }
  | { readonly kind: 'abandon'; readonly id: number }
  | { readonly kind: 'unbind' };

const scopes: Readonly<Record<Scope, number>> = { base: 0, one: 1, subtree: 2 };
const modificationKinds = { add: 0, delete: 1, replace: 2 } as const;
const neverDereference = enumerated(0);
const noTimeLimit = integer(0);
const startTls = '1.3.6.1.4.1.1466.20037';

/** @throws LdapFault when the request must not be sent: an empty password, a filter that is none */
export function printRequest(id: number, request: Request, ...controls: readonly Control[]): Uint8Array {
  const parts = [integer(id), printOperation(request)];
  if (controls.length > 0) parts.push(element(0xa0, ...controls.map(printControl)));
  return element(universal.sequence, ...parts);
}

function printControl({ type, critical, value }: Control): Uint8Array {
  const parts = [text(type)];
  if (critical) parts.push(boolean(true));
  if (value !== undefined) parts.push(octets(value));
  return element(universal.sequence, ...parts);
}

function printOperation(request: Request): Uint8Array {
  switch (request.kind) {
    case 'bind':
      return printBind(request);
    case 'search':
      return printSearch(request.search);
    case 'add':
      return element(0x68, text(request.dn), printAttributes(request.attributes));
    case 'modify':
      return element(
        0x66,
        text(request.dn),
        element(universal.sequence, ...request.modifications.map(printModification)),
      );
    case 'delete':
      return text(request.dn, 0x4a);
    case 'rename':
      return printRenaming(request.renaming);
    case 'start-tls':
      return element(0x77, text(startTls, 0x80));
    case 'abandon':
      return integer(request.id, 0x50);
    case 'unbind':
      return element(0x42);
  }
}

function printBind({ dn, password }: { readonly dn: string; readonly password: string }): Uint8Array {
  // RFC 4513 §5.1.2: a name with an empty password is an "unauthenticated bind", which many servers
  // answer with success. A log-in that let it pass would let everybody in.
  if (dn !== '' && password === '')
    throw new LdapFault(`an empty password for ${dn} proves nothing and is not sent; give the account's password`, {
      section: 'RFC 4513 §5.1.2',
      code: 49,
    });
  return element(0x60, integer(3), text(dn), text(password, 0x80));
}

const printSearch = (search: Search): Uint8Array =>
  element(
    0x63,
    text(search.base),
    enumerated(scopes[search.scope]),
    neverDereference,
    integer(search.sizeLimit),
    noTimeLimit,
    boolean(false),
    printFilter(search.filter),
    element(universal.sequence, ...search.attributes.map((name) => text(name))),
  );

const printValue = (value: string | Uint8Array): Uint8Array => octets(typeof value === 'string' ? utf8(value) : value);

const printAttribute = (name: string, values: readonly (string | Uint8Array)[]): Uint8Array =>
  element(universal.sequence, text(name), element(universal.set, ...values.map(printValue)));

const printAttributes = (attributes: NewAttributes): Uint8Array =>
  element(universal.sequence, ...Object.entries(attributes).map(([name, values]) => printAttribute(name, values)));

const printModification = ({ kind, attribute, values }: Modification): Uint8Array =>
  element(universal.sequence, enumerated(modificationKinds[kind]), printAttribute(attribute, values));

function printRenaming({ dn, newRdn, deleteOldRdn, newParent }: Renaming): Uint8Array {
  const parts = [text(dn), text(newRdn), boolean(deleteOldRdn)];
  if (newParent !== undefined) parts.push(text(newParent, 0x80));
  return element(0x6c, ...parts);
}
