// How a contact that is in no book yet is told.

import type { OwnContact } from '../../../browser/browser.ts';

export function nameOfContact({ values = {}, nickname = '' }: OwnContact): string {
  const { name, chineseName, englishName, givenName, surname, company, mail } = values;
  const whole = name ?? chineseName ?? englishName ?? [givenName, surname].filter(Boolean).join(' ');
  return whole || nickname || (company ?? mail ?? '');
}

/** What tells people of one name apart. */
export function aboutContact({ values = {}, numbers = [] }: OwnContact): string {
  const { company, mail, mobileTelephone, officeTelephone, otherTelephones } = values;
  const number = mobileTelephone ?? officeTelephone ?? otherTelephones?.split('\n', 1)[0] ?? numbers[0]?.number;
  return [company, number, mail].filter(Boolean).join(' · ');
}
