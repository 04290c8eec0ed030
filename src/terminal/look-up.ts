// Look-up among the entries that are held, for when there is no server: every word must occur somewhere
// in what is shown, or in what the employee wrote.

import { fieldNames, fields } from '../book/field.ts';
import type { Person } from '../book/person.ts';
import { nameOf, shown, type PersonalEntry } from '../book/personal-entry.ts';

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

export interface LookUp {
  /** `enterprise`: everyone who may be seen. `held`: only the personal address book, for the reason in `words`. */
  readonly source: 'enterprise' | 'held';
  readonly words: string;
  readonly total: number;
  readonly persons: readonly Person[];
}

export function lookUpAmong(
  entries: readonly PersonalEntry[],
  text: string,
  { limit, offset }: Page,
): Pick<LookUp, 'total' | 'persons'> {
  const words = folded(text)
    .split(/\s+/)
    .filter((word) => word !== '');
  const found = entries
    .filter((entry) => {
      const all = haystack(entry);
      return words.every((word) => all.includes(word));
    })
    .sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  const persons = found.slice(offset, offset + limit).map((entry) => ({ id: entry.person, fields: shown(entry) }));
  return { total: found.length, persons };
}

const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

function haystack(entry: PersonalEntry): string {
  const { nickname, note, groups, numbers } = entry.own;
  const values = shown(entry);
  const texts = fieldNames.filter((name) => fields[name].kind !== 'photo').flatMap((name) => values[name] ?? []);
  const telephones = [...numbers.map((each) => each.number), ...texts.filter((each) => /^[\d\s()+./-]+$/.test(each))];
  // A number is found by its digits however it is written.
  const digits = telephones.map((each) => each.replace(/\D/g, ''));
  return folded([...texts, ...telephones, ...digits, nickname, note, ...groups].join('\n'));
}
