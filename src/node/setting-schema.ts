// What one setting may be, each with the words that say what would be right.

import * as v from 'valibot';

export const said =
  (right: string): ((issue: v.BaseIssue<unknown>) => string) =>
  (issue) =>
    `${JSON.stringify(issue.input) ?? 'nothing'} is not right: ${right}`;

export const text = (right: string): v.GenericSchema<unknown, string> =>
  v.pipe(v.string(said(right)), v.minLength(1, said(right)));

export const count = (least: number, most: number): v.GenericSchema<unknown, number> => {
  const right = `a whole number from ${least} to ${most}`;
  return v.pipe(
    v.number(said(right)),
    v.integer(said(right)),
    v.minValue(least, said(right)),
    v.maxValue(most, said(right)),
  );
};

export const flag: v.GenericSchema<unknown, boolean> = v.boolean(said('true or false'));
export const port: v.GenericSchema<unknown, number> = count(0, 65_535);

export const url = (schemes: readonly string[]): v.GenericSchema<unknown, string> =>
  v.pipe(
    v.string(said(`a URL that begins with ${schemes.join(' or ')}`)),
    v.check(
      (value) => schemes.some((scheme) => value.startsWith(scheme)),
      said(`a URL that begins with ${schemes.join(' or ')}`),
    ),
  );
