// vCards 4.0 (RFC 6350) and 3.0 (RFC 2426) as persons' fields, by the one table of fields; what `vcard.ts` prints is read as it was.
//
// A property that has no field is passed over, and so are a mail address, a fax number and an address of somebody's home.

import { bytesOfBase64 } from '../base/bytes.ts';
import { fieldNames, fields as table, type FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import {
  componentsOf,
  contentLines,
  textOf,
  typesOf,
  type VCardProblem,
  type VCardProperty,
} from './vcard-property.ts';

export interface WrittenCard {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly uid?: string;
  /** `individual`, `group`, `org`..., in lower case. */
  readonly kind: string;
  /** Not looked at. */
  readonly photo?: Uint8Array;
  /** All of its properties. */
  readonly written: readonly VCardProperty[];
}

/** A card as the enterprise's persons are read. */
export interface VCard extends WrittenCard {
  /** The manager is named as in the card, by UID. */
  readonly fields: Fields;
  /** Texts by `NAME`, by `NAME;TYPE=type` for each type, and a structured one's by `NAME#index`, all in lower case. */
  readonly properties: ReadonlyMap<string, readonly string[]>;
}

const mostProperties = 10_000;

/** The cards of `text` in their order, and what is wrong with those that are not right; these are passed over to their end. */
export function* readVCards(text: string): Generator<VCard | VCardProblem, void> {
  for (const card of writtenCards(text))
    yield 'problem' in card ? card : { ...card, fields: fieldsOf(card.written), properties: byName(card.written) };
}

/** As `readVCards`; what the properties say is left to the caller. */
export function* writtenCards(text: string): Generator<WrittenCard | VCardProblem, void> {
  let card: VCardProperty[] | undefined;
  let start = 1;
  let passing = false;
  for (const read of contentLines(text)) {
    const word = 'problem' in read ? '' : edgeOf(read);
    const problem = passing && word !== 'BEGIN' ? undefined : problemOf(read, word, card);
    if (problem !== undefined) {
      yield { line: read.line, problem };
      passing = true;
    }
    if (word === 'BEGIN') {
      [card, start, passing] = [[], read.line, false];
    } else if (word === 'END') {
      if (card !== undefined && !passing) yield cardOf(start, card);
      [card, passing] = [undefined, false];
    } else if (!passing && !('problem' in read)) card?.push(read);
  }
  if (card !== undefined && !passing) yield { line: start, problem: 'the card has no END:VCARD' };
}

/** `BEGIN` or `END` of a card, or `''`. */
const edgeOf = ({ name, value }: VCardProperty): string =>
  (name === 'BEGIN' || name === 'END') && value.trim().toUpperCase() === 'VCARD' ? name : '';

function problemOf(
  read: VCardProperty | VCardProblem,
  word: string,
  card: readonly VCardProperty[] | undefined,
): string | undefined {
  if ('problem' in read) return read.problem;
  if (word === 'BEGIN') return card === undefined ? undefined : 'a card begins before the one above has its END:VCARD';
  if (card === undefined) return 'a card begins with BEGIN:VCARD';
  return card.length >= mostProperties ? `a card has more than ${mostProperties} properties` : undefined;
}

function cardOf(line: number, all: readonly VCardProperty[]): WrittenCard | VCardProblem {
  const first = (name: string): string | undefined => {
    const found = all.find((each) => each.name === name);
    return found === undefined ? undefined : textOf(found).trim();
  };
  const version = first('VERSION');
  if (version !== '4.0' && version !== '3.0')
    return { line, problem: `it is of version ${version?.slice(0, 20) ?? '?'}; 3.0 and 4.0 are read` };
  const uid = first('UID');
  const photo = photoOf(all);
  if (photo !== undefined && 'problem' in photo) return photo;
  return {
    line,
    kind: (first('KIND') ?? first('X-ADDRESSBOOKSERVER-KIND') ?? 'individual').toLowerCase(),
    written: all,
    ...(uid !== undefined && uid !== '' && { uid }),
    ...(photo !== undefined && { photo }),
  };
}

// ---- fields ------------------------------------------------------------------------------------

/** Fields that are all of a property, and those that are a component of one, by its name. */
const whole = new Map<string, FieldName>();
const structured = new Map<string, { readonly field: FieldName; readonly index: number }[]>();
for (const field of fieldNames) {
  const [name = '', index] = table[field].vcard.split('#');
  if (index !== undefined) structured.set(name, [...(structured.get(name) ?? []), { field, index: Number(index) }]);
  else if (name !== '' && !name.includes(';')) whole.set(name, field);
}

export type Found = (field: FieldName, value: string) => void;

/** Properties whose field depends on more than their name. */
const readers: Readonly<Record<string, (property: VCardProperty, found: Found) => void>> = {
  FN: (property, found) => found(nameField(property.parameters.get('LANGUAGE')?.[0] ?? ''), textOf(property)),
  TEL: takeTelephone,
  EMAIL: (property, found) => {
    if (!typesOf(property).includes('home')) found('mail', textOf(property));
  },
  IMPP: ({ value }, found) => {
    if (/^sips?:/i.test(value)) found('sipAddress', value);
  },
  // A URI, which is not escaped (RFC 6350 §3.4).
  URL: ({ value }, found) => found('webPage', value),
  RELATED: (property, found) => {
    if (typesOf(property).includes('x-manager')) found('manager', textOf(property));
  },
  PHOTO: () => undefined,
};

/** What more there is of one is in the other. */
export const more: Readonly<Partial<Record<FieldName, FieldName>>> = {
  mail: 'otherMails',
  officeTelephone: 'otherTelephones',
  mobileTelephone: 'otherTelephones',
};

function fieldsOf(all: readonly VCardProperty[]): Fields {
  const fields = new Map<FieldName, string>();
  const found: Found = (field, given) => {
    const value = given.trim();
    const before = fields.get(field);
    if (value === '') return;
    if (before === undefined) fields.set(field, value);
    else if (table[field].kind === 'list') fields.set(field, `${before}\n${value}`);
    else if (more[field] !== undefined) found(more[field], value);
  };
  eachField(all, found);
  return Object.fromEntries(fields);
}

/** What the properties say of fields, those that are preferred first. */
export function eachField(all: readonly VCardProperty[], found: Found): void {
  for (const property of all.toSorted((a, b) => preference(a) - preference(b))) {
    const { name } = property;
    const field = whole.get(name);
    if (Object.hasOwn(readers, name)) readers[name]?.(property, found);
    else if (field !== undefined) found(field, textOf(property));
    else if (structured.has(name) && !(name === 'ADR' && typesOf(property).includes('home'))) {
      const components = componentsOf(property);
      for (const each of structured.get(name) ?? []) found(each.field, components[each.index] ?? '');
    }
  }
}

/** RFC 6350 §5.3: 1 is first, and what has none last; in 3.0 it is a type. */
function preference(property: VCardProperty): number {
  const given = Number(property.parameters.get('PREF')?.[0] ?? Number.NaN);
  if (given >= 1 && given <= 100) return given;
  return typesOf(property).includes('pref') ? 1 : 101;
}

function nameField(language: string): FieldName {
  if (/^zh-latn/i.test(language)) return 'pinyin';
  if (/^zh(?:-|$)/i.test(language)) return 'chineseName';
  return /^en(?:-|$)/i.test(language) ? 'englishName' : 'name';
}

function takeTelephone(property: VCardProperty, found: Found): void {
  const types = typesOf(property);
  const [home, fax, cell, work] = ['home', 'fax', 'cell', 'work'].map((type) => types.includes(type));
  if (/^sips?:/i.test(property.value)) return found('sipAddress', property.value);
  if (home && fax) return;
  const field = home ? 'homeTelephone' : fax ? 'fax' : cell ? 'mobileTelephone' : work ? 'officeTelephone' : undefined;
  found(field ?? 'otherTelephones', numberOf(textOf(property)));
}

/** A `tel:` URI (RFC 3966) as a number is written; its other parameters say nothing to who dials it here. */
export function numberOf(text: string): string {
  if (!/^tel:/i.test(text)) return text;
  const [number = '', ...parameters] = text.slice('tel:'.length).split(';');
  const extension = parameters.find((each) => /^ext=\d{1,11}$/i.test(each));
  return extension === undefined ? number : `${number} ext. ${extension.slice('ext='.length)}`;
}

// ---- what is not a field -----------------------------------------------------------------------

function byName(all: readonly VCardProperty[]): ReadonlyMap<string, readonly string[]> {
  const texts = new Map<string, string[]>();
  const put = (name: string, text: string): void => {
    const known = texts.get(name);
    if (known === undefined) texts.set(name, [text]);
    else known.push(text);
  };
  for (const property of all) {
    const name = property.name.toLowerCase();
    if (name === 'photo') continue;
    const text = textOf(property);
    for (const key of [name, ...typesOf(property).map((type) => `${name};type=${type}`)]) put(key, text);
    if (structured.has(property.name))
      for (const [index, component] of componentsOf(property).slice(0, mostComponents).entries())
        put(`${name}#${index}`, component);
  }
  return texts;
}

const mostComponents = 16;

/** The first that is in the card itself: a data URI (RFC 6350 §6.2.4), or base64 (RFC 2426 §3.1.4). One at an address is not fetched. */
function photoOf(all: readonly VCardProperty[]): Uint8Array | VCardProblem | undefined {
  for (const { name, line, parameters, value } of all) {
    if (name !== 'PHOTO') continue;
    const within = /^b(?:ase64)?$/i.test(parameters.get('ENCODING')?.[0] ?? '');
    const base64 = within ? value : /^data:[^,]{0,200};base64\\?,(.*)$/is.exec(value)?.[1];
    if (base64 === undefined) continue;
    return bytesOfBase64(base64.replaceAll(/\s/g, '')) ?? { line, problem: 'the photo is not base64' };
  }
  return undefined;
}
