// PATCH (RFC 7644 §3.5.2), as it is written, and as Entra ID and Okta write it: operations in capitals, a value of several
// attributes by dotted names without a path, parts of a value that is not there yet, members taken away by a list of them.

import * as at from './attributes.ts';
import type { Complex, Value } from './attributes.ts';
import { parsePath, type Filter, type Path } from './filter.ts';
import { elementTest, impliedBy, placeOf } from './matching.ts';
import { acceptable, fitting } from './resource.ts';
import { ScimFault, unfit } from './scim-fault.ts';
import { attributeOf, isPassedOver, type Attribute, type ResourceType } from './schema.ts';

type Kind = 'add' | 'remove' | 'replace';

interface Operation {
  readonly kind: Kind;
  /** Absent where `value` names attributes itself. */
  readonly path?: Path;
  readonly value?: Value;
}

/** Each looks through all values of an attribute, of which a group has many. */
const mostOperations = 200;

/** @throws ScimFault where it is none, before anything is done of it */
export function readPatch(body: Complex): readonly Operation[] {
  const operations = at.valueOf(body, 'Operations');
  if (!at.isList(operations)) throw unfit('invalidSyntax', 'Operations is missing: a list with one operation at least');
  const read = together(operations.map(readOperation));
  if (read.length > mostOperations) throw new ScimFault(413, `at most ${mostOperations} operations are done at once`);
  return read;
}

/** Okta writes an operation for each member who goes: those that follow each other are one. */
function together(operations: readonly Operation[]): readonly Operation[] {
  const all: Operation[] = [];
  let going: Complex[] | undefined;
  for (const each of operations) {
    const member = memberWhoGoes(each);
    if (member === undefined) all.push(each);
    else if (going === undefined) all.push({ kind: 'remove', path: { name: 'members' }, value: (going = [member]) });
    else going.push(member);
    if (member === undefined) going = undefined;
  }
  return all;
}

/** Of `remove` with the path `members[value eq "..."]`. */
function memberWhoGoes({ kind, path }: Operation): Complex | undefined {
  if (kind !== 'remove' || path?.filter?.kind !== 'compare' || path.sub !== undefined) return undefined;
  const { path: of, operator, value } = path.filter;
  const isMembers = path.schema === undefined && at.folded(path.name) === 'members';
  return isMembers && operator === 'eq' && at.folded(of.name) === 'value' && typeof value === 'string'
    ? { value }
    : undefined;
}

function readOperation(given: Value): Operation {
  const named = at.isComplex(given) ? at.valueOf(given, 'op') : undefined;
  const op = typeof named === 'string' ? at.folded(named) : '';
  if (!at.isComplex(given) || (op !== 'add' && op !== 'remove' && op !== 'replace'))
    throw unfit('invalidSyntax', 'each operation has an op: add, remove or replace');
  const path = at.valueOf(given, 'path');
  const value = at.valueOf(given, 'value');
  if (path !== undefined && typeof path !== 'string') throw unfit('invalidPath', 'path must be a text');
  if (op === 'remove' && (path === undefined || path === ''))
    throw unfit('noTarget', 'what is to be removed is not said: path is missing');
  return {
    kind: op,
    ...(path !== undefined && path !== '' && { path: parsePath(path) }),
    ...(value !== undefined && { value }),
  };
}

/**
 * The resource after all of the operations.
 * @throws ScimFault where one of them cannot be done; then none is
 */
export function patched(type: ResourceType, resource: Complex, operations: readonly Operation[]): Complex {
  let after = resource;
  for (const each of operations) after = carriedOut(type, after, each);
  return acceptable(type, after);
}

function carriedOut(type: ResourceType, resource: Complex, { kind, path, value }: Operation): Complex {
  if (path !== undefined) return changed(type, resource, { kind, path, ...(value !== undefined && { value }) });
  if (!at.isComplex(value)) throw unfit('invalidValue', 'without a path, value is an object of attributes');
  let after = resource;
  for (const [name, each] of Object.entries(value))
    after = changed(type, after, { kind, path: parsePath(name), value: each });
  return after;
}

interface Change {
  readonly kind: Kind;
  readonly path: Path;
  readonly value?: Value;
}

function changed(type: ResourceType, resource: Complex, change: Change): Complex {
  const { extension, schema, name } = placeOf(type, resource, change.path);
  if (extension === undefined) {
    if (name === undefined || isPassedOver(name)) return resource;
    return changedIn(resource, { ...change, name, attribute: attributeOf(schema, name) });
  }
  const holder = at.valueOf(resource, extension) ?? {};
  if (!at.isComplex(holder)) throw unfit('invalidPath', `${extension} is no schema`);
  if (name !== undefined)
    return at.having(resource, extension, changedIn(holder, { ...change, name, attribute: attributeOf(schema, name) }));
  // The extension as a whole.
  if (change.kind === 'remove') return at.having(resource, extension, undefined);
  if (!at.isComplex(change.value)) throw unfit('invalidValue', `${extension} is a schema, and has attributes`);
  return at.having(resource, extension, at.merged(holder, change.value));
}

interface NamedChange extends Change {
  readonly name: string;
  readonly attribute: Attribute | undefined;
}

/** `holder`: the resource, or its part of an extension. */
function changedIn(holder: Complex, change: NamedChange): Complex {
  const { name, attribute, path } = change;
  const before = at.valueOf(holder, name);
  if (path.filter !== undefined) {
    const elements = before === undefined ? [] : at.isList(before) ? before : [before];
    return at.having(holder, name, changedElements(elements, path.filter, change));
  }
  if (path.sub !== undefined) return at.having(holder, name, withPart(before, path.sub, change));
  if (change.kind === 'remove') return at.having(holder, name, lessened(before, change));
  const value = attribute === undefined ? (change.value ?? null) : fitting(attribute, change.value ?? null);
  return at.having(
    holder,
    name,
    change.kind === 'add' || attribute?.kind === 'complex' ? joined(before, value, name) : value,
  );
}

/** RFC 7644 §3.5.2.1: to a list it is added, unless it is there; a complex value keeps what is not named. */
function joined(before: Value | undefined, value: Value, name: string): Value {
  if (before === undefined) return value;
  if (at.isComplex(before) && at.isComplex(value)) return at.merged(before, value);
  if (!at.isList(before)) return value;
  // Who is a member is one, whatever else is said of them.
  const identity = at.folded(name) === 'members' ? referenceOf : printed;
  const known = new Set(before.map(identity));
  const fresh = (at.isList(value) ? value : [value]).filter((each) => {
    const count = known.size;
    return known.add(identity(each)).size > count;
  });
  return [...demoted(before, fresh), ...fresh];
}

const printed = (value: Value): string =>
  JSON.stringify(at.isComplex(value) ? Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)) : value);

const referenceOf = (value: Value): string =>
  printed(at.isComplex(value) ? (at.valueOf(value, 'value') ?? null) : value);

const isPrimary = (value: Value): boolean => at.isComplex(value) && at.valueOf(value, 'primary') === true;

/** RFC 7644 §3.5.2: one of a list is the primary one; a new one takes the place of the one of before. */
const demoted = (before: readonly Value[], fresh: readonly Value[]): readonly Value[] =>
  fresh.some(isPrimary)
    ? before.map((each) => (at.isComplex(each) && isPrimary(each) ? at.having(each, 'primary', false) : each))
    : before;

/** Without a value the attribute is removed. With one, those of the list that are named in it (Entra ID). */
function lessened(before: Value | undefined, { value }: Change): Value | undefined {
  if (value === undefined || value === null || !at.isList(before)) return undefined;
  const valueIn = (each: Value): Value => (at.isComplex(each) ? (at.valueOf(each, 'value') ?? null) : each);
  const named = new Set((at.isList(value) ? value : [value]).map(valueIn));
  return before.filter((each) => !named.has(valueIn(each)));
}

function withPart(before: Value | undefined, sub: string, { kind, value, attribute }: NamedChange): Value {
  const part = kind === 'remove' ? undefined : value;
  const set = (each: Value): Value => (at.isComplex(each) ? at.having(each, sub, part) : each);
  if (at.isList(before)) return before.map(set);
  if (before !== undefined && !at.isComplex(before))
    throw unfit('invalidPath', `${attribute?.name ?? sub} has no parts`);
  const whole = set(before ?? {});
  return attribute?.kind === 'plural' ? [whole] : whole;
}

function changedElements(elements: readonly Value[], filter: Filter, change: NamedChange): readonly Value[] {
  const { kind, path, value, name } = change;
  const test = elementTest(filter);
  const isMeant = (each: Value): boolean => at.isComplex(each) && test(each);
  if (kind === 'remove') {
    const { sub } = path;
    if (sub === undefined) return elements.filter((each) => !isMeant(each));
    return elements.map((each) => (at.isComplex(each) && isMeant(each) ? at.having(each, sub, undefined) : each));
  }
  const part: Complex =
    path.sub === undefined ? (at.isComplex(value) ? value : { value: value ?? null }) : { [path.sub]: value ?? null };
  if (elements.some(isMeant))
    return elements.map((each) => (at.isComplex(each) && isMeant(each) ? at.merged(each, part) : each));
  // RFC 7644 §3.5.2.3 has noTarget for it. Entra ID writes so what it adds.
  const implied = impliedBy(filter);
  if (implied === undefined) throw unfit('noTarget', `${name} has no such value`);
  return [...elements, at.merged(implied, part)];
}
