// What one setting may be, each with the words that say what would be right.

import * as v from 'valibot';
import { milliseconds, type Milliseconds } from '../base/time.ts';

export const said =
  (right: string): ((issue: v.BaseIssue<unknown>) => string) =>
  (issue) =>
    `${cut(JSON.stringify(issue.input) ?? 'nothing')} is not right: ${right}`;

/** What was given may be a whole file by mistake. */
const cut = (written: string): string => (written.length > 200 ? `${written.slice(0, 200)}...` : written);

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
      (value) => URL.canParse(value) && schemes.some((scheme) => value.startsWith(scheme) && value !== scheme),
      said(`a URL that begins with ${schemes.join(' or ')}`),
    ),
  );

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const lengthOf = (written: string): number => {
  const [, number = '', unit = 's'] = /^(\d{1,9})([smhd])$/.exec(written) ?? [];
  return number === '' ? NaN : Number(number) * units[unit as keyof typeof units];
};

/** A length of time with its unit: `30s`, `15m`, `24h`, `7d`; from `least` to `most`, written so as well. */
export const duration = (least: string, most: string): v.GenericSchema<string, Milliseconds> => {
  const right = `a length of time from ${least} to ${most}, such as 30s, 15m, 24h or 7d`;
  return v.pipe(
    v.string(said(right)),
    v.check((written) => lengthOf(written) >= lengthOf(least) && lengthOf(written) <= lengthOf(most), said(right)),
    v.transform((written) => milliseconds(lengthOf(written))),
  );
};
