// What becomes of an entry's own part where a card that describes the same person is merged into it: nothing that the employee
// wrote is lost, and nothing that the card says.

import { isSameNumber } from './digits.ts';
import {
  fieldNames,
  fields as table,
  isTelephoneField,
  labelOf,
  telephoneFields,
  type FieldKind,
  type FieldName,
  type Label,
  type TelephoneField,
} from './field.ts';
import type { Fields } from './person.ts';
import { shown, type Own, type OwnContact, type OwnNumber, type PersonalEntry } from './personal-entry.ts';

/**
 * The `own` to write. What is shown stays as it is; the card fills what is empty. A number that is not there yet comes
 * among the numbers, a mail address among the others, and any other value into the note, by its label in `language`.
 * The card's photo is not in it: an own contact without one may be given it.
 */
export function mergedInto(entry: PersonalEntry, contact: OwnContact, language: keyof Label = 'en'): Own {
  const merging = new Merging(entry, language);
  for (const field of fieldNames) merging.value(field, contact.values?.[field]);
  for (const number of contact.numbers ?? []) merging.number(number);
  merging.note(contact.note ?? '');
  return merging.own(contact);
}

/** A hash, an ID, and what is made of numbers: of no use in a note. */
const silent: ReadonlySet<FieldKind> = new Set(['photo', 'person', 'uris']);

const nicknameLabel: Label = { en: 'Nickname', zh: '昵称' };

class Merging {
  readonly #base: Fields;
  readonly #language: keyof Label;
  readonly #shown: Partial<Record<FieldName, string>>;
  readonly #values: Partial<Record<FieldName, string>>;
  readonly #numbers: OwnNumber[];
  readonly #own: Own;
  #note: string;

  constructor(entry: PersonalEntry, language: keyof Label) {
    this.#base = entry.base;
    this.#language = language;
    this.#own = entry.own;
    this.#shown = { ...shown(entry) };
    this.#values = { ...entry.own.values };
    this.#numbers = [...entry.own.numbers];
    this.#note = entry.own.note;
  }

  value(field: FieldName, given = ''): void {
    const values = given.split('\n').filter((each) => each.trim() !== '');
    if (isTelephoneField(field)) {
      for (const number of values) this.#telephone(field, number);
    } else if (field === 'mail' || field === 'otherMails') {
      for (const mail of values) this.#mail(mail);
    } else if (values.length > 0) this.#text(field, given);
  }

  number(given: OwnNumber): void {
    if (!this.#hasNumber(given.number)) this.#numbers.push(given);
  }

  note(text: string): void {
    if (text.trim() !== '' && !this.#note.includes(text)) this.#note = [this.#note, text].filter(Boolean).join('\n');
  }

  own({ nickname = '', groups = [], favourite = false }: OwnContact): Own {
    const own = this.#own;
    if (own.nickname !== '' && nickname !== '' && nickname !== own.nickname)
      this.note(`${nicknameLabel[this.#language]}: ${nickname}`);
    return {
      nickname: own.nickname || nickname,
      note: this.#note,
      groups: [...new Set([...own.groups, ...groups])],
      favourite: own.favourite || favourite,
      numbers: this.#numbers,
      values: this.#values,
    };
  }

  #set(field: FieldName, value: string): void {
    this.#values[field] = value;
    this.#shown[field] = value;
  }

  /** One more of a list, unless that would cover the company's list, and with it what the company adds to it. */
  #append(field: FieldName, value: string): boolean {
    if (table[field].kind !== 'list' || this.#base[field] !== undefined) return false;
    this.#set(field, [this.#shown[field] ?? '', value].filter(Boolean).join('\n'));
    return true;
  }

  #telephone(field: TelephoneField, number: string): void {
    if (this.#hasNumber(number) || this.#append(field, number)) return;
    if (this.#shown[field] === undefined) this.#set(field, number);
    else this.#numbers.push({ label: labelOf(field)[this.#language], number });
  }

  #hasNumber(number: string): boolean {
    const fields = telephoneFields.flatMap((name) => this.#shown[name]?.split('\n') ?? []);
    return [...fields, ...this.#numbers.map((each) => each.number)].some((known) => isSameNumber(known, number));
  }

  #mail(mail: string): void {
    const { mail: first = '', otherMails = '' } = this.#shown;
    const known = [first, ...otherMails.split('\n')].some((each) => each.toLowerCase() === mail.toLowerCase());
    if (known) return;
    if (first === '') this.#set('mail', mail);
    else if (!this.#append('otherMails', mail)) this.note(`${labelOf('otherMails')[this.#language]}: ${mail}`);
  }

  #text(field: FieldName, value: string): void {
    const { kind } = table[field];
    const before = this.#shown[field];
    if (kind === 'photo' || kind === 'uris' || value === before) return;
    if (before === undefined) this.#set(field, value);
    else if (!silent.has(kind)) this.note(`${labelOf(field)[this.#language]}: ${value}`);
  }
}
