// What the table of fields makes of an attribute's value (`book/field`): one function a name, `''` for what is not the field's.

import type { Transform } from '../book/field.ts';
import { placeOf } from './place.ts';

/** Exchange's proxyAddresses: `SMTP:` before the first mail address, `smtp:` before each other, `sip:`, `X400:` and more. */
function addressOf(text: string, scheme: RegExp): string {
  const [, found = '', address = ''] = /^([a-z0-9]+):(.*)$/is.exec(text.trim()) ?? [];
  return scheme.test(found) ? address : '';
}

/** A Postal Address (RFC 4517 §3.3.28): lines parted by `$`, which itself stands as `\24`, and `\` as `\5C`. */
const postalLines = (address: string): string =>
  address
    .split('$')
    .map((line) => line.replaceAll(/\\(24|5c)/gi, (_, code: string) => (code === '24' ? '$' : '\\')).trim())
    .filter((line) => line !== '')
    .join(', ');

/** RFC 4514 §2.4: in a value `\` stands before a special character, or before two hexadecimal digits of an octet of UTF-8. */
const escapes = /\\([0-9a-f]{2})|\\(.)/gis;
const firstValue = /^\s*[a-z0-9.-]+\s*=\s*((?:\\.|[^\\,+])*)/is;

const rdn = (dn: string): string => unescaped(firstValue.exec(dn)?.[1] ?? '');

function unescaped(value: string): string {
  try {
    return decodeURIComponent(
      value
        .replaceAll('%', '%25')
        .replaceAll(escapes, (_, octet: string | undefined, character: string) =>
          octet === undefined ? encodeURIComponent(character) : `%${octet}`,
        ),
    ).trim();
  } catch {
    return ''; // the octets are not UTF-8
  }
}

/** Which organizational units count, and how their names are put together. */
export interface Units {
  /** A DN: those below it. Of a DN that is not below it, all. */
  readonly below: string;
  /** Absent: the nearest alone. */
  readonly separator?: string;
}

const components = /(?:\\.|[^\\,])+/gs;
/** RFC 4519 §2.22: `ou` is 2.5.4.11. A component may have several values, with `+`. */
const unitOf = /(?:^|\+)\s*(?:ou|organizationalunitname|(?:oid\.)?2\.5\.4\.11)\s*=\s*((?:\\.|[^\\+])*)/is;

function unitsOf(dn: string, { below, separator }: Units): string {
  const parts = dn.match(components) ?? [];
  const isBelow = below !== '' && placeOf(dn).endsWith(`,${placeOf(below)}`);
  const counted = parts.slice(1, isBelow ? -(below.match(components)?.length ?? 0) : undefined);
  const names = counted.map((part) => unescaped(unitOf.exec(part)?.[1] ?? '')).filter((name) => name !== '');
  return separator === undefined ? (names[0] ?? '') : names.toReversed().join(separator);
}

const latinOnly = /^[\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]*$/u;

export const transformed: Readonly<Record<Transform, (text: string, units: Units) => string>> = {
  lowerCase: (text) => text.toLowerCase(),
  postalLines,
  rdn,
  units: unitsOf,
  primaryMail: (text) => addressOf(text, /^SMTP$/),
  otherMail: (text) => addressOf(text, /^smtp$/i),
  sipAddress: (text) => {
    const address = addressOf(text, /^sip$/i);
    return address === '' ? '' : `sip:${address}`;
  },
  latin: (text) => (latinOnly.test(text) ? text : ''),
  notLatin: (text) => (latinOnly.test(text) ? '' : text),
};
