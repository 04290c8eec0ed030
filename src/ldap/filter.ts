// A search filter as people write it (RFC 4515), as the bytes of RFC 4511 §4.5.1.7.

import { concat, utf8 } from '../base/bytes.ts';
import { boolean, element, octets, text } from './ber.ts';
import { LdapFault } from './fault.ts';

/** `value` made harmless for a filter: RFC 4515 §3 has `* ( ) \` and NUL escaped. What a person typed goes through here. */
export const filterValue = (value: string): string =>
  value
    .replaceAll('\\', '\\5c')
    .replaceAll('*', '\\2a')
    .replaceAll('(', '\\28')
    .replaceAll(')', '\\29')
    .replaceAll('\0', '\\00');

/** Deeper filters are refused: nobody writes one, and the stack is finite. */
const deepest = 64;

/** RFC 4512 §1.4 and §2.5: a name or a dotted number, with options. */
const description = /^(?:[a-z][a-z0-9-]*|\d+(?:\.\d+)*)(?:;[a-z0-9-]+)*$/i;

/** @throws LdapFault when `filter` is not one; the message says where */
export function printFilter(filter: string): Uint8Array {
  const parser = new FilterParser(filter);
  const printed = parser.filter(0);
  parser.end();
  return printed;
}

/** The attributes that `filter` tests, in lower case and without options. A value holds no "(", so each begins a test. */
export function attributesOfFilter(filter: string): readonly string[] {
  const named = filter.matchAll(/\(\s*([a-z0-9.-]+)[^()=]*=/gi);
  return [...new Set(Array.from(named, ([, name = '']) => name.toLowerCase()))];
}

class FilterParser {
  readonly #text: string;
  #at = 0;

  constructor(filter: string) {
    this.#text = filter;
  }

  filter(depth: number): Uint8Array {
    if (depth > deepest) throw this.#wrong(`nested deeper than ${deepest}`);
    this.#expect('(');
    const printed = this.#component(depth);
    this.#expect(')');
    return printed;
  }

  end(): void {
    if (this.#at < this.#text.length) throw this.#wrong('something after the last parenthesis');
  }

  #component(depth: number): Uint8Array {
    const sign = this.#text[this.#at];
    if (sign !== '&' && sign !== '|' && sign !== '!') return this.#item();
    this.#at += 1;
    if (sign === '!') return element(0xa2, this.filter(depth + 1));
    const parts: Uint8Array[] = [];
    while (this.#text[this.#at] === '(') parts.push(this.filter(depth + 1));
    return element(sign === '&' ? 0xa0 : 0xa1, ...parts); // RFC 4526: (&) is true, (|) is false
  }

  #item(): Uint8Array {
    const end = this.#text.indexOf(')', this.#at);
    const item = this.#text.slice(this.#at, end === -1 ? this.#text.length : end);
    const equals = item.indexOf('=');
    if (equals === -1) throw this.#wrong('no "="');
    const value = item.slice(equals + 1);
    const sign = item[equals - 1] ?? '';
    const compared = comparisons.get(sign);
    const name = item.slice(0, compared === undefined ? equals : equals - 1);
    const printed =
      sign === ':' ? this.#extensible(name, value) : this.#simple(this.#description(name), { value, compared });
    this.#at += item.length;
    return printed;
  }

  #simple(
    name: string,
    { value, compared }: { readonly value: string; readonly compared: number | undefined },
  ): Uint8Array {
    if (compared !== undefined) return element(compared, text(name), octets(this.#value(value)));
    if (value === '*') return text(name, 0x87);
    if (!value.includes('*')) return element(0xa3, text(name), octets(this.#value(value)));
    return element(0xa4, text(name), element(0x30, ...this.#substrings(value)));
  }

  #substrings(value: string): readonly Uint8Array[] {
    const parts = value.split('*');
    const printed = parts.flatMap((part, index) => {
      if (part === '') return [];
      const tag = index === 0 ? 0x80 : index === parts.length - 1 ? 0x82 : 0x81;
      return [octets(this.#value(part), tag)];
    });
    if (printed.length === 0) throw this.#wrong('"**" matches nothing in particular');
    return printed;
  }

  /** `attr:dn:rule:=value`, any of the three but not none (RFC 4515 §3). */
  #extensible(left: string, value: string): Uint8Array {
    const [name = '', ...rest] = left.split(':');
    const dn = rest[0]?.toLowerCase() === 'dn';
    const [rule, ...more] = dn ? rest.slice(1) : rest;
    if (more.length > 0 || (name === '' && rule === undefined)) throw this.#wrong('not an extensible match');
    const parts: Uint8Array[] = [];
    if (rule !== undefined) parts.push(text(this.#description(rule), 0x81));
    if (name !== '') parts.push(text(this.#description(name), 0x82));
    parts.push(octets(this.#value(value), 0x83));
    if (dn) parts.push(boolean(true, 0x84));
    return element(0xa9, ...parts);
  }

  #description(name: string): string {
    if (!description.test(name)) throw this.#wrong(`${JSON.stringify(name)} is not an attribute`);
    return name;
  }

  #value(escaped: string): Uint8Array {
    const [first = '', ...rest] = escaped.split('\\');
    if (/[(\0]/.test(escaped)) throw this.#wrong('"(" in a value is written \\28, NUL \\00');
    const parts = rest.flatMap((part) => {
      if (!/^[0-9a-f]{2}/i.test(part)) throw this.#wrong('"\\" is followed by two hex digits');
      return [Uint8Array.of(Number.parseInt(part.slice(0, 2), 16)), utf8(part.slice(2))];
    });
    return concat([utf8(first), ...parts]);
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) throw this.#wrong(`${JSON.stringify(character)} missing`);
    this.#at += 1;
  }

  #wrong(problem: string): LdapFault {
    return new LdapFault(`not a filter, at character ${this.#at + 1} of ${JSON.stringify(this.#text)}: ${problem}`, {
      section: 'RFC 4515 §3',
    });
  }
}

/** `>=`, `<=`, `~=` by their first character; `:=` is read apart. */
const comparisons: ReadonlyMap<string, number> = new Map([
  ['>', 0xa5],
  ['<', 0xa6],
  ['~', 0xa8],
  [':', 0xa9],
]);
