// The settings of the audiences: who sees whom, and what of them.

import * as v from 'valibot';
import {
  fieldNames,
  fields,
  isFieldName,
  telephoneFields,
  uriFields,
  type FieldClass,
  type FieldClasses,
  type FieldName,
} from '../book/field.ts';
import type { AudienceRule, Condition } from '../server/audience.ts';
import { mostAudiences } from '../server/roster.ts';
import { said, text } from './setting-schema.ts';

const oneOrMore = (right: string): v.GenericSchema<unknown, readonly string[]> =>
  v.union(
    [
      v.pipe(
        text(right),
        v.transform((one) => [one]),
      ),
      v.pipe(v.array(text(right)), v.minLength(1, said(right))),
    ],
    said(right),
  );

/** What is made of a telephone number goes with it. */
const isSettable = (name: string): name is FieldName => isFieldName(name) && fields[name].kind !== 'uris';

const valuesRight = 'a value or a list of them; before a * at its end the beginning of one';

const conditionsBut = (
  also: readonly string[],
): v.GenericSchema<unknown, Readonly<Record<string, readonly string[]>>> =>
  v.pipe(
    v.record(v.string(), oneOrMore(valuesRight)),
    v.check(
      (record) => Object.keys(record).every((name) => also.includes(name) || isSettable(name)),
      (issue) => {
        const wrong = Object.keys(issue.input).find((name) => !also.includes(name) && !isSettable(name));
        const words = also.map((name) => `'${name}'`).join(' or ');
        return `${JSON.stringify(wrong)} is not a field, and not ${words}; 'rollcall directory fields' lists the fields`;
      },
    ),
  );

const conditionsIn = (record: Readonly<Record<string, readonly string[]>>): readonly Condition[] =>
  Object.entries(record).map(([name, values]) =>
    name === 'group' ? { kind: 'group', groups: values } : { kind: 'field', field: name as FieldName, values },
  );

const readers: v.GenericSchema<unknown, readonly Condition[]> = v.pipe(
  conditionsBut(['group']),
  v.transform(conditionsIn),
);

type Persons = Pick<AudienceRule, 'persons' | 'same'>;

const persons: v.GenericSchema<unknown, Persons> = v.pipe(
  conditionsBut(['group', 'same']),
  v.check(({ same = [] }) => same.every(isSettable), "'same' names fields; 'rollcall directory fields' lists them"),
  v.transform(({ same = [], ...rest }) => ({ persons: conditionsIn(rest), same: same as readonly FieldName[] })),
);

const classes: readonly string[] = ['public', 'internal', 'restricted'] satisfies readonly FieldClass[];

const seen: v.GenericSchema<unknown, readonly string[]> = v.pipe(
  oneOrMore('fields, and classes of fields: public, internal, restricted'),
  v.check(
    (list) => list.every((each) => classes.includes(each) || isSettable(each)),
    (issue) => {
      const wrong = issue.input.find((each) => !classes.includes(each) && !isSettable(each));
      return `${JSON.stringify(wrong)} is neither a field ('rollcall directory fields' lists them) nor public, internal or restricted`;
    },
  ),
);

const nameRight = 'a name of lower-case letters, digits and -, at most 40 of them';

const audience = v.pipe(
  v.strictObject({
    name: v.pipe(v.string(said(nameRight)), v.regex(/^[a-z0-9][a-z0-9-]{0,39}$/, said(nameRight))),
    readers: v.optional(readers, {}),
    persons: v.optional(persons, {}),
    fields: v.optional(seen, ['public', 'internal']),
  }),
  v.transform(({ persons: seenPersons, ...rest }) => ({ ...rest, ...seenPersons })),
);

/** As it is written: which fields a class has depends on other settings. */
interface WrittenAudience extends Omit<AudienceRule, 'fields'> {
  readonly fields: readonly string[];
}

export const audienceRules = (written: readonly WrittenAudience[], classes: FieldClasses): readonly AudienceRule[] =>
  written.map(({ fields: list, ...rest }) => ({
    ...rest,
    // Whom nothing is known of but an ID, nobody can show. What is made of a telephone number goes with it.
    fields: fieldNames.filter(
      (name) =>
        name === 'name' ||
        list.includes(classes[name]) ||
        list.includes(name) ||
        telephoneFields.some((telephone) => uriFields[telephone] === name && list.includes(telephone)),
    ),
  }));

export const audiencesSchema: v.GenericSchema<unknown, readonly WrittenAudience[]> = v.pipe(
  v.array(audience, said('a list of audiences')),
  v.maxLength(mostAudiences, `there may be at most ${mostAudiences} audiences`),
  v.check((list) => new Set(list.map(({ name }) => name)).size === list.length, 'two audiences have the same name'),
  v.check(
    (list) => list.length === 0 || list.at(-1)?.readers.length === 0,
    'the last audience must have no readers: it is for whoever is in none before, and says whom they see',
  ),
  v.check(
    (list) => list.slice(0, -1).every(({ readers }) => readers.length > 0),
    'only the last audience may be without readers: those after it would have none',
  ),
);
