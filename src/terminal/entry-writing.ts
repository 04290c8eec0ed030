// What every store of the personal address book makes of what it is given, and of what it finds.

import { fieldNames, fields as table, isFieldName, type FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import type { Own, PromptFact } from '../book/personal-entry.ts';

/** An own value that is empty is none, so that it covers nothing; nor is a photo's, which is a hash of the server's. */
export function tidied(own: Own): Own {
  const values: Partial<Record<string, string>> = {};
  for (const name of fieldNames) if (own.values[name] && table[name].kind !== 'photo') values[name] = own.values[name];
  return { ...own, groups: [...new Set(own.groups)], values };
}

/** Without fields of a newer program. */
export const knownFields = (base: Fields): Fields =>
  Object.fromEntries(Object.entries(base).filter(([name]) => isFieldName(name)));

/** The own value by which a prompt is undone; undefined where there is nothing to undo. */
export function takenBack(
  fact: PromptFact | undefined,
): { readonly field: FieldName; readonly from: string } | undefined {
  if (fact?.kind !== 'altered' || fact.from === undefined) return undefined;
  const { field, from } = fact;
  return table[field].kind === 'photo' ? undefined : { field, from };
}
