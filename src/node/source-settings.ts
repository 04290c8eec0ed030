// What is set of every source, of whatever kind.

import * as v from 'valibot';
import type { FieldClasses, FieldLabels } from '../book/field.ts';
import type { OwnAttributes } from '../server/attribute-map.ts';
import { defaultBrakeLimits } from '../server/brake.ts';
import type { MatchField } from '../server/match.ts';
import type { NumberingPlan } from '../server/telephone.ts';
import { numberingPlanSchema, ownAttributesSchema } from './field-config.ts';
import { count, said, text } from './setting-schema.ts';

interface Brake {
  readonly count: number;
  readonly percent: number;
  /** Of the persons of one container, where there are so many. */
  readonly container: { readonly persons: number; readonly percent: number };
  /** So long after the last removal of a burst they are judged together. */
  readonly settleSeconds: number;
}

export interface EverySource {
  readonly name: string;
  readonly attributes: OwnAttributes;
  /** The classes of fields, as the settings of the whole book have them. */
  readonly classes?: FieldClasses;
  /** What the settings of the whole book call the fields. */
  readonly labels?: FieldLabels;
  /** What stands between the names of departments that are in others, as the settings of the whole book have it. */
  readonly departmentSeparator?: string | undefined;
  /** How telephone numbers are written that do not say their country. */
  readonly telephone?: NumberingPlan | undefined;
  /** By what an entry is known to be a person of another source with the same; absent: its persons are nobody else's. */
  readonly matchBy?: MatchField | undefined;
  readonly brake: Brake;
}

// Who is moved, or deleted and added again, is back within seconds.
const defaults = { ...defaultBrakeLimits, settleSeconds: 5 };

export const nameOfSource: v.GenericSchema<unknown, string> = v.pipe(
  text('a short name'),
  v.regex(/^[a-z][a-z0-9-]{0,31}$/, said('lower-case letters, digits and hyphens, at most 32')),
  v.notValue('embedded', said("another name: 'embedded' is the administrator's own book")),
);

const brake: v.GenericSchema<unknown, Brake> = v.strictObject({
  count: v.optional(count(0, 1_000_000), defaults.count),
  percent: v.optional(count(0, 100), defaults.percent),
  container: v.optional(
    v.strictObject({
      persons: v.optional(count(1, 1_000_000), defaults.container.persons),
      percent: v.optional(count(0, 100), defaults.container.percent),
    }),
    {},
  ),
  settleSeconds: v.optional(count(1, 300), defaults.settleSeconds),
});

/** Into the object of each kind, beside the name. */
export const ofEverySource: {
  readonly attributes: v.OptionalSchema<v.GenericSchema<unknown, OwnAttributes>, Record<string, never>>;
  readonly telephone: v.OptionalSchema<v.GenericSchema<unknown, NumberingPlan>, undefined>;
  readonly matchBy: v.OptionalSchema<v.GenericSchema<unknown, MatchField>, undefined>;
  readonly brake: v.OptionalSchema<v.GenericSchema<unknown, Brake>, Record<string, never>>;
} = {
  attributes: v.optional(ownAttributesSchema, {}),
  telephone: v.optional(numberingPlanSchema),
  matchBy: v.optional(v.picklist(['employeeNumber', 'mail'], said('employeeNumber or mail'))),
  brake: v.optional(brake, {}),
};
