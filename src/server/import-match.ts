// Who the rows of an import are: by employee number, else by mail address. A row that could be two persons,
// and two rows that could be one, are said and never guessed.

import type { FieldName } from '../book/field.ts';
import { difference, type Fields } from '../book/person.ts';
import { isPersonId, type PersonId } from '../book/person-id.ts';
import type { Photo } from '../book/photo.ts';
import type { ImportPreview, RejectedRow } from './administration.ts';
import { complete, completeAgain } from './attribute-map.ts';
import { rowsBetweenSteps, type ImportRow, type ImportRows } from './import-file.ts';
import type { TelephoneUri } from './telephone.ts';

/** A person of the embedded book. */
export interface Present {
  readonly id: PersonId;
  readonly fields: Fields;
}

export interface Matched extends Omit<ImportPreview, 'kind' | 'added'> {
  readonly kind: 'matched';
  readonly added: readonly { readonly line: number; readonly person: PersonId; readonly fields: Fields }[];
  /** Of those who are added, or whose photo is altered. */
  readonly photos: readonly Photo[];
}

interface Found {
  readonly row: ImportRow;
  readonly person: PersonId;
  /** Absent for somebody new. */
  readonly before?: Fields;
}

/** Values that name one person, or more than one by mistake. */
type Index = ReadonlyMap<string, readonly PersonId[]>;

interface Known {
  readonly present: readonly Present[];
  readonly newPersonId: () => PersonId;
  readonly telephoneUri?: TelephoneUri | undefined;
}

/** Gives now and then how many rows are compared, and in the end what comes of them. */
export function* matchRows(
  { rows, rejected, leftOut }: ImportRows,
  { present, newPersonId, telephoneUri }: Known,
): Generator<number, Matched> {
  const wrong: RejectedRow[] = [...rejected];
  const book = indexes(present);
  const byId = new Map(present.map((each) => [each.id, each.fields]));
  const found = new Map<PersonId, Found>();
  for (const [at, row] of rows.entries()) {
    // Each row is looked at twice: here for who it is, and below for what it changes.
    if (at % rowsBetweenSteps === 0) yield Math.floor(at / 2);
    const person = personOf(row, book, byId);
    if (typeof person === 'object') {
      wrong.push(person);
      continue;
    }
    const id = person ?? newPersonId();
    const twin = found.get(id);
    const before = byId.get(id);
    if (twin !== undefined)
      wrong.push({ line: row.line, reason: `the row is of the same person as line ${twin.row.line}` });
    else found.set(id, before === undefined ? { row, person: id } : { row, person: id, before });
  }
  const twins = doubled([...found.values()]);
  for (const { line, reason } of twins.rejected) wrong.push({ line, reason });
  return yield* outcome(twins.kept, { wrong, rows: rows.length + rejected.length, leftOut, book, byId, telephoneUri });
}

function indexes(people: readonly Present[]): { readonly employeeNumber: Index; readonly mail: Index } {
  const of = (value: (fields: Fields) => string | undefined): Index => {
    const index = new Map<string, PersonId[]>();
    for (const { id, fields } of people) {
      const text = value(fields);
      if (text === undefined) continue;
      const others = index.get(text);
      if (others === undefined) index.set(text, [id]);
      else others.push(id);
    }
    return index;
  };
  return { employeeNumber: of(({ employeeNumber }) => employeeNumber), mail: of(({ mail }) => mail?.toLowerCase()) };
}

function personOf(
  { line, fields }: ImportRow,
  book: ReturnType<typeof indexes>,
  byId: ReadonlyMap<PersonId, Fields>,
): PersonId | RejectedRow | undefined {
  const { employeeNumber, mail } = fields;
  const [numbered, second] = employeeNumber === undefined ? [] : (book.employeeNumber.get(employeeNumber) ?? []);
  if (second !== undefined)
    return { line, reason: `employee number ${employeeNumber} is that of ${numbered} and ${second}` };
  if (numbered !== undefined) return numbered;
  const [addressed, another] = mail === undefined ? [] : (book.mail.get(mail.toLowerCase()) ?? []);
  if (another !== undefined) return { line, reason: `mail address ${mail} is that of ${addressed} and ${another}` };
  const theirs = addressed === undefined ? undefined : byId.get(addressed)?.employeeNumber;
  // A mail address may be given to a successor; two employee numbers are two people.
  if (theirs !== undefined && employeeNumber !== undefined)
    return { line, reason: `mail address ${mail} is that of ${addressed}, who has employee number ${theirs}` };
  return addressed;
}

/** New rows that share an employee number or a mail address with an earlier new row. */
function doubled(found: readonly Found[]): {
  readonly kept: readonly Found[];
  readonly rejected: readonly RejectedRow[];
} {
  const lines = new Map<string, number>();
  const rejected: RejectedRow[] = [];
  const kept = found.filter(({ row: { line, fields } }) => {
    const marks = [
      fields.employeeNumber && `employee number ${fields.employeeNumber}`,
      fields.mail && `mail address ${fields.mail.toLowerCase()}`,
    ];
    for (const mark of marks) {
      const earlier = mark === undefined || mark === '' ? undefined : lines.get(mark);
      if (earlier === undefined) continue;
      rejected.push({ line, reason: `${mark} is also that of line ${earlier}` });
      return false;
    }
    for (const mark of marks) if (mark !== undefined && mark !== '') lines.set(mark, line);
    return true;
  });
  return { kept, rejected };
}

interface Rest {
  readonly wrong: readonly RejectedRow[];
  readonly rows: number;
  readonly leftOut: readonly RejectedRow[];
  readonly book: ReturnType<typeof indexes>;
  readonly byId: ReadonlyMap<PersonId, Fields>;
  readonly telephoneUri?: TelephoneUri | undefined;
}

function* outcome(found: readonly Found[], { wrong, rows, leftOut, ...known }: Rest): Generator<number, Matched> {
  const rejected = [...wrong];
  const added: { line: number; person: PersonId; fields: Fields }[] = [];
  const altered: { line: number; person: PersonId; name: string; from: Fields; to: Fields }[] = [];
  const photos: Photo[] = [];
  let unchanged = 0;
  const { telephoneUri } = known;
  const settled = settle(found, known);
  rejected.push(...settled.rejected);
  for (const [at, { row, person, before, fields }] of settled.kept.entries()) {
    if (at % rowsBetweenSteps === 0) yield Math.floor((rows + at) / 2);
    // A column that the file has not, or an empty cell, takes nothing away.
    const after = { ...before, ...fields };
    if (before !== undefined) completeAgain(before, after, telephoneUri);
    const moved = before === undefined ? undefined : difference(before, after);
    if (row.photo !== undefined && (before === undefined || moved?.to.photo !== undefined)) photos.push(row.photo);
    if (before === undefined) added.push({ line: row.line, person, fields });
    else if (moved === undefined) unchanged += 1;
    else altered.push({ line: row.line, person, name: before.name ?? fields.name ?? '', ...moved });
  }
  rejected.sort((a, b) => a.line - b.line);
  return { kind: 'matched', rows, added, altered, unchanged, rejected, leftOut, photos };
}

interface Settled extends Found {
  readonly fields: Fields;
}

/** Rows with their managers' IDs. A row that is rejected manages nobody, so those whom it would manage are looked at again. */
function settle(
  found: readonly Found[],
  known: Pick<Rest, 'book' | 'byId' | 'telephoneUri'>,
): { readonly kept: readonly Settled[]; readonly rejected: readonly RejectedRow[] } {
  const rejected: RejectedRow[] = [];
  for (let left = found; ;) {
    const managerOf = managers(left, known);
    const kept: Settled[] = [];
    const before = rejected.length;
    for (const each of left) {
      const manager = managerOf(each);
      const fields: Partial<Record<FieldName, string>> = { ...each.row.fields };
      if (each.before === undefined) complete(fields, known.telephoneUri);
      if (typeof manager === 'object') rejected.push(manager);
      else if (each.before === undefined && fields.name === undefined)
        rejected.push({ line: each.row.line, reason: 'a new person needs a name' });
      else kept.push({ ...each, fields: manager === undefined ? fields : { ...fields, manager } });
    }
    if (rejected.length === before) return { kept, rejected };
    left = kept;
  }
}

/** Who a row's manager is: by person ID or employee number, in the book or in the file; by place in the file. */
function managers(
  found: readonly Found[],
  { book, byId }: Pick<Rest, 'book' | 'byId'>,
): (each: Found) => PersonId | RejectedRow | undefined {
  const places = new Map(
    found.flatMap(({ row, person }) => (row.place === undefined ? [] : [[row.place, person] as const])),
  );
  const numbers = new Map(
    found.flatMap(({ row, person }) =>
      row.fields.employeeNumber === undefined ? [] : [[row.fields.employeeNumber, person] as const],
    ),
  );
  return ({ row: { line, manager }, person }) => {
    if (manager === undefined) return undefined;
    if (manager.kind === 'place') return places.get(manager.place); // a manager who is not in the file is not shown
    const { text } = manager;
    const [known, second] = book.employeeNumber.get(text) ?? [];
    const id =
      isPersonId(text) && byId.has(text) ? text : (numbers.get(text) ?? (second === undefined ? known : undefined));
    if (id === undefined)
      return {
        line,
        reason: `the manager ${JSON.stringify(text)} is neither a person ID nor an employee number of the book or the file`,
      };
    return id === person ? { line, reason: 'nobody is their own manager' } : id;
  };
}
