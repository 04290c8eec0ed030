// What a field's value may be. A directory's values are put right where they can be; an
// administrator's are refused with a word on what would be right.

import { fields, type FieldName } from '../book/field.ts';
import { isPersonId } from '../book/person-id.ts';

/** In UTF-16 units; a `list` field's is for all of its values together. */
export const longest = { one: 1024, list: 8192 } as const;

const plain = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;
/** Control characters and line separators; and what turns the direction of text or hides in it, with which one name can pose as another. */
const unseen =
  /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufff9-\ufffb\p{Cs}]/gu;
const spaces = /[\s\u3000]+/gu;

/** `text` on one line in NFC, without what cannot be seen, at most `most` long. */
export function cleaned(text: string, most: number = longest.one): string {
  if (text.length <= most && plain.test(text)) return text;
  const whole = text
    .replaceAll(/[\r\n\t]+/g, ' ')
    .replaceAll(unseen, '')
    .normalize('NFC')
    .replaceAll(spaces, ' ')
    .trim();
  if (whole.length <= most) return whole;
  const cut = whole.slice(0, most);
  // A character of another plane is two units: half of one is none.
  return (/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut).trim();
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Values of a `list` field as one: cleaned, each once, sorted (a directory's values have no order), as many as there is room for. */
export function joined(values: readonly string[]): string {
  const once = [...new Set(values.map((value) => cleaned(value)))].filter((value) => value !== '').sort(compare);
  let text = '';
  for (const value of once) {
    const next = text === '' ? value : `${text}\n${value}`;
    if (next.length > longest.list) break;
    text = next;
  }
  return text;
}

const telephone = /^\+?[\d\s()./-]*\d[\d\s()./-]*(?:\s*(?:[,;]\s*)?(?:ext\.?|x|#|转|分机)?\s*\d{1,8})?$/iu;
const mail = /^[^\s@]{1,256}@[^\s@]{1,256}$/u;
const sip = /^sips?:[^\s<>"]{1,500}$/iu;

/**
 * What is wrong with `value`, already cleaned, for the field, and what would be right; undefined where
 * nothing is. Whether a person ID is somebody's is not looked at.
 */
export function problemOf(field: FieldName, value: string): string | undefined {
  const { label, kind } = fields[field];
  const wrong = (right: string): string => `${label.en}: ${JSON.stringify(value.slice(0, 80))} is not right; ${right}`;
  const most = kind === 'list' ? longest.list : longest.one;
  if (value.length > most) return wrong(`at most ${most} characters`);
  switch (kind) {
    case 'telephone':
      return telephone.test(value)
        ? undefined
        : wrong('digits, with + ( ) - . / and spaces between, e.g. +86 10 8888 8001 ext. 12');
    case 'mail':
      return mail.test(value) ? undefined : wrong('a mail address has one @, e.g. ada@example.com');
    case 'sip':
      return sip.test(value) ? undefined : wrong('a SIP address begins with sip:, e.g. sip:ada@example.com');
    case 'person':
      return isPersonId(value) ? undefined : wrong('it must be the ID of a person in this book');
    case 'uris':
      return wrong('it is made of the telephone number');
    case 'photo':
      return wrong('it is given as a picture, not as text');
    case 'text':
    case 'list':
      return undefined;
  }
}
