// Ranged retrieval (MS-ADTS 3.1.1.3.1.3.3): of an attribute with more values than the server gives at once
// (MaxValRange, 1,500 in Active Directory) an entry has the plain name without a value, and
// `member;range=0-1499` with the first of them. The rest is asked for, range by range; `*` ends the last.

import type { Attributes } from './attributes.ts';

/** A range that is not the last. */
interface Range {
  readonly name: string;
  readonly attribute: string;
  readonly next: number;
}

const range = /^(.*);range=(\d+)-(\d+|\*)$/;

/** What of `attributes` is to be asked for on. */
export function openRanges(attributes: Attributes): readonly Range[] {
  const open: Range[] = [];
  for (const name of attributes.keys()) {
    const [, attribute, , to] = range.exec(name) ?? [];
    if (attribute !== undefined && to !== undefined && to !== '*') open.push({ name, attribute, next: Number(to) + 1 });
  }
  return open;
}

export const rangeRequest = ({ attribute, next }: Range): string => `${attribute};range=${next}-*`;

/** `attributes` with all ranges of an attribute under its plain name. */
export function joinedRanges(attributes: Attributes): Attributes {
  const joined = new Map<string, readonly Uint8Array[]>();
  for (const [name, values] of attributes) {
    const plain = range.exec(name)?.[1] ?? name;
    joined.set(plain, [...(joined.get(plain) ?? []), ...values]);
  }
  return joined;
}
