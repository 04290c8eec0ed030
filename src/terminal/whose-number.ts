// Whose number this is, in whatever way it and the ones it is compared with are written: what a caller is known by.
//
// Of two numbers that both say their country all digits count. Where one does not, it is the end of the other: a number without its
// country, or without its area too (E.164's subscriber number; of fewer than seven digits there is none). A short number is one of
// the house: it is somebody's as it is or as an extension, or else the end of one from four digits on.

import { telephoneFields } from '../book/field.ts';
import type { Person } from '../book/person.ts';
import { shown, type PersonalEntry } from '../book/personal-entry.ts';
import type { EnterpriseQuestions } from './enterprise-questions.ts';
import { TerminalFault } from './terminal-fault.ts';
import { longestNumber, numbersOf, partedNumber, telUri } from '../book/telephone.ts';
import type { LookUp } from './look-up.ts';

/** `held`: among the entries, or nowhere else for the reason in `words`. */
export type NumberOwners = Pick<LookUp, 'source' | 'words' | 'persons'>;

interface Read {
  readonly digits: string;
  /** The digits begin with the country's. */
  readonly international: boolean;
  readonly extension?: string;
}

const fewest = { any: 3, house: 4, subscriber: 7 };
const most = 15;

/** The number that is in a text: `Tel. +86 (10) 8888-8001 ext. 12`, `tel:010-88888001`, `sip:+861088888001@example.com`. */
function numberIn(text: string): Read | undefined {
  if (text.length > longestNumber) return undefined;
  // What is copied from another program has marks of direction around it, and dashes of every kind.
  const plain = text
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/\p{Pd}/gu, '-')
    .trim();
  const { main, extension } = partedNumber(plain.replace(/^[\p{L} ]{0,20}[.:] ?/u, '').replace(/@.*$/u, ''));
  if (!/^[+(\d][\d\s()./-]*$/.test(main)) return undefined;
  // `+44 (0)20 7946 0018`: the zero is dialled only where the code is not.
  const all = main.replace(/(?<=^(?:\+|00)[\d\s]*)\(0\)/, '').replaceAll(/\D+/g, '');
  const plus = main.startsWith('+');
  const international = plus || (all.startsWith('00') && all.length > fewest.subscriber + 2);
  // What dials out of a country, and the zero before an area, are in no number that begins with its country.
  const dialled = international ? /^00/ : /^0(?=\d{6})/;
  const digits = plus ? all : all.replace(dialled, '');
  if (digits.length < fewest.any || digits.length > most) return undefined;
  return { digits, international, ...(extension !== undefined && { extension }) };
}

/** How sure it is, the surest last; 0: it is another number. */
function likeness(asked: Read, kept: Read): number {
  const extensions = asked.extension !== undefined && kept.extension !== undefined;
  if (extensions && asked.extension !== kept.extension) return 0;
  if (asked.digits === kept.digits) return asked.international === kept.international ? 4 : 3;
  if (!asked.international && asked.digits === kept.extension) return 3;
  if (asked.international && kept.international) return 0;
  const [shorter, longer] = asked.digits.length < kept.digits.length ? [asked, kept] : [kept, asked];
  if (shorter.international || !longer.digits.endsWith(shorter.digits)) return 0;
  if (shorter.digits.length >= fewest.subscriber) return 2;
  return shorter === asked && shorter.digits.length >= fewest.house ? 1 : 0;
}

function numbersKept(person: Person | PersonalEntry): readonly string[] {
  const fields = 'base' in person ? shown(person) : person.fields;
  const own = 'base' in person ? person.own.numbers.map(({ number }) => number) : [];
  const dialled = telephoneFields.flatMap((field) => numbersOf(fields, field));
  return [...dialled.map(({ written, uri }) => uri ?? written), ...own.map((number) => telUri(number) ?? number)];
}

/** Of `people` those whose number it is for the surest reason that there is for any of them. */
export function ownersOf<Each extends Person | PersonalEntry>(people: readonly Each[], text: string): readonly Each[] {
  const asked = numberIn(text);
  if (asked === undefined) return [];
  const found = people
    .map((person) => {
      const kept = numbersKept(person).flatMap((number) => numberIn(number) ?? []);
      return { person, likeness: Math.max(0, ...kept.map((each) => likeness(asked, each))) };
    })
    .filter((each) => each.likeness > 0);
  const surest = Math.max(0, ...found.map((each) => each.likeness));
  return found.filter((each) => each.likeness === surest).map(({ person }) => person);
}

/** Among `entries`; where nobody's it is, among all who may be seen. */
export async function whoseNumber(
  text: string,
  entries: readonly PersonalEntry[],
  enterprise: Pick<EnterpriseQuestions, 'lookUp'>,
): Promise<NumberOwners> {
  const asked = numberIn(text);
  if (asked === undefined) return { source: 'held', words: 'This is not a telephone number.', persons: [] };
  const held = ownersOf(entries, text).map((entry) => ({ id: entry.person, fields: shown(entry) }));
  if (held.length > 0) return { source: 'held', words: '', persons: held };
  try {
    const { persons } = await enterprise.lookUp(`${asked.international ? '+' : ''}${asked.digits}`, {});
    return { source: 'enterprise', words: '', persons: ownersOf(persons, text) };
  } catch (fault) {
    if (!(fault instanceof TerminalFault)) throw fault;
    return { source: 'held', words: `Only among your own entries: ${fault.message}`, persons: [] };
  }
}
