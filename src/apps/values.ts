// A field's value as a person reads it.

import { fieldNames, fields as table, labelOf, type FieldLabels, type FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import { fieldLabelsSchema } from '../wire/admin.ts';
import type { AdminClient } from './admin-client.ts';
import { printable, table as columns } from './screen.ts';

/** A photo's value is a hash, which says nothing to anybody. */
export const valueWords = (field: FieldName, value: string): string =>
  table[field].kind === 'photo' ? '(a picture)' : printable(value);

/** What the administrator of the server calls fields. */
export const labelsOf = async (client: AdminClient): Promise<FieldLabels> =>
  (await client.ask({ method: 'GET', path: '/v1/admin/labels', answer: fieldLabelsSchema })).labels;

/** All of a person, a field a line. */
export function fieldLines(fields: Fields, labels?: FieldLabels): string {
  const rows = fieldNames.flatMap((name) =>
    fields[name] === undefined ? [] : [[printable(labelOf(name, labels).en), valueWords(name, fields[name])]],
  );
  return columns(rows);
}

/** `Office telephone 8001 -> 8002`; `Photo changed`. */
export function alterationWords(
  field: FieldName,
  { from, to }: { readonly from?: string; readonly to?: string },
  labels?: FieldLabels,
): string {
  const label = printable(labelOf(field, labels).en);
  if (table[field].kind !== 'photo') return `${label} ${printable(from ?? '(none)')} -> ${printable(to ?? '(none)')}`;
  return `${label} ${from === undefined ? 'is new' : to === undefined ? 'was taken away' : 'changed'}`;
}

/** What differs, in the order of the table of fields. */
export const differenceWords = (from: Fields, to: Fields, labels?: FieldLabels): string =>
  fieldNames
    .filter((name) => from[name] !== to[name] && table[name].kind !== 'uris')
    .map((name) => alterationWords(name, sides(from[name], to[name]), labels))
    .join(', ');

const sides = (from: string | undefined, to: string | undefined): { readonly from?: string; readonly to?: string } => ({
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
});
