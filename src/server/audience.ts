// Who may see whom, and what of them.
//
// Without audiences everyone in the enterprise sees everybody, and of the fields what is `public` or `internal`. What is
// `restricted` never leaves the server but to an administrator, or to an audience that is to see it. Where nothing is
// hidden the same object is given back, since that is the usual case.
//
// An audience is readers by what the book says of them, or by the groups that they are in, persons in the same way, and
// fields. How its log is made of the book's is told in `audiences`.

import type { Change } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import { classesInEffect, fieldNames, fields as table, type FieldClasses, type FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';

/** What has to be so of a person. */
export type Condition =
  | {
      readonly kind: 'field';
      readonly field: FieldName;
      /** One of these, without regard to case; before a `*` at its end the beginning. Of a list one value is enough. */
      readonly values: readonly string[];
    }
  /** To be in one of these, each as the settings name it (see `groupsNamed`). */
  | { readonly kind: 'group'; readonly groups: readonly string[] };

export interface AudienceRule {
  readonly name: string;
  /** All must hold of who is to read by this rule; none: whoever reads by no rule before. */
  readonly readers: readonly Condition[];
  /** All must hold of whom they see; none: everybody. */
  readonly persons: readonly Condition[];
  /** And whom they see has in each of these a value that the reader has, too. */
  readonly same: readonly FieldName[];
  /** What they see of them; `name` in any case. */
  readonly fields: readonly FieldName[];
}

/** Whether it sees what is seen without audiences: then it needs no log of its own. */
export const seesAll = ({ persons, same, fields }: AudienceRule, hidden: readonly FieldName[]): boolean =>
  persons.length === 0 &&
  same.length === 0 &&
  fieldNames.every((name) => fields.includes(name) !== hidden.includes(name));

/** The groups by which a rule tells persons apart. */
export const groupsOf = (conditions: readonly Condition[]): readonly string[] =>
  conditions.flatMap((condition) => (condition.kind === 'group' ? condition.groups : []));

/** All that a rule names, of those who read and of those who are seen. */
export const groupsOfRule = ({ readers, persons }: Pick<AudienceRule, 'readers' | 'persons'>): readonly string[] => [
  ...groupsOf(readers),
  ...groupsOf(persons),
];

/** Undefined: nobody of the book, who is in no group. */
type Holds = (person: PersonId | undefined, fields: Fields) => boolean;

/** Whether all of `conditions` hold of a person. */
export function holding(conditions: readonly Condition[], isIn: (group: string, person: PersonId) => boolean): Holds {
  const each = conditions.map((condition): Holds => {
    if (condition.kind === 'field') return holdingOne(condition);
    const { groups } = condition;
    return (person) => person !== undefined && groups.some((group) => isIn(group, person));
  });
  return (person, fields) => each.every((holds) => holds(person, fields));
}

function holdingOne({ field, values }: Extract<Condition, { kind: 'field' }>): Holds {
  const wanted = values.map(comparable);
  const whole = new Set(wanted.filter((text) => !text.endsWith('*')));
  const beginnings = wanted.filter((text) => text.endsWith('*')).map((text) => text.slice(0, -1));
  const fits = (text: string): boolean => whole.has(text) || beginnings.some((beginning) => text.startsWith(beginning));
  return (_, fields) => valuesOf(fields, field).some(fits);
}

/** Of a list each. */
export const valuesOf = (fields: Fields, field: FieldName): readonly string[] =>
  fields[field]?.split('\n').map(comparable) ?? [];

// As directories compare: without regard to case, and to forms of the same character. No further: é is not e here.
export const comparable = (text: string): string => text.normalize('NFKC').toLowerCase();

const persons: readonly FieldName[] = fieldNames.filter((name) => table[name].kind === 'person');

/** Whom `fields` name: the manager. */
export const named = (fields: Fields): readonly PersonId[] =>
  persons.flatMap((name) => (fields[name] ?? []) as PersonId);

/** What `rule` shows of a person whom it shows; nobody is named whom it does not. */
export function fieldsSeen(all: Fields, rule: AudienceRule, sees: (person: PersonId) => boolean): Fields {
  const shown = rule.fields.flatMap((name) => {
    const value = all[name];
    return value === undefined || (table[name].kind === 'person' && !sees(value as PersonId)) ? [] : [[name, value]];
  });
  return Object.fromEntries(shown) as Fields;
}

/** What nobody sees but an administrator, unless told: by the table of fields. */
const restricted: readonly FieldName[] = hiddenFields(classesInEffect());

export function hiddenFields(classes: FieldClasses): readonly FieldName[] {
  return fieldNames.filter((name) => classes[name] === 'restricted');
}

export function visibleFields(all: Fields, hidden: readonly FieldName[] = restricted): Fields {
  if (hidden.every((name) => all[name] === undefined)) return all;
  const seen: Partial<Record<FieldName, string>> = { ...all };
  for (const name of hidden) delete seen[name];
  return seen;
}

/** Undefined where nothing that may be seen was changed. */
export function visibleChange(change: Change, hidden: readonly FieldName[] = restricted): Change | undefined {
  switch (change.kind) {
    case 'added': {
      const fields = visibleFields(change.fields, hidden);
      return fields === change.fields ? change : { ...change, fields };
    }
    case 'altered': {
      const from = visibleFields(change.from, hidden);
      const to = visibleFields(change.to, hidden);
      if (from === change.from && to === change.to) return change;
      const empty = Object.keys(from).length === 0 && Object.keys(to).length === 0;
      return empty ? undefined : { ...change, from, to };
    }
    case 'removed':
      return change;
  }
}

/** The same span, without what may not be seen. */
export const visibleList = (list: ChangeList, hidden: readonly FieldName[]): ChangeList => ({
  ...list,
  changes: list.changes.flatMap((change) => visibleChange(change, hidden) ?? []),
});
