// Who may see which fields. There is one audience: everyone in the enterprise, who sees what is
// `public` or `internal`. What is `restricted` never leaves the server but to an administrator.
// Where nothing is hidden the same object is given back, since that is the usual case.

import type { Change } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import { fieldNames, fields as table, type FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';

const hidden: readonly FieldName[] = fieldNames.filter((name) => table[name].class === 'restricted');

export function visibleFields(all: Fields): Fields {
  if (hidden.every((name) => all[name] === undefined)) return all;
  const seen: Partial<Record<FieldName, string>> = { ...all };
  for (const name of hidden) delete seen[name];
  return seen;
}

/** Undefined where nothing that may be seen was changed. */
export function visibleChange(change: Change): Change | undefined {
  switch (change.kind) {
    case 'added': {
      const fields = visibleFields(change.fields);
      return fields === change.fields ? change : { ...change, fields };
    }
    case 'altered': {
      const from = visibleFields(change.from);
      const to = visibleFields(change.to);
      if (from === change.from && to === change.to) return change;
      const empty = Object.keys(from).length === 0 && Object.keys(to).length === 0;
      return empty ? undefined : { ...change, from, to };
    }
    case 'removed':
      return change;
  }
}

/** The same span, without what may not be seen. */
export const visibleList = (list: ChangeList): ChangeList => ({
  ...list,
  changes: list.changes.flatMap((change) => visibleChange(change) ?? []),
});
