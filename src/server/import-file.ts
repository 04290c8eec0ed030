// What an import file says, row by row: fields by name, not yet compared with anybody.

import { fieldNames, fields as table, type FieldLabels, type FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import type { Photo } from '../book/photo.ts';
import type { ImportFile, Refusal, RejectedRow } from './administration.ts';
import { personOf, type AttributeMap } from './attribute-map.ts';
import { isTyped, namesWith } from './column-names.ts';
import { csvRows, type CsvProblem } from './csv.ts';
import { cleaned, joined, problemOf } from './field-value.ts';
import { isPerson, ldifRecords } from './ldif.ts';
import { folded } from '../book/folding.ts';
import { placeOf } from './place.ts';

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

/** How often a reading says how far it is. */
export const rowsBetweenSteps = 500;

/** What a reading gives: now and then how many rows it has read, and in the end the rows, or why there are none. */
export type Reading = Generator<number, ImportRows | Refusal>;

/** The rows of a file, those that are wrong apart; a refusal where it cannot be told what its rows are. */
export function* readImport(file: ImportFile, map: AttributeMap, labels: FieldLabels = {}): Reading {
  const read = yield* file.format === 'csv' ? rowsOfCsv(file.text, labels) : rowsOfLdif(file.text, map);
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

function* rowsOfCsv(text: string, labels: FieldLabels): Reading {
  const read = csvRows(text);
  const header = read.next();
  const problem = (found: CsvProblem | undefined): Refusal | undefined =>
    found && refusal(`Line ${found.line}: ${found.problem}`);
  if (header.done) return problem(header.value) ?? { kind: 'rows', rows: [], rejected: [], leftOut: [] };
  const columns = columnsOf(header.value.cells, namesWith(labels));
  const rows: ImportRow[] = [];
  const rejected: RejectedRow[] = [];
  for (;;) {
    const next = read.next();
    // What is wrong with the file as a whole goes before what is wrong with its header.
    if (next.done)
      return problem(next.value) ?? ('kind' in columns ? columns : { kind: 'rows', rows, rejected, leftOut: [] });
    if ('kind' in columns) continue;
    const { line, cells } = next.value;
    // A line of delimiters only is how a spreadsheet saves an empty one.
    if (cells.every((cell) => cell.trim() === '')) continue;
    if (cells.length === columns.length) sort(csvRow(line, columns, cells), { rows, rejected });
    else
      rejected.push({
        line,
        reason: `it has ${cells.length} cells, the header has ${columns.length}; ${delimiterAdvice}`,
      });
    const count = rows.length + rejected.length;
    if (count % rowsBetweenSteps === 0) yield count;
  }
}

const delimiterAdvice = 'a cell that holds the delimiter stands in quotes';

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

function columnsOf(header: readonly string[], names: ReadonlyMap<string, FieldName>): readonly FieldName[] | Refusal {
  const columns: FieldName[] = [];
  for (const cell of header) {
    const field = names.get(folded(cleaned(cell)));
    if (field === undefined || !isTyped(field))
      return refusal(
        `The column ${JSON.stringify(cleaned(cell))} is no field. Take it out, or name it one of: ${fieldNames.filter(isTyped).join(', ')}.`,
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

function* rowsOfLdif(text: string, map: AttributeMap): Reading {
  const rows: ImportRow[] = [];
  const rejected: RejectedRow[] = [];
  const leftOut: RejectedRow[] = [];
  let records = 0;
  for (const record of ldifRecords(text)) {
    records += 1;
    if (records % rowsBetweenSteps === 0) yield rows.length + rejected.length;
    if ('problem' in record) {
      rejected.push({ line: record.line, reason: record.problem });
      continue;
    }
    // A whole export has the directory's containers and groups too.
    if (!isPerson(record)) continue;
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
