// What commander makes of values: numbers, times, addresses.

import { InvalidArgumentError } from 'commander';
import { serverUrl } from '../node/http-client.ts';

/** For commander: a whole number from 0 up. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is needed');
  return Number(text);
}

/** For commander: the URL of a server, as it is written. */
export function serverAddress(text: string): string {
  try {
    serverUrl(text);
    return text;
  } catch (fault) {
    throw new InvalidArgumentError(fault instanceof Error ? fault.message : String(fault));
  }
}

const unitSeconds = { s: 1, m: 60, h: 3600 } as const;

/** For commander: a time such as `90`, `60s`, `10m` or `2h`, in seconds. */
export function timeInSeconds(text: string): number {
  const [, count, unit = 's'] = /^(\d{1,6})([smh])?$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('a time is needed, such as 60s, 10m or 2h');
  return Number(count) * unitSeconds[unit as keyof typeof unitSeconds];
}
