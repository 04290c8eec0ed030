import type { Place } from './look-up-index.ts';

const shape = /^(\d{1,2})\.(.+)$/;

/** As a client gives it back; to the client it says nothing. */
export const printPlace = ({ group, key }: Place): string => `${group}.${encodeURIComponent(key)}`;

/** Undefined where nobody printed `text`. */
export function parsePlace(text: string): Place | undefined {
  const [, group, key] = shape.exec(text) ?? [];
  if (group === undefined || key === undefined) return undefined;
  try {
    return { group: Number(group), key: decodeURIComponent(key) };
  } catch {
    return undefined; // a per cent sign with something else after it than two digits
  }
}
