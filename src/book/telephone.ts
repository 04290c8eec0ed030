// Telephone numbers as they are dialled: `tel:` URIs (RFC 3966), the number in E.164's form and its extension apart.
//
// A number that is written with its country says its URI itself. One that is not (`010-88888001`) is read by the server, which
// knows the country (`server/telephone.ts`), and its URI is a field beside it; a short one within the house (8001) has none.

import { uriFields, type TelephoneField } from './field.ts';
import type { Fields } from './person.ts';

/** No run of spaces in it: such a pattern would take its time over many of them. */
const extension = /(?:ext=|ext(?:ension|n)?\.?|durchwahl|x|转|轉|分机|分機|内线|內線|内線|#)[.:：]?\s?(\d{1,11})$/iu;
const between = /[\s,;]+$/u;
/** What is longer is no number. */
export const longestNumber = 100;

export interface WrittenNumber {
  readonly main: string;
  /** Digits. */
  readonly extension?: string;
}

/** `010-88888001 转 12`: the number, and its extension. */
export function partedNumber(written: string): WrittenNumber {
  const text = written.trim();
  const found = text.length > longestNumber ? null : extension.exec(text);
  if (found?.[1] === undefined) return { main: text };
  return { main: text.slice(0, found.index).replace(between, ''), extension: found[1] };
}

/** E.164: 15 digits at most, the first of which is no zero; of fewer than 7 there is no subscriber. */
const international = /^\+[1-9]\d{6,14}$/;

/** `digits` with a `+` before them. */
export const printTelUri = (digits: string, extensionDigits?: string): string =>
  `tel:${digits}${extensionDigits === undefined ? '' : `;ext=${extensionDigits}`}`;

/** The URI of a number that is written with its country; undefined for any other. */
export function telUri(written: string): string | undefined {
  if (written.length > longestNumber) return undefined;
  const { main, extension: own } = partedNumber(written.normalize('NFKC').trim().replace(/^tel:/i, ''));
  // `+44 (0)20 7946 0018`: the zero is dialled only where the code is not.
  const bare = main.replace(/^(\+[\d\s]*)\(0\)/, '$1').replaceAll(/[\s()./-]+/g, '');
  return international.test(bare) ? printTelUri(bare, own) : undefined;
}

export interface DialledNumber {
  /** As the source has it. */
  readonly written: string;
  readonly uri?: string;
}

/** The numbers in a field, each with its URI where it has one. */
export function numbersOf(fields: Fields, name: TelephoneField): readonly DialledNumber[] {
  const read = fields[uriFields[name]]?.split('\n') ?? [];
  return (fields[name]?.split('\n') ?? []).map((written, at) => {
    const uri = telUri(written) ?? read[at] ?? '';
    return uri === '' ? { written } : { written, uri };
  });
}
