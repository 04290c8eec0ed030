// A personal address book's entries as vCards, out and in. What is printed here is read here as it was. Of a card that another
// program wrote nothing is lost that a person would miss: what has no field becomes a number with its label, or a line of the note.
//
// Numbers with labels, and labels of web pages, are as Apple and Google write them: `item1.TEL` beside `item1.X-ABLabel`.

import { fields as table, isTelephoneField, labelOf, type FieldName, type Label } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import { nameOf, shown, type OwnContact, type OwnNumber, type PersonalEntry } from '../book/personal-entry.ts';
import type { Photo } from '../book/photo.ts';
import { eachField, more, numberOf, writtenCards, type WrittenCard } from './read-vcard.ts';
import {
  escaped,
  fieldLines,
  headLines,
  photoLine,
  printCard,
  structuredLines,
  uriText,
  type VCardVersion,
} from './vcard.ts';
import { inVersion3 } from './vcard-21.ts';
import { componentsOf, itemsOf, textOf, typesOf, type VCardProblem, type VCardProperty } from './vcard-property.ts';

// ---- out ---------------------------------------------------------------------------------------

/** 3.0 has one FN, and no RELATED: what it has no property for is carried by one of ours. */
const namesFor3 = {
  chineseName: 'X-CHINESE-NAME',
  englishName: 'X-ENGLISH-NAME',
  pinyin: 'X-PINYIN-NAME',
  manager: 'X-MANAGER',
} as const satisfies Partial<Record<FieldName, string>>;

/** FN has to be there (RFC 6350 §6.2.1); one that the entry does not have is made of what it has, and says so. */
const made = 'X-MADE';

/** `photo` is the entry's, where the card is to have it. */
export function printOwnCard(entry: PersonalEntry, version: VCardVersion, photo?: Photo): string {
  const { own, person } = entry;
  const { webPage = '', ...fields } = shown(entry);
  const lines = [...headLines({ id: person, fields: { name: nameOf(entry) } }, version), ...sortedAs(fields, version)];
  if (fields.name === undefined) lines.push(`FN;${made}=true:${escaped(nameOf(entry))}`);
  lines.push(...fieldLines(fields, { version, telephones: 'written' }));
  if (version === '3.0') lines.push(...linesFor3(fields));
  if (own.nickname !== '') lines.push(`NICKNAME:${escaped(own.nickname)}`);
  if (own.note !== '') lines.push(`NOTE:${escaped(own.note)}`);
  if (own.groups.length > 0) lines.push(`CATEGORIES:${own.groups.map(escaped).join(',')}`);
  if (own.favourite) lines.push('X-FAVOURITE:true');
  lines.push(...labelled(webPage, own.numbers));
  if (photo !== undefined) lines.push(photoLine(photo, version));
  return printCard(lines);
}

const linesFor3 = (fields: Fields): readonly string[] =>
  Object.entries(namesFor3).flatMap(([name, property]) => {
    const value = fields[name as FieldName];
    return value === undefined ? [] : [`${property}:${escaped(value)}`];
  });

/** RFC 6350 §5.9, RFC 2426 §3.6.5: how the name is read, where it is not written so. */
function sortedAs(fields: Fields, version: VCardVersion): readonly string[] {
  const lines = structuredLines(fields, version);
  const read = (fields.phoneticName ?? fields.pinyin)?.replaceAll(/[",;\p{Cc}]+/gu, ' ').trim();
  if (read === undefined || read === '') return lines;
  if (version === '3.0') return [...lines, `SORT-STRING:${read}`];
  const name = lines.find((each) => each.startsWith('N:')) ?? 'N:;;;;';
  const others = lines.filter((each) => each !== name);
  return [`N;SORT-AS="${read.replaceAll('^', '^^')}":${name.slice('N:'.length)}`, ...others];
}

function labelled(webPage: string, numbers: readonly OwnNumber[]): readonly string[] {
  const all = numbers.map((each) => ({ property: `TEL:${escaped(each.number)}`, label: each.label }));
  // labeledURI (RFC 2079): what follows the URI is its label.
  const [, uri = '', label = ''] = /^(\S*)(.*)$/su.exec(webPage) ?? [];
  if (webPage !== '') all.push({ property: `URL:${uriText(uri)}`, label: label.trim() });
  return all.flatMap(({ property, label: text }, at) => [
    `item${at + 1}.${property}`,
    `item${at + 1}.X-ABLABEL:${escaped(text)}`,
  ]);
}

// ---- in ----------------------------------------------------------------------------------------

/** A card as somebody to be kept. */
export interface ReadContact {
  /** Where the card begins, from 1. */
  readonly line: number;
  /** As the card has it; of an entry that was written out, its ID. */
  readonly uid?: string;
  readonly contact: OwnContact;
}

/** The contacts of `text` in their order, and what is wrong with those cards that are not right. `language`: of the labels that are made. */
export function* readOwnCards(text: string, language: keyof Label = 'en'): Generator<ReadContact | VCardProblem, void> {
  for (const card of writtenCards(inVersion3(text))) {
    if ('problem' in card) yield card;
    else if (card.kind === 'group') yield { line: card.line, problem: 'it is a group of contacts, and none itself' };
    else yield contactOf(card, language);
  }
}

function contactOf(card: WrittenCard, language: keyof Label): ReadContact {
  const { uid, photo, line } = card;
  const contact = { ...new Taking(card.written, language).contact(), ...(photo !== undefined && { photo }) };
  return { line, contact, ...(uid !== undefined && { uid }) };
}

/** What has no field, and what a line of the note with it begins with. */
const noted: Readonly<Record<string, Label>> = {
  BDAY: { en: 'Birthday', zh: '生日' },
  ANNIVERSARY: { en: 'Anniversary', zh: '纪念日' },
  'X-ANNIVERSARY': { en: 'Anniversary', zh: '纪念日' },
  ROLE: { en: 'Role', zh: '角色' },
  ADR: { en: 'Address', zh: '地址' },
  IMPP: { en: 'Chat', zh: '即时通讯' },
  RELATED: { en: 'Related', zh: '关系人' },
  'X-ABRELATEDNAMES': { en: 'Related', zh: '关系人' },
};

const homeFax: Label = { en: 'Home fax', zh: '家庭传真' };

/** The property that stands for one of ours: `FN;LANGUAGE=zh` for `X-CHINESE-NAME`. */
const standsFor: ReadonlyMap<string, string> = new Map(
  Object.entries(namesFor3).map(([field, property]) => [property, table[field as FieldName].vcard]),
);

class Taking {
  readonly #language: keyof Label;
  readonly #labels: ReadonlyMap<string | undefined, string>;
  readonly #address: VCardProperty | undefined;
  readonly #values = new Map<FieldName, string>();
  readonly #numbers: OwnNumber[] = [];
  readonly #notes: string[] = [];
  readonly #more: string[] = [];
  readonly #groups: string[] = [];
  #nickname = '';
  #favourite = false;

  constructor(written: readonly VCardProperty[], language: keyof Label) {
    this.#language = language;
    const named = written.filter(({ name, group }) => name === 'X-ABLABEL' && group !== undefined);
    this.#labels = new Map(named.map((each) => [each.group, textOf(each).trim()]));
    const addresses = written.filter(({ name }) => name === 'ADR');
    this.#address = addresses.find((each) => !typesOf(each).includes('home')) ?? addresses[0];
    const fields = written.flatMap((property) => this.#take(property) ?? []);
    eachField(fields, (field, value) => this.#found(field, value));
  }

  contact(): OwnContact {
    return {
      values: Object.fromEntries(this.#values),
      nickname: this.#nickname,
      note: [...this.#notes, ...this.#more].join('\n'),
      groups: [...new Set(this.#groups)],
      numbers: this.#numbers,
      favourite: this.#favourite,
    };
  }

  /** Takes what is no field; gives the property as the reader of fields is to see it, where it is one. */
  #take(property: VCardProperty): VCardProperty | undefined {
    const { name, value } = property;
    switch (name) {
      case 'NICKNAME':
        if (this.#nickname === '') this.#nickname = textOf(property).trim();
        else this.#note(name, textOf(property));
        return undefined;
      case 'NOTE':
        if (textOf(property).trim() !== '') this.#notes.push(textOf(property).trim());
        return undefined;
      case 'CATEGORIES':
        for (const text of itemsOf(property)) if (text.trim() !== '') this.#groups.push(text.trim());
        return undefined;
      case 'X-FAVOURITE':
        this.#favourite = value.trim() === 'true';
        return undefined;
      case 'FN':
        return property.parameters.has(made) ? undefined : property;
      case 'TEL':
        return this.#takeTelephone(property);
      case 'URL':
        return this.#page(property);
      case 'EMAIL':
        return notOfTheHome(property);
      case 'ADR':
        if (property === this.#address) return notOfTheHome(property);
        return this.#note(name, componentsOf(property).filter(Boolean).join(', '));
      case 'IMPP':
        return /^sips?:/i.test(value) ? property : this.#note(name, value);
      case 'RELATED':
        return typesOf(property).includes('x-manager') ? property : this.#note(name, textOf(property));
      default:
        if (Object.hasOwn(noted, name)) return this.#note(name, textOf(property));
        return standsFor.has(name) ? inPlaceOf(property, standsFor.get(name) ?? '') : property;
    }
  }

  #takeTelephone(property: VCardProperty): VCardProperty | undefined {
    if (/^sips?:/i.test(property.value)) return property;
    const label = this.#labels.get(property.group);
    const types = typesOf(property);
    const ofTheHome = types.includes('home') && types.includes('fax');
    if (label === undefined && !ofTheHome) return property;
    const number = numberOf(textOf(property)).trim();
    if (number !== '') this.#numbers.push({ label: plain(label) ?? homeFax[this.#language], number });
    return undefined;
  }

  #page(property: VCardProperty): VCardProperty {
    const label = this.#labels.get(property.group) ?? '';
    if (label === '' || label !== plain(label)) return property;
    return { ...property, value: `${property.value.trim()} ${label}` };
  }

  #note(name: string, text: string): undefined {
    const label = noted[name]?.[this.#language];
    if (text.trim() !== '') this.#more.push(label === undefined ? text.trim() : `${label}: ${text.trim()}`);
  }

  /** As for the enterprise's persons; what has no room there goes among the numbers, or into the note. */
  #found(field: FieldName, given: string): void {
    const value = given.trim();
    const before = this.#values.get(field);
    if (value === '' || value === before) return;
    if (before === undefined) this.#values.set(field, value);
    else if (table[field].kind === 'list') {
      if (!before.split('\n').includes(value)) this.#values.set(field, `${before}\n${value}`);
    } else if (more[field] !== undefined) this.#found(more[field], value);
    else if (isTelephoneField(field)) this.#numbers.push({ label: labelOf(field)[this.#language], number: value });
    else this.#more.push(`${labelOf(field)[this.#language]}: ${value}`);
  }
}

/** Apple's own labels are written `_$!<Mobile>!$_`. */
const plain = (label: string | undefined): string | undefined => label?.replace(/^_\$!<(.*)>!\$_$/s, '$1');

/** A person's mail address and address are kept whatever they are for; the enterprise's reader passes the home's over. */
function notOfTheHome(property: VCardProperty): VCardProperty {
  const types = typesOf(property).filter((type) => type !== 'home');
  return { ...property, parameters: new Map([...property.parameters, ['TYPE', types]]) };
}

function inPlaceOf(property: VCardProperty, other: string): VCardProperty {
  const [name = '', ...parameters] = other.split(';');
  const pairs = parameters.map((each) => each.split('=', 2)).map(([key = '', value = '']) => [key, [value]] as const);
  return { ...property, name, parameters: new Map(pairs) };
}
