// Reads telephone numbers that are written as in their own country, by its numbering plan (libphonenumber's). What it is not
// sure of has no URI: a short number within the house, a local one where no area is told.

import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max';
import { telephoneFields, uriFields, type FieldName } from '../book/field.ts';
import { longestNumber, partedNumber, printTelUri, telUri } from '../book/telephone.ts';

/** How the numbers of a source are written. */
export interface NumberingPlan {
  /** ISO 3166-1, e.g. `CN`: of numbers without a country code. */
  readonly country: CountryCode;
  /** The area of numbers that have none, with its zero where one is dialled: `010`. */
  readonly area?: string | undefined;
}

/** The URI of a number as it is written; undefined where it has none, or says it itself. */
export type TelephoneUri = (written: string) => string | undefined;

export const readingBy =
  ({ country, area }: NumberingPlan): TelephoneUri =>
  (written) => {
    if (written.length > longestNumber || telUri(written) !== undefined) return undefined;
    const { main, extension } = partedNumber(written.normalize('NFKC').replace(/^tel:/i, ''));
    const number = valid(main, country) ?? (area === undefined ? undefined : valid(`${area}${main}`, country));
    return number === undefined ? undefined : printTelUri(number, extension);
  };

function valid(text: string, country: CountryCode): string | undefined {
  // Not a number found within words: `Mon-Fri 010 88888001` is no number to dial.
  const number = parsePhoneNumberFromString(text, { defaultCountry: country, extract: false });
  return number?.isValid() === true && number.ext === undefined ? number.number : undefined;
}

/** Puts the URIs of the numbers into `found`, in the order of the numbers, and takes away those of before. */
export function readNumbers(found: Partial<Record<FieldName, string>>, read: TelephoneUri | undefined): void {
  for (const name of telephoneFields) {
    const value = found[name];
    const uris = value === undefined || read === undefined ? '' : urisOf(value, read);
    if (uris !== '') found[uriFields[name]] = uris;
    else if (found[uriFields[name]] !== undefined) delete found[uriFields[name]];
  }
}

/** A line for each of the numbers, empty where it has no URI. */
function urisOf(value: string, read: TelephoneUri): string {
  if (!value.includes('\n')) return read(value) ?? '';
  const uris = value.split('\n').map((number) => read(number) ?? '');
  return uris.some((uri) => uri !== '') ? uris.join('\n') : '';
}
