// Departments as a tree, where their names say it: `Research/Physics/Optics`, with the separator that the administrator names. One
// that nobody is in directly is there all the same, by the names of those in it. Nothing is known of departments but what
// persons have in the field, so that a reader's tree is made of those whom this reader sees.

import type { Department } from './organisation-index.ts';

export interface DepartmentInTree extends Department {
  /** The last part of the name. */
  readonly label: string;
  /** In it directly. `persons` are those of it and of all in it. */
  readonly departments: number;
}

export interface Below {
  /** The whole name of a department; empty for those that are in none. */
  readonly department: string;
  /** Undefined: none is in another. */
  readonly separator: string | undefined;
}

/** Those directly below. */
export function departmentsBelow(
  all: readonly Department[],
  { department, separator }: Below,
): readonly DepartmentInTree[] {
  if (separator === undefined)
    return department === '' ? all.map((each) => ({ ...each, label: each.name, departments: 0 })) : [];
  const before = department === '' ? '' : `${department}${separator}`;
  const found = new Map<string, { persons: number; readonly inside: Set<string> }>();
  for (const { name, persons } of all) {
    if (!name.startsWith(before)) continue;
    const [own, inside] = partsOf(name, before, separator);
    const node = found.get(own) ?? { persons: 0, inside: new Set() };
    found.set(own, node);
    node.persons += persons;
    if (inside !== undefined) node.inside.add(inside);
  }
  return [...found].map(([own, { persons, inside }]) => ({
    name: `${before}${own}`,
    label: own.trim() || `${before}${own}`,
    persons,
    departments: inside.size,
  }));
}

/** Of what comes behind `before`, the first part and the next. A separator at the begin is of the first: none is in what has no name. */
function partsOf(name: string, before: string, separator: string): readonly [string, string | undefined] {
  const first = before === '' && name.startsWith(separator) ? separator : '';
  const [own = '', inside] = name.slice(before.length + first.length).split(separator, 2);
  return [`${first}${own}`, inside];
}
