// Which resources a filter means, and where in a resource a path leads (RFC 7644 §3.4.2.2).

import { folded, isComplex, isList, spelling, valueOf, type Complex, type Value } from './attributes.ts';
import type { Filter, Literal, Operator, Path } from './filter.ts';
import { attributeOf, coreSchema, enterpriseSchema, type ResourceType } from './schema.ts';

/** Where an attribute is: in the resource itself, or below the URN of an extension. */
export interface Place {
  readonly schema: string;
  /** Undefined for the resource itself. */
  readonly extension: string | undefined;
  /** Undefined where the path names the extension as a whole. */
  readonly name: string | undefined;
}

/** Attributes of the enterprise extension are found without its URN too: Entra ID writes `manager`. */
export function placeOf(type: ResourceType, resource: Complex, { schema, name }: Path): Place {
  const core = coreSchema[type];
  if (schema === undefined) {
    const isExtension = attributeOf(core, name) === undefined && attributeOf(enterpriseSchema, name) !== undefined;
    return type === 'User' && isExtension && spelling(resource, name) === undefined
      ? { schema: enterpriseSchema, extension: enterpriseSchema, name }
      : { schema: core, extension: undefined, name };
  }
  if (folded(schema) === folded(core)) return { schema: core, extension: undefined, name };
  // The last part of a URN reads as a name.
  const whole = `${schema}:${name}`;
  const isWhole = folded(whole) === folded(enterpriseSchema) || spelling(resource, whole) !== undefined;
  return isWhole ? { schema: whole, extension: whole, name: undefined } : { schema, extension: schema, name };
}

/** Whether a filter holds for a resource: made once, asked of many. */
export function resourceTest(filter: Filter, type: ResourceType): (resource: Complex) => boolean {
  const valuesOf = (path: Path): ((resource: Complex) => readonly Value[]) => {
    const { filter: within, sub } = path;
    const isMeant = within && elementTest(within);
    return (resource) => {
      const { extension, name } = placeOf(type, resource, path);
      const holder = extension === undefined ? resource : valueOf(resource, extension);
      const found = name === undefined || !isComplex(holder) ? holder : valueOf(holder, name);
      const all = found === undefined ? [] : isList(found) ? found : [found];
      const meant = isMeant === undefined ? all : all.filter((each) => isComplex(each) && isMeant(each));
      return sub === undefined ? meant : meant.flatMap((each) => (isComplex(each) ? (valueOf(each, sub) ?? []) : []));
    };
  };
  return test(filter, valuesOf);
}

/** The same of one value of a plural attribute: names are those of its parts. */
export function elementTest(filter: Filter): (element: Complex) => boolean {
  return test(filter, ({ name }) => (element) => {
    const value = valueOf(element, name);
    return value === undefined ? [] : [value];
  });
}

type Test = (of: Complex) => boolean;

function test(filter: Filter, valuesOf: (path: Path) => (of: Complex) => readonly Value[]): Test {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const tests = filter.filters.map((each) => test(each, valuesOf));
      return filter.kind === 'and' ? (of) => tests.every((each) => each(of)) : (of) => tests.some((each) => each(of));
    }
    case 'not': {
      const inner = test(filter.filter, valuesOf);
      return (of) => !inner(of);
    }
    case 'present': {
      const values = valuesOf(filter.path);
      return (of) => values(of).length > 0;
    }
    case 'compare':
      return compared(filter, valuesOf(filter.path));
  }
}

function compared(
  { path, operator, value }: Filter & { kind: 'compare' },
  values: (of: Complex) => readonly Value[],
): Test {
  if (value === null) return (of) => (values(of).length === 0) === (operator === 'eq');
  // Not equal is what has no value that is equal.
  const compare = comparison(operator === 'ne' ? 'eq' : operator, value, isExact(path));
  const holds: Test = (of) =>
    values(of).some((each) => compare(isComplex(each) ? (valueOf(each, 'value') ?? null) : each));
  return operator === 'ne' ? (of) => !holds(of) : holds;
}

/** RFC 7643 §3.1, §7: these are compared as they are, all else without regard to great and small letters. */
const exact: ReadonlySet<string> = new Set(['id', 'externalid', '$ref']);
const isExact = ({ name, sub }: Path): boolean => exact.has(folded(sub ?? name));

function comparison(operator: Exclude<Operator, 'ne'>, wanted: Literal, caseExact: boolean): (value: Value) => boolean {
  const inCase = (text: string): string => (caseExact ? text : folded(text));
  const other = inCase(String(wanted));
  return (value) => {
    if (typeof value === 'object') return false;
    const one = inCase(String(value));
    const order =
      typeof value === 'number' && typeof wanted === 'number' ? value - wanted : one < other ? -1 : Number(one > other);
    switch (operator) {
      case 'eq':
        return one === other;
      case 'co':
        return one.includes(other);
      case 'sw':
        return one.startsWith(other);
      case 'ew':
        return one.endsWith(other);
      case 'gt':
        return order > 0;
      case 'ge':
        return order >= 0;
      case 'lt':
        return order < 0;
      case 'le':
        return order <= 0;
    }
  };
}

/** The attributes that every element has for which the filter holds, e.g. `type` is `work`; undefined where that cannot be said. */
export function impliedBy(filter: Filter): Complex | undefined {
  if (filter.kind === 'compare' && filter.operator === 'eq' && filter.value !== null)
    return { [filter.path.name]: filter.value };
  if (filter.kind !== 'and') return undefined;
  let whole: Complex = {};
  for (const each of filter.filters) {
    const implied = impliedBy(each);
    if (implied === undefined) return undefined;
    whole = { ...whole, ...implied };
  }
  return whole;
}
