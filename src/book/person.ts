import type { FieldName } from './field.ts';
import type { PersonId } from './person-id.ts';

/**
 * What is known of one person. A field that has no value is absent, never `''`. The values of a
 * `list` field are joined by line feeds. `manager` holds a person ID.
 */
export type Fields = Readonly<Partial<Record<FieldName, string>>>;

export interface Person {
  readonly id: PersonId;
  readonly fields: Fields;
}

/** The fields in which `before` and `after` differ, each side's own values; undefined where nothing does. */
export function difference(before: Fields, after: Fields): { readonly from: Fields; readonly to: Fields } | undefined {
  const from: Partial<Record<FieldName, string>> = {};
  const to: Partial<Record<FieldName, string>> = {};
  let differs = false;
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)] as FieldName[])) {
    const was = before[name];
    const is = after[name];
    if (was === is) continue;
    differs = true;
    if (was !== undefined) from[name] = was;
    if (is !== undefined) to[name] = is;
  }
  return differs ? { from, to } : undefined;
}

/** `fields` after an alteration: what `from` names and `to` does not is taken away. */
export function altered(fields: Fields, alteration: { readonly from: Fields; readonly to: Fields }): Fields {
  const result: Partial<Record<FieldName, string>> = { ...fields };
  for (const name of Object.keys(alteration.from) as FieldName[]) delete result[name];
  return Object.assign(result, alteration.to);
}
