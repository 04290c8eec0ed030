// How somebody is reached: addresses that another program of this machine takes.

import { numbersOf, type Fields, type TelephoneField } from '../../../browser/browser.ts';

const called: readonly TelephoneField[] = ['officeTelephone', 'mobileTelephone', 'otherTelephones', 'homeTelephone'];

/** What programs that dial take of a number that has no URI: it is one within the house. */
const plainUri = (written: string): string => `tel:${written.replaceAll(/[^\d+*#]/g, '')}`;

export const telephoneUri = (fields: Fields, field: TelephoneField, at: number): string => {
  const number = numbersOf(fields, field)[at];
  return number === undefined ? '' : (number.uri ?? plainUri(number.written));
};

export function callUri(fields: Fields): string | undefined {
  const field = called.find((name) => fields[name] !== undefined);
  return field === undefined ? fields.sipAddress : telephoneUri(fields, field, 0);
}

export function messageUri(fields: Fields): string | undefined {
  if (fields.sipAddress !== undefined) return fields.sipAddress;
  return fields.mobileTelephone === undefined
    ? undefined
    : telephoneUri(fields, 'mobileTelephone', 0).replace(/^tel:/, 'sms:');
}

export const mailUri = ({ mail }: Fields): string | undefined =>
  mail === undefined ? undefined : `mailto:${encodeURIComponent(mail).replaceAll('%40', '@')}`;
