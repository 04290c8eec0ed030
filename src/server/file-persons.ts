// What a file of a watched folder says, person by person, mapped by the same table as a directory's entries. A file that
// is not well-formed to its end says nothing: half of an export would make leavers of the other half.

import { kept, utf8 } from '../base/bytes.ts';
import { fieldNames, fields as table, isFieldName, type FieldLabels, type FieldName } from '../book/field.ts';
import { folded } from '../book/folding.ts';
import { attributeName } from '../ldap/attributes.ts';
import { readVCards, type VCard } from '../wire/read-vcard.ts';
import { attributeMap, personOf, type AttributeMapOptions, type EntryAttributes } from './attribute-map.ts';
import type { AttributeMap } from './attribute-map.ts';
import { sourceKey, type SourceKey } from './change-log.ts';
import { isTyped, namesWith } from './column-names.ts';
import { csvRows, type CsvRow } from './csv.ts';
import { cleaned } from './field-value.ts';
import { isPerson, ldifRecords, type LdifRecord } from './ldif.ts';
import { placeOf } from './place.ts';
import { withDn, type SourcePerson } from './source.ts';

export type FileFormat = 'csv' | 'ldif' | 'vcard';

export interface FileReading extends AttributeMapOptions {
  readonly labels?: FieldLabels | undefined;
  /** A column, an attribute, a property or a field; absent: of CSV the field `employeeNumber`, of LDIF the DN, of a vCard its UID or else that field. */
  readonly keyAttribute?: string | undefined;
}

export interface FileRow {
  readonly line: number;
  /** Absent where the row has none. */
  readonly key: SourceKey | undefined;
  /** Mapped only when it is asked for. */
  readonly person: (key: SourceKey) => SourcePerson;
}

export interface LineProblem {
  readonly line: number;
  readonly problem: string;
}

/** Gives the rows, and in the end what is wrong with the file as a whole, if anything is. */
export type FileRows = Generator<FileRow, LineProblem | undefined>;

const readers = { csv: rowsOfCsv, ldif: rowsOfLdif, vcard: rowsOfVCard } as const;

export const fileRows = (format: FileFormat, text: string, reading: FileReading): FileRows =>
  readers[format](text, reading);

const longestKey = 256;

function keyOf(text: string | undefined): SourceKey | undefined {
  const key = cleaned(text ?? '');
  // It is known for longer than the file's text is held.
  return key === '' || key.length > longestKey ? undefined : sourceKey(kept(key));
}

/** The manager is named by place, as in a directory. */
function personAt(
  at: Pick<SourcePerson, 'key' | 'place'>,
  attributes: EntryAttributes,
  map: AttributeMap,
): SourcePerson {
  const { managerDn, ...mapped } = personOf(attributes, map);
  const person = { kind: 'person', ...at, ...mapped } as const;
  return managerDn === undefined ? person : { ...person, managerPlace: placeOf(managerDn) };
}

// ---- CSV ---------------------------------------------------------------------------------------

interface Columns {
  /** Their names, as attributes have them; `''` of a column that has none. */
  readonly names: readonly string[];
  readonly key: number;
  /** Of a column with DNs, by which managers are named then; else by the key. */
  readonly dn: number;
  /** Whose cells hold several values. */
  readonly lists: ReadonlySet<number>;
  readonly map: AttributeMap;
}

function* rowsOfCsv(text: string, reading: FileReading): FileRows {
  const read = csvRows(text);
  const header = read.next();
  if (header.done) return header.value ?? { line: 1, problem: 'the file is empty; a CSV file has a header row' };
  const columns = columnsOf(header.value, reading);
  if ('problem' in columns) return columns;
  for (;;) {
    const next = read.next();
    if (next.done) return next.value;
    const { line, cells } = next.value;
    // A line of delimiters only is how a spreadsheet saves an empty one.
    if (cells.every((cell) => cell.trim() === '')) continue;
    if (cells.length !== columns.names.length)
      return { line, problem: `it has ${cells.length} cells, the header has ${columns.names.length}` };
    const key = keyOf(cells[columns.key]);
    yield { line, key, person: (known) => personOfRow(known, cells, columns) };
  }
}

function columnsOf({ line, cells }: CsvRow, reading: FileReading): Columns | LineProblem {
  const known = namesWith(reading.labels ?? {});
  const fieldOf = (name: string): FieldName | undefined => known.get(folded(name));
  const names = cells.map((cell) => attributeName(cleaned(cell)));
  const twice = names.find((name, at) => name !== '' && names.indexOf(name) !== at);
  if (twice !== undefined) return { line, problem: `two columns are called ${JSON.stringify(twice)}` };
  const { keyAttribute = 'employeeNumber' } = reading;
  const named = names.indexOf(attributeName(keyAttribute));
  const key = named === -1 ? names.findIndex((name) => fieldOf(name) === keyAttribute) : named;
  if (key === -1)
    return { line, problem: `there is no column ${JSON.stringify(keyAttribute)}, which is to name each person` };
  const map = attributeMap({ ...reading, own: takenFrom(names, fieldOf, reading) });
  const inLists = new Set(
    map.rows.flatMap((row) => (row.kind === 'list' ? row.attributes.map(({ attribute }) => attribute) : [])),
  );
  return {
    names,
    key,
    dn: names.findIndex((name) => name === 'dn' || name === 'distinguishedname'),
    lists: new Set([...names.keys()].filter((at) => inLists.has(names[at] ?? ''))),
    map,
  };
}

/** Columns by field: those that the settings name, else those that are called like it. A restricted field is taken only if the settings name it. */
function takenFrom(
  names: readonly string[],
  fieldOf: (name: string) => FieldName | undefined,
  { own = {}, classes }: FileReading,
): NonNullable<AttributeMapOptions['own']> {
  const taken = fieldNames.map((field) => {
    const open = (classes?.[field] ?? table[field].class) !== 'restricted';
    const called = names.filter((name) => open && name !== '' && fieldOf(name) === field && isTyped(field));
    return [field, own[field] ?? called.map((attribute) => ({ attribute }))] as const;
  });
  // A cell holds no picture.
  return { ...Object.fromEntries(taken), photo: [] };
}

function personOfRow(key: SourceKey, cells: readonly string[], { names, dn, lists, map }: Columns): SourcePerson {
  const attributes = new Map<string, readonly Uint8Array[]>();
  for (const [at, name] of names.entries()) {
    const cell = cells[at] ?? '';
    if (cell !== '' && name !== '') attributes.set(name, lists.has(at) ? cell.split(/[\n;|]/).map(utf8) : [utf8(cell)]);
  }
  return personAt({ key, place: placeOf(cells[dn] ?? key) }, attributes, map);
}

// ---- LDIF --------------------------------------------------------------------------------------

function* rowsOfLdif(text: string, reading: FileReading): FileRows {
  if (text.trim() === '') return { line: 1, problem: 'the file is empty' };
  const map = attributeMap(reading);
  for (const record of ldifRecords(text)) {
    if ('problem' in record) return record;
    if (!isPerson(record)) continue;
    const at = { place: placeOf(record.dn) };
    const attributes = map.byPlace ? withDn(record.attributes, record.dn) : record.attributes;
    yield {
      line: record.line,
      key: keyOf(keyOfRecord(record, reading, map)),
      person: (key) => personAt({ key, ...at }, attributes, map),
    };
  }
  return undefined;
}

function keyOfRecord({ dn, attributes }: LdifRecord, { keyAttribute }: FileReading, map: AttributeMap): string {
  if (keyAttribute === undefined) return placeOf(dn);
  const [value] = attributes.get(attributeName(keyAttribute)) ?? [];
  if (value !== undefined) return map.textOf(value) ?? '';
  return isFieldName(keyAttribute) ? (personOf(attributes, map).fields[keyAttribute] ?? '') : '';
}

// ---- vCard -------------------------------------------------------------------------------------

/** No property has such a name: what a field is read from as `readVCards` has it, where the settings name no property. */
const ofField = (field: FieldName): string => (field === 'photo' ? 'photo' : `field ${field.toLowerCase()}`);

/** Of RFC 6350 §6.1.4, RFC 6473 and RFC 6869; any other is an individual. */
const noPersons: ReadonlySet<string> = new Set(['group', 'org', 'location', 'application', 'device']);

function* rowsOfVCard(text: string, reading: FileReading): FileRows {
  if (text.trim() === '') return { line: 1, problem: 'the file is empty' };
  const { own = {}, classes, keyAttribute } = reading;
  const open = fieldNames.filter((field) => (classes?.[field] ?? table[field].class) !== 'restricted');
  const taken = open.map((field) => [field, [{ attribute: ofField(field) }]] as const);
  const map = attributeMap({ ...reading, own: { ...withoutTable, ...Object.fromEntries(taken), ...own } });
  for (const card of readVCards(text)) {
    if ('problem' in card) return card;
    if (noPersons.has(card.kind)) continue;
    const key = keyOf(keyOfCard(card, keyAttribute));
    yield { line: card.line, key, person: (known) => personOfCard(known, card, map) };
  }
  return undefined;
}

/** A card has no attributes of a directory. */
const withoutTable = Object.fromEntries(fieldNames.map((field) => [field, []] as const));

function keyOfCard({ uid, fields, properties }: VCard, named: string | undefined): string | undefined {
  if (named === undefined) return uid ?? fields.employeeNumber;
  return properties.get(attributeName(named))?.[0] ?? (isFieldName(named) ? fields[named] : undefined);
}

/** Managers are named by UID, whatever the key is. */
function personOfCard(key: SourceKey, { uid, fields, properties, photo }: VCard, map: AttributeMap): SourcePerson {
  const attributes = new Map<string, readonly Uint8Array[]>();
  for (const [name, values] of properties) attributes.set(name, values.map(utf8));
  for (const field of fieldNames) {
    const value = fields[field];
    if (value !== undefined)
      attributes.set(ofField(field), (table[field].kind === 'list' ? value.split('\n') : [value]).map(utf8));
  }
  if (photo !== undefined) attributes.set(ofField('photo'), [photo]);
  return personAt({ key, place: placeOf(uid ?? key) }, attributes, map);
}
