// What an import file says, row by row: fields by name, not yet compared with anybody.

import { fieldNames, fields as table, type FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import type { Photo } from '../book/photo.ts';
import type { ImportFile, Refusal, RejectedRow } from './administration.ts';
import { personOf, type AttributeMap } from './attribute-map.ts';
import { readCsv } from './csv.ts';
import { cleaned, joined, problemOf } from './field-value.ts';
import { readLdif } from './ldif.ts';
import { folded } from './look-up.ts';
import { placeOf } from './source.ts';

export interface ImportRow {
  readonly line: number;
  readonly fields: Fields;
  /** The bytes of the photo that `fields` name. */
  readonly photo?: Photo;
  /** What other rows of the file call this one, where they do (a DN). */
  readonly place?: string;
  /** Whom the file names as the manager: a person ID or employee number, or another row by its place. */
  readonly manager?:
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'place'; readonly place: string };
}

export interface ImportRows {
  readonly kind: 'rows';
  readonly rows: readonly ImportRow[];
  readonly rejected: readonly RejectedRow[];
  /** Rows that are taken without their photo, and why. */
  readonly leftOut: readonly RejectedRow[];
}

/** One transaction takes a few seconds for so many. */
const mostRows = 100_000;

/** The rows of a file, those that are wrong apart; a refusal where it cannot be told what its rows are. */
export function readImport(file: ImportFile, map: AttributeMap): ImportRows | Refusal {
  const read = file.format === 'csv' ? csvRows(file.text) : ldifRows(file.text, map);
  if (read.kind === 'refused') return read;
  const count = read.rows.length + read.rejected.length;
  if (count > mostRows) return refusal(`The file has ${count} rows; give at most ${mostRows} at a time.`);
  if (count === 0)
    return refusal(
      `The file has no rows. A CSV file has a header row, e.g. name,employeeNumber,mail, and a row a person.`,
    );
  return read;
}

const refusal = (problem: string): Refusal => ({ kind: 'refused', status: 400, problem });

// ---- CSV ---------------------------------------------------------------------------------------

function csvRows(text: string): ImportRows | Refusal {
  const read = readCsv(text);
  if ('problem' in read) return refusal(`Line ${read.line}: ${read.problem}`);
  const [header, ...body] = read;
  if (header === undefined) return { kind: 'rows', rows: [], rejected: [], leftOut: [] };
  const columns = columnsOf(header.cells);
  if ('kind' in columns) return columns;
  const rows: ImportRow[] = [];
  const rejected: RejectedRow[] = [];
  for (const { line, cells } of body) {
    // A line of delimiters only is how a spreadsheet saves an empty one.
    if (cells.every((cell) => cell.trim() === '')) continue;
    if (cells.length !== columns.length)
      rejected.push({
        line,
        reason: `it has ${cells.length} cells, the header has ${columns.length}; a cell that holds the delimiter stands in quotes`,
      });
    else sort(csvRow(line, columns, cells), { rows, rejected });
  }
  return { kind: 'rows', rows, rejected, leftOut: [] };
}

/** A row whose values are not what their fields take is not one. */
function sort(row: ImportRow, { rows, rejected }: { rows: ImportRow[]; rejected: RejectedRow[] }): void {
  for (const field of fieldNames) {
    const value = row.fields[field];
    // A photo was read already.
    const reason = value === undefined || table[field].kind === 'photo' ? undefined : problemOf(field, value);
    if (reason === undefined) continue;
    rejected.push({ line: row.line, reason });
    return;
  }
  rows.push(row);
}

function csvRow(line: number, columns: readonly FieldName[], cells: readonly string[]): ImportRow {
  const fields: Partial<Record<FieldName, string>> = {};
  let manager: string | undefined;
  columns.forEach((column, index) => {
    const cell = cells[index] ?? '';
    const value = table[column].kind === 'list' ? joined(cell.split(/[\n;|]/)) : cleaned(cell, Number.MAX_SAFE_INTEGER);
    if (value === '') return;
    if (column === 'manager') manager = value;
    else fields[column] = value;
  });
  return manager === undefined ? { line, fields } : { line, fields, manager: { kind: 'text', text: manager } };
}

/** What a header cell may be called, folded: a field's name, its label in either language, an LDAP attribute. */
const columnNames: ReadonlyMap<string, FieldName> = new Map(
  // Names go over labels, labels over attributes, where one word is two things.
  [
    ...fieldNames.flatMap((field) => [...table[field].ldap, ...table[field].ad].map((name) => [name, field] as const)),
    ...fieldNames.flatMap((field) =>
      [table[field].label.en, table[field].label.zh].map((name) => [folded(name), field] as const),
    ),
    ...fieldNames.map((field) => [field.toLowerCase(), field] as const),
  ],
);

function columnsOf(header: readonly string[]): readonly FieldName[] | Refusal {
  const columns: FieldName[] = [];
  for (const cell of header) {
    const field = columnNames.get(folded(cleaned(cell)));
    if (field === undefined || table[field].kind === 'photo')
      return refusal(
        `The column ${JSON.stringify(cleaned(cell))} is no field. Take it out, or name it one of: ${fieldNames.filter((name) => table[name].kind !== 'photo').join(', ')}.`,
      );
    const before = columns.indexOf(field);
    if (before !== -1)
      return refusal(
        `The columns ${JSON.stringify(header[before])} and ${JSON.stringify(cell)} are the same field, ${field}; take one out.`,
      );
    columns.push(field);
  }
  return columns;
}

// ---- LDIF --------------------------------------------------------------------------------------

const personClasses = new Set(['person', 'organizationalperson', 'inetorgperson', 'user', 'contact']);

function ldifRows(text: string, map: AttributeMap): ImportRows {
  const rows: ImportRow[] = [];
  const rejected: RejectedRow[] = [];
  const leftOut: RejectedRow[] = [];
  for (const record of readLdif(text)) {
    if ('problem' in record) {
      rejected.push({ line: record.line, reason: record.problem });
      continue;
    }
    const classes = record.attributes.get('objectclass')?.map((bytes) => map.textOf(bytes)?.toLowerCase() ?? '');
    // A whole export has the directory's containers and groups too.
    if (classes !== undefined && !classes.some((name) => personClasses.has(name))) continue;
    const { fields, managerDn, photo, photoProblem } = personOf(record.attributes, map);
    const { line } = record;
    if (photoProblem !== undefined) leftOut.push({ line, reason: photoProblem });
    const row = { line, fields, place: placeOf(record.dn), ...(photo !== undefined && { photo }) };
    const whole: ImportRow =
      managerDn === undefined ? row : { ...row, manager: { kind: 'place', place: placeOf(managerDn) } };
    sort(whole, { rows, rejected });
  }
  return { kind: 'rows', rows, rejected, leftOut };
}
