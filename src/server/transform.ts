// What the table of fields makes of an attribute's value (`book/field`): one function a name, `''` for what is not the field's.

import type { Transform } from '../book/field.ts';

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

function rdn(dn: string): string {
  const value = firstValue.exec(dn)?.[1];
  if (value === undefined) return '';
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

const latinOnly = /^[\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]*$/u;

export const transformed: Readonly<Record<Transform, (text: string) => string>> = {
  lowerCase: (text) => text.toLowerCase(),
  postalLines,
  rdn,
  primaryMail: (text) => addressOf(text, /^SMTP$/),
  otherMail: (text) => addressOf(text, /^smtp$/i),
  sipAddress: (text) => {
    const address = addressOf(text, /^sip$/i);
    return address === '' ? '' : `sip:${address}`;
  },
  latin: (text) => (latinOnly.test(text) ? text : ''),
  notLatin: (text) => (latinOnly.test(text) ? '' : text),
};
