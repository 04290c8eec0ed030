// From a directory's entry to a person's fields, by the table of fields (`book/field`).
//
// The result must be the same for the same entry however often it is sent: what differs is a change
// that goes to every terminal. An LDAP attribute's values have no order, so they are sorted.

import { strictTextOf } from '../base/bytes.ts';
import {
  classesInEffect,
  fieldNames,
  fields,
  type FieldClasses,
  type FieldKind,
  type FieldName,
  type TakenAttribute,
} from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import { readPhoto, type Photo, type Sha256 } from '../book/photo.ts';
import { hasHan, romanised } from '../book/pinyin.ts';
import { attributeName } from '../ldap/attributes.ts';
import { cleaned, joined } from './field-value.ts';
import { readNumbers, type TelephoneUri } from './telephone.ts';
import { transformed, type Units } from './transform.ts';

/** An entry's values by attribute: lower case, options after the base (`cn;lang-zh`). */
export type EntryAttributes = ReadonlyMap<string, readonly Uint8Array[]>;

export interface AttributeMapOptions {
  /** Whose names the table's are; `ldap` where absent. */
  readonly table?: 'ldap' | 'ad' | 'scim';
  /** Attributes to take instead of the table's, in order; none leaves the field out. Fields of the restricted class are taken only if they are named here. */
  readonly own?: OwnAttributes;
  /** The classes of fields, where they are others than the table's. */
  readonly classes?: FieldClasses;
  /** Reads telephone numbers that are written without their country; without it they have no URI. */
  readonly telephoneUri?: TelephoneUri;
  /** For values that are not UTF-8, as old servers hold them; undefined where they are not GB18030 either. */
  readonly decodeGb18030?: (bytes: Uint8Array) => string | undefined;
  /** For photos, which are left out where it is absent. */
  readonly sha256?: Sha256;
  readonly units?: Units;
}

/** Attributes by field, in lower case. */
export type OwnAttributes = Readonly<Partial<Record<FieldName, readonly TakenAttribute[]>>>;

interface Row {
  readonly field: FieldName;
  readonly kind: FieldKind;
  readonly attributes: readonly TakenAttribute[];
}

/** No attribute, but what it is taken for: the entry's own DN. */
export const ownDn = 'dn';

export interface AttributeMap {
  readonly rows: readonly Row[];
  /** What an entry says depends on its own DN, so that it says something else when what it is below is renamed. */
  readonly byPlace: boolean;
  readonly units: Units;
  readonly textOf: (bytes: Uint8Array) => string | undefined;
  readonly telephoneUri?: TelephoneUri;
  readonly photo?: { readonly attributes: readonly string[]; readonly sha256: Sha256 };
}

export interface Mapped {
  readonly fields: Fields;
  /** DN of the manager, as the directory has it. */
  readonly managerDn?: string;
  /** Whose hash `fields` have. */
  readonly photo?: Photo;
  /** Why the photo that the entry has is not taken. */
  readonly photoProblem?: string;
}

/** The attributes that are taken of a directory, by field: of its kind's table, or what the settings name. */
export function attributesInEffect({
  table = 'ldap',
  own = {},
  classes = classesInEffect(),
}: Pick<AttributeMapOptions, 'table' | 'own' | 'classes'>): OwnAttributes {
  const taken = fieldNames.map((field) => {
    const preset = classes[field] === 'restricted' ? [] : fields[field][table];
    const named = (own[field] ?? preset).map((each) => ({ ...each, attribute: attributeName(each.attribute) }));
    return [field, named] as const;
  });
  return Object.fromEntries(taken.filter(([, named]) => named.length > 0));
}

export function attributeMap(options: AttributeMapOptions = {}): AttributeMap {
  const { photo, ...others } = attributesInEffect(options);
  const rows = fieldNames.flatMap((field): readonly Row[] => {
    const attributes = field === 'photo' ? undefined : others[field];
    return attributes === undefined ? [] : [{ field, kind: fields[field].kind, attributes }];
  });
  const { decodeGb18030, sha256, telephoneUri, units = { below: '' } } = options;
  return {
    rows,
    byPlace: rows.some((row) => row.attributes.some(({ attribute }) => attribute === ownDn)),
    units,
    textOf: (bytes) => strictTextOf(bytes) ?? decodeGb18030?.(bytes),
    ...(telephoneUri !== undefined && { telephoneUri }),
    ...(sha256 !== undefined &&
      photo !== undefined && { photo: { attributes: photo.map(({ attribute }) => attribute), sha256 } }),
  };
}

/** What to ask the directory for. The base of a description brings its options too (RFC 3866), and some servers know no options. */
export function attributesToAsk(map: AttributeMap): readonly string[] {
  const all = [
    ...map.rows.flatMap((row) => row.attributes.map(({ attribute }) => attribute)).filter((each) => each !== ownDn),
    ...(map.photo?.attributes ?? []),
  ];
  return [...new Set(all.map((attribute) => attribute.split(';')[0] ?? ''))].sort();
}

/** The fields of an entry; `name` may be missing, where the entry has none that can be read. */
export function personOf(attributes: EntryAttributes, map: AttributeMap): Mapped {
  const found: Partial<Record<FieldName, string>> = {};
  const spare: Partial<Record<FieldName, readonly string[]>> = {};
  let managerDn: string | undefined;
  for (const row of map.rows) {
    const values = valuesOf(row, attributes, map);
    const first = values[0];
    if (first === undefined) continue;
    if (row.kind === 'list') found[row.field] = joined(values);
    else if (row.kind === 'person') managerDn = first;
    else {
      found[row.field] = row.kind === 'sip' ? sipAddress(first) : first;
      if (values.length > 1) spare[row.field] = values.slice(1);
    }
  }
  takeSpare(found, spare);
  complete(found, map.telephoneUri);
  const photo = photoOf(attributes, map);
  if (photo?.photo !== undefined) found.photo = photo.photo.hash;
  return { fields: found, ...(managerDn !== undefined && { managerDn }), ...photo };
}

/** The first value that is a photo, in the order of the attributes and in the directory's own of their values. */
function photoOf(attributes: EntryAttributes, map: AttributeMap): Pick<Mapped, 'photo' | 'photoProblem'> | undefined {
  if (map.photo === undefined) return undefined;
  let photoProblem: string | undefined;
  for (const attribute of map.photo.attributes)
    for (const bytes of attributes.get(attribute) ?? []) {
      const read = readPhoto(bytes, map.photo.sha256);
      if (!('problem' in read)) return { photo: read };
      photoProblem ??= read.problem;
    }
  return photoProblem === undefined ? undefined : { photoProblem };
}

/** Of the row's attributes the first that has a value that can be read, of a list all: their values, cleaned, each once, sorted. */
function valuesOf(row: Row, attributes: EntryAttributes, map: AttributeMap): readonly string[] {
  let found: readonly string[] = [];
  for (const attribute of row.attributes) {
    const raw = attributes.get(attribute.attribute);
    if (raw === undefined) continue;
    const values = readable(raw, attribute, map);
    if (row.kind !== 'list' && values.length > 0) return values;
    found = found.length === 0 ? values : [...found, ...values];
  }
  return found;
}

function readable(raw: readonly Uint8Array[], attribute: TakenAttribute, map: AttributeMap): readonly string[] {
  const [only] = raw;
  if (raw.length === 1 && only !== undefined) {
    // Nearly always; arrays on the way to it were a fifth of what a first load allocated.
    const value = valueOf(only, attribute, map);
    return value === '' ? [] : [value];
  }
  const values = new Set(raw.map((bytes) => valueOf(bytes, attribute, map)));
  values.delete('');
  return [...values].sort();
}

/** `''` for what cannot be read, or is another row's. */
function valueOf(bytes: Uint8Array, { transform }: TakenAttribute, map: AttributeMap): string {
  const text = map.textOf(bytes);
  if (text === undefined) return '';
  return cleaned(transform === undefined ? text : transformed[transform](text, map.units));
}

/** With its scheme where it is an address without one; a bare number stays one. */
const sipAddress = (value: string): string => (value.includes('@') && !/^sips?:/i.test(value) ? `sip:${value}` : value);

/** A second telephone number or mail address of one attribute is not lost. */
function takeSpare(
  found: Partial<Record<FieldName, string>>,
  spare: Partial<Record<FieldName, readonly string[]>>,
): void {
  const mails = spare.mail ?? [];
  const first = found.mail?.toLowerCase();
  const others = [...mails, ...(found.otherMails?.split('\n') ?? [])].filter((each) => each.toLowerCase() !== first);
  if (others.length > 0) found.otherMails = joined(others);
  else delete found.otherMails;
  const numbers = [...(spare.officeTelephone ?? []), ...(spare.mobileTelephone ?? [])];
  if (numbers.length > 0) found.otherTelephones = joined([...numbers, ...(found.otherTelephones?.split('\n') ?? [])]);
}

/**
 * What a person's other fields say: a name from its parts where the directory has only these, the Chinese name and its pinyin
 * where it says neither, the URIs of telephone numbers.
 */
export function complete(found: Partial<Record<FieldName, string>>, telephoneUri?: TelephoneUri): void {
  readNumbers(found, telephoneUri);
  const name = found.name ?? nameOfParts(found.surname, found.givenName) ?? found.chineseName ?? found.englishName;
  if (name === undefined) return;
  found.name = name;
  // 山田太郎 is no Chinese name where it is said to be read やまだ.
  if (found.chineseName === undefined && hasHan(name) && !isJapanese(found)) found.chineseName = name;
  if (found.pinyin !== undefined || found.chineseName === undefined) return;
  const read = romanised(found.chineseName, found.surname);
  if (read !== undefined) found.pinyin = read;
}

/** The same of `after`, which was `before`: what was made of an old name or number goes with it. */
export function completeAgain(
  before: Fields,
  after: Partial<Record<FieldName, string>>,
  telephoneUri: TelephoneUri | undefined,
): void {
  readNumbers(after, telephoneUri);
  if (after.name === before.name && after.chineseName === before.chineseName) return;
  if (before.chineseName === before.name && after.chineseName === before.name) delete after.chineseName;
  const read = before.chineseName === undefined ? undefined : romanised(before.chineseName, before.surname);
  if (after.pinyin === read) delete after.pinyin;
  complete(after, telephoneUri);
}

const kana = /[\p{Script=Hiragana}\p{Script=Katakana}]/u;

const isJapanese = ({ name = '', phoneticName = '' }: Fields): boolean => kana.test(name) || kana.test(phoneticName);

function nameOfParts(surname: string | undefined, givenName: string | undefined): string | undefined {
  if (surname === undefined || givenName === undefined) return surname ?? givenName;
  return hasHan(surname) ? `${surname}${givenName}` : `${givenName} ${surname}`;
}
