// Telephone numbers by their digits, however they are written: `+86 10 8888-8001`, `010-88888001`, `8001`.

import { bare } from './bare-text.ts';
import { partedNumber } from './telephone.ts';

/** What is written like a number: digits and what people put between them. */
const numberLike = /^[+(\d][\d\s()+./-]*$/;

// `+44 (0)20 7946 0018`: the zero is dialled only where the code is not.
const digitsIn = (text: string): string => text.replace(/(?<=^(?:\+|00)[\d\s]*)\(0\)/, '').replaceAll(/\D+/g, '');

/** The numbers that are in a value: its digits, and those of an extension apart. */
export function keptDigits(value: string): readonly string[] {
  const text = bare(value).replace(/^tel:/, '');
  const { main: number, extension: own } = partedNumber(text);
  const main = digitsIn(number);
  return own === undefined ? [main] : [main, own, `${main}${own}`];
}

export interface DigitsAsked {
  /** Whoever has one of these somewhere in a number. */
  readonly within: readonly string[];
  /** Whoever has one of these as a number. */
  readonly whole: readonly string[];
}

/** ITU-T E.164: country codes of one and of two digits; all others have three. */
const oneDigit = /^[17]/;
const twoDigits = /^(?:2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

const codeLength = (digits: string): number => (oneDigit.test(digits) ? 1 : twoDigits.test(digits) ? 2 : 3);

/** Fewer digits than these are no telephone number that could be told from others. */
const fewest = 3;

/** `typed`, which is folded, as digits to look for; undefined where it is not written like a number. */
export function askedDigits(typed: string): DigitsAsked | undefined {
  if (!numberLike.test(typed)) return undefined;
  const all = digitsIn(typed);
  if (all.length < fewest) return undefined;
  const international = typed.startsWith('+') ? all : all.startsWith('00') ? all.slice(2) : undefined;
  if (international === undefined) {
    // A zero before the area is not in the number with its country code; one that is all zeros is looked for as it is.
    const area = all.replace(/^0/, '');
    return { within: area.length >= fewest && area !== all ? [all, area] : [all], whole: [] };
  }
  const national = international.slice(codeLength(international)).replace(/^0/, '');
  return {
    within: international === all || international.length < fewest ? [all] : [all, international],
    whole: national.length > fewest ? [national, `0${national}`] : [],
  };
}

export const hasDigits = (kept: readonly string[], { within, whole }: DigitsAsked): boolean =>
  kept.some((number) => whole.includes(number) || within.some((digits) => number.includes(digits)));

/** All digits of a number, without the zeros that it is dialled with before its area or country, and those of its extension. */
export function wholeNumber(written: string): { readonly digits: string; readonly extension: string } {
  const [main = '', extension = ''] = keptDigits(written);
  return { digits: main.replace(/^0+/, ''), extension };
}

/** ITU-T E.164: of fewer there is no subscriber. It is a number within one house, and another's in the next. */
export const fewestOfSubscriber = 7;

/** Whether two are one number, with its country or without: the one then ends with the other. */
export function isSameNumber(one: string, other: string): boolean {
  const [first, second] = [wholeNumber(one), wholeNumber(other)];
  if (first.digits === '' || second.digits === '') return one === other;
  if (first.extension !== second.extension) return false;
  if (Math.min(first.digits.length, second.digits.length) < fewestOfSubscriber) return first.digits === second.digits;
  return first.digits.endsWith(second.digits) || second.digits.endsWith(first.digits);
}
