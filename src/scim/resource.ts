// A resource as a client may write it: in the shapes of its schema, with the names as the schema spells them.

import { folded, isComplex, isList, readValue, valueOf, type Complex, type Value } from './attributes.ts';
import { unfit, type ScimFault } from './scim-fault.ts';
import { attributeOf, coreSchema, isPassedOver, schemas, type Attribute, type ResourceType } from './schema.ts';

const isUrn = (name: string): boolean => folded(name).startsWith('urn:');

const longestName = 256;

/**
 * What is kept of `given`.
 * @throws ScimFault `invalidValue` where a value is not of its attribute's kind, or what must be there is not
 */
export function acceptable(type: ResourceType, given: Complex): Complex {
  const read = Object.entries(given)
    .filter(([name]) => !isPassedOver(name))
    .map(([name, value]): [string, Value] =>
      isUrn(name) ? [spelt(name), extension(name, value)] : ofSchema(coreSchema[type], name, value),
    );
  // Again, since what was put together of parts may be nested deeper, or be nothing.
  const resource = readValue(Object.fromEntries(read)) as Complex;
  for (const { of, attributes } of schemas)
    for (const { name, required } of of === type ? attributes : []) {
      if (required === undefined) continue;
      const value = valueOf(resource, name);
      if (typeof value !== 'string' || value.trim() === '') throw unfit('invalidValue', `${name} is missing`);
      if (value.length > longestName) throw unfit('invalidValue', `${name} has more than ${longestName} characters`);
    }
  return resource;
}

/** Known schemas in one spelling. */
const spelt = (urn: string): string => schemas.find(({ id }) => folded(id) === folded(urn))?.id ?? urn;

function extension(urn: string, value: Value): Value {
  if (!isComplex(value)) throw unfit('invalidValue', `${urn.slice(0, 200)} is a schema, and has attributes`);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => ofSchema(urn, name, each)));
}

function ofSchema(schema: string, name: string, value: Value): [string, Value] {
  const attribute = attributeOf(schema, name);
  return attribute === undefined ? [name, value] : [attribute.name, fitting(attribute, value)];
}

/** What clients write otherwise and mean without doubt is read so: `"False"`, a reference as a bare text or in a list of one. */
export function fitting(attribute: Attribute, given: Value): Value {
  switch (attribute.kind) {
    case 'boolean':
      return truth(attribute, alone(given));
    case 'string': {
      const value = alone(given);
      if (typeof value === 'object') throw wrongKind(attribute, 'a text');
      return value;
    }
    case 'complex': {
      const value = isList(given) && given.length === 1 ? (given[0] ?? null) : given;
      if (value === null) return value;
      if (!isComplex(value) && typeof value === 'string') return { value };
      if (!isComplex(value)) throw wrongKind(attribute, 'an object');
      return withSubs(attribute, value);
    }
    case 'plural': {
      const values = isList(given) ? given : [given];
      return values.map((each) => withSubs(attribute, isComplex(each) ? each : { value: each }));
    }
  }
}

/** Entra ID once wrote each value as `[{"$ref": null, "value": ...}]`. */
function alone(given: Value): Value {
  const [only] = isList(given) && given.length === 1 ? given : [given];
  const value = isComplex(only) ? valueOf(only, 'value') : only;
  return value ?? null;
}

function truth(attribute: Attribute, value: Value): Value {
  if (typeof value === 'boolean' || value === null) return value;
  const said = typeof value === 'string' ? folded(value) : '';
  if (said !== 'true' && said !== 'false') throw wrongKind(attribute, 'true or false');
  return said === 'true';
}

function withSubs(attribute: Attribute, value: Complex): Complex {
  const { name, subs = [] } = attribute;
  // Nearly always; a group may have many thousand members.
  const isFit = ([written, each]: [string, Value]): boolean =>
    subs.includes(written) && typeof each === (written === 'primary' ? 'boolean' : 'string');
  if (Object.entries(value).every(isFit)) return value;
  const read = Object.entries(value).map(([written, each]): [string, Value] => {
    const sub = subs.find((known) => folded(known) === folded(written));
    if (sub === undefined) return [written, each];
    if (sub === 'primary') return [sub, truth({ name: `${name}.primary`, kind: 'boolean', what: '' }, each)];
    if (typeof each === 'object' && each !== null) throw wrongKind({ ...attribute, name: `${name}.${sub}` }, 'a text');
    return [sub, each];
  });
  return Object.fromEntries(read);
}

const wrongKind = ({ name }: Attribute, right: string): ScimFault => unfit('invalidValue', `${name} must be ${right}`);

/** As a filter and a PATCH see it: `active` is what is not said otherwise. */
export const isActive = (resource: Complex): boolean => valueOf(resource, 'active') !== false;

/** The schemas that a resource has values of (RFC 7643 §3). */
export const schemasOf = (type: ResourceType, resource: Complex): readonly string[] => [
  coreSchema[type],
  ...Object.keys(resource).filter(isUrn),
];
