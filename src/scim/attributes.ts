// The values of a resource (RFC 7643 §2): JSON, of which the names of attributes are the same in great and small letters
// (§2.1), and of which null and an empty list say that there is no value (§2.5).

import { unfit } from './scim-fault.ts';

export type Value = string | number | boolean | null | readonly Value[] | Complex;

/** A complex value, or a whole resource: values by name. A name is there once, however it is written. */
export interface Complex {
  readonly [name: string]: Value;
}

/** A schema URN, an attribute, a sub-attribute, and one level for what clients have beside them. */
const deepest = 6;

export const isComplex = (value: Value | undefined): value is Complex =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isList = (value: Value | undefined): value is readonly Value[] => Array.isArray(value);

export const folded = (name: string): string => name.toLowerCase();

/** As `complex` writes `name`; undefined where it has none of it. */
export function spelling(complex: Complex, name: string): string | undefined {
  if (Object.hasOwn(complex, name)) return name;
  const wanted = folded(name);
  return Object.keys(complex).find((each) => folded(each) === wanted);
}

export function valueOf(complex: Complex, name: string): Value | undefined {
  const spelt = spelling(complex, name);
  return spelt === undefined ? undefined : complex[spelt];
}

/** `complex` with the value in the place of the one of before; undefined takes it away. */
export function having(complex: Complex, name: string, value: Value | undefined): Complex {
  const spelt = spelling(complex, name) ?? name;
  if (value !== undefined && !isNothing(value)) return { ...complex, [spelt]: value };
  const { [spelt]: _, ...rest } = complex;
  return rest;
}

/** All of `complex`, and of `other`, which goes over it. */
export function merged(complex: Complex, other: Complex): Complex {
  let whole = complex;
  for (const [name, value] of Object.entries(other)) whole = having(whole, name, value);
  return whole;
}

export const isNothing = (value: Value): boolean =>
  value === null || (isList(value) && value.length === 0) || (isComplex(value) && Object.keys(value).length === 0);

/**
 * JSON as a value, without what says that there is none.
 * @throws ScimFault where it is nested deeper than any resource is, or has one name twice
 */
export function readValue(json: unknown, depth = 0): Value {
  if (depth > deepest) throw unfit('invalidSyntax', `values are nested more than ${deepest} deep`);
  if (typeof json !== 'object' || json === null) return json as string | number | boolean | null;
  if (Array.isArray(json)) return json.map((each) => readValue(each, depth + 1)).filter((each) => !isNothing(each));
  const names = new Set<string>();
  const read: [string, Value][] = [];
  for (const [name, given] of Object.entries(json)) {
    if (names.has(folded(name))) throw unfit('invalidSyntax', `the attribute ${name.slice(0, 80)} is there twice`);
    names.add(folded(name));
    const value = readValue(given, depth + 1);
    if (!isNothing(value)) read.push([name, value]);
  }
  // Not by assignment: a member may be called __proto__.
  return Object.fromEntries(read);
}

/** @throws ScimFault where `text` is not a JSON object */
export function readComplex(text: string): Complex {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw unfit('invalidSyntax', 'the body is not JSON');
  }
  const value = readValue(json);
  if (!isComplex(value)) throw unfit('invalidSyntax', 'the body is not a JSON object');
  return value;
}
