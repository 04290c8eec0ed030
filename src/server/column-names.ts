// What a column of a CSV file may be called.

import { fieldNames, fields as table, type FieldLabels, type FieldName } from '../book/field.ts';
import { folded } from '../book/folding.ts';

/** What a header cell may be called, folded: a field's name, its label in either language, an LDAP attribute. */
const columnNames: ReadonlyMap<string, FieldName> = new Map(
  // Names go over labels, labels over attributes, where one word is two things.
  [
    ...fieldNames.flatMap((field) =>
      [...table[field].ldap, ...table[field].ad].map(({ attribute }) => [attribute, field] as const),
    ),
    ...fieldNames.flatMap((field) =>
      [table[field].label.en, table[field].label.zh].map((name) => [folded(name), field] as const),
    ),
    ...fieldNames.map((field) => [field.toLowerCase(), field] as const),
  ],
);

/** The same with what the administrator calls them, which goes over all but a field's name. */
export function namesWith(labels: FieldLabels): ReadonlyMap<string, FieldName> {
  const own = fieldNames.flatMap((field) =>
    Object.values(labels[field] ?? {}).map((name) => [folded(name), field] as const),
  );
  return new Map([...columnNames, ...own, ...fieldNames.map((field) => [field.toLowerCase(), field] as const)]);
}

/** Photos and what is made of numbers are not typed. */
export const isTyped = (field: FieldName): boolean => table[field].kind !== 'photo' && table[field].kind !== 'uris';
