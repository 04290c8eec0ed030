import { InvalidArgumentError } from 'commander';

/** For commander: a whole number from 0 up. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is needed');
  return Number(text);
}

const unitSeconds = { s: 1, m: 60, h: 3600 } as const;

/** For commander: a time such as `90`, `60s`, `10m` or `2h`, in seconds. */
export function timeInSeconds(text: string): number {
  const [, count, unit = 's'] = /^(\d{1,6})([smh])?$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('a time is needed, such as 60s, 10m or 2h');
  return Number(count) * unitSeconds[unit as keyof typeof unitSeconds];
}
