// The settings of fields: whose they are to see, what they are called, which attributes they are taken from, and how
// telephone numbers are written.

import { isSupportedCountry } from 'libphonenumber-js/max';
import * as v from 'valibot';
import {
  classesInEffect,
  fields,
  isFieldName,
  transforms,
  type FieldClass,
  type FieldClasses,
  type FieldLabels,
  type FieldName,
  type Label,
  type TakenAttribute,
  type Transform,
} from '../book/field.ts';
import type { OwnAttributes } from '../server/attribute-map.ts';
import type { NumberingPlan } from '../server/telephone.ts';
import { said, text } from './setting-schema.ts';

export interface FieldSettings {
  readonly classes: FieldClasses;
  readonly labels: FieldLabels;
  /** Of persons whom several sources know: whose word counts, where it is not the first of the sources. */
  readonly from: Readonly<Partial<Record<FieldName, readonly string[]>>>;
}

/** Of settings by field: each key is a field, and one that something is taken for. */
function namesFields(record: Readonly<Record<string, unknown>>): string | undefined {
  const wrong = Object.keys(record).find((name) => !isFieldName(name) || fields[name].kind === 'uris');
  if (wrong === undefined) return undefined;
  if (isFieldName(wrong)) return `${JSON.stringify(wrong)} is made of the telephone number, and goes with it`;
  return `${JSON.stringify(wrong)} is not a field; 'rollcall directory fields' lists them`;
}

const byField = <Setting>(setting: v.GenericSchema<unknown, Setting>) =>
  v.pipe(
    v.record(v.string(), setting),
    v.check(
      (record) => namesFields(record) === undefined,
      (issue) => namesFields(issue.input) ?? '',
    ),
  );

const mostLabel = 40;
const labelText = v.pipe(
  text(`a label of at most ${mostLabel} characters`),
  v.maxLength(mostLabel, said(`a label of at most ${mostLabel} characters`)),
  v.regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, said('a label on one line, without characters that are not seen')),
);

export const labelSchema: v.GenericSchema<unknown, Label> = v.union(
  [
    v.pipe(
      labelText,
      v.transform((both) => ({ en: both, zh: both })),
    ),
    v.strictObject({ en: labelText, zh: labelText }),
  ],
  said(`a label of at most ${mostLabel} characters, or one in English and one in Chinese: {en: ..., zh: ...}`),
);

const fieldClass: v.GenericSchema<unknown, FieldClass> = v.picklist(
  ['public', 'internal', 'restricted'],
  said('public, internal or restricted'),
);

interface OneField {
  readonly class?: FieldClass | undefined;
  readonly label?: Label | undefined;
  readonly from?: readonly string[] | undefined;
}

const sourceNames = v.union(
  [
    v.pipe(
      text('the name of a source'),
      v.transform((one) => [one]),
    ),
    v.pipe(v.array(text('the name of a source')), v.minLength(1)),
  ],
  said('the name of a source, or a list of such'),
);

const oneField: v.GenericSchema<unknown, OneField> = v.strictObject({
  class: v.optional(fieldClass),
  label: v.optional(labelSchema),
  from: v.optional(sourceNames),
});

/** What is not said of a field is as the table has it. */
export const fieldSettingsSchema: v.GenericSchema<unknown, FieldSettings> = v.pipe(
  byField(oneField),
  v.check(
    (record) => record['name']?.class === undefined,
    'name: everyone who sees a person sees the name; its class stays as it is',
  ),
  v.transform((record: Readonly<Partial<Record<FieldName, OneField>>>) => {
    const classes: Partial<Record<FieldName, FieldClass>> = {};
    const from: Partial<Record<FieldName, readonly string[]>> = {};
    const labels: Partial<Record<FieldName, Label>> = {};
    for (const [name, given] of Object.entries(record) as [FieldName, OneField][]) {
      if (given.class !== undefined) classes[name] = given.class;
      if (given.label !== undefined) labels[name] = given.label;
      if (given.from !== undefined) from[name] = given.from;
    }
    return { classes: classesInEffect(classes), labels, from };
  }),
);

/** Back links: the server makes them of what other entries say, and tells of a change there only. */
const computed = new Set(['memberof', 'ismemberof', 'directreports', 'managedobjects', 'hassubordinates']);

const computedIn = (record: OwnAttributes): string | undefined =>
  Object.values(record)
    .flat()
    .find(({ attribute }) => computed.has(attribute.toLowerCase().split(';')[0] ?? ''))?.attribute;

const taking = `an attribute name, or {attribute: ..., transform: ...}, or a list of such; transforms are ${Object.keys(transforms).join(', ')}`;

const takenAttribute: v.GenericSchema<unknown, TakenAttribute> = v.union(
  [
    v.pipe(
      text(taking),
      v.transform((attribute) => ({ attribute })),
    ),
    v.strictObject({ attribute: text(taking), transform: v.picklist(Object.keys(transforms) as Transform[]) }),
  ],
  said(taking),
);

/** Of a source: attributes by field, over those of its kind. */
export const ownAttributesSchema: v.GenericSchema<unknown, OwnAttributes> = v.pipe(
  byField(
    v.union(
      [
        v.pipe(
          takenAttribute,
          v.transform((one) => [one]),
        ),
        v.array(takenAttribute),
      ],
      said(taking),
    ),
  ),
  v.check(
    (record) => computedIn(record) === undefined,
    (issue) =>
      `${computedIn(issue.input)} cannot be followed: the server computes it from other entries, and says nothing when it changes`,
  ),
);

export const numberingPlanSchema: v.GenericSchema<unknown, NumberingPlan> = v.strictObject({
  country: v.custom<NumberingPlan['country']>(
    (given) => typeof given === 'string' && isSupportedCountry(given),
    said('two capital letters of a country (ISO 3166-1), such as CN'),
  ),
  area: v.optional(
    v.pipe(
      v.string(said("the digits of an area in quotes, such as '010'")),
      v.regex(/^\d{1,6}$/, said("the digits of an area in quotes, such as '010'")),
    ),
  ),
});
