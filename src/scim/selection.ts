// Which attributes an answer has (RFC 7644 §3.9): those that are asked for, or all but some.

import { having, isComplex, isList, valueOf, type Complex, type Value } from './attributes.ts';
import { parsePath, type Path } from './filter.ts';
import { placeOf } from './matching.ts';
import type { ResourceType } from './schema.ts';

export interface Selection {
  readonly only?: readonly Path[];
  readonly without?: readonly Path[];
}

/** Always there, whatever is asked for (RFC 7643 §7, `returned`). */
const always = ['schemas', 'id'];

const most = 100;

/** @throws ScimFault `invalidPath` */
export function readSelection(attributes: string | undefined, excluded: string | undefined): Selection {
  const paths = (text: string): readonly Path[] =>
    text
      .split(',', most)
      .map((each) => each.trim())
      .filter((each) => each !== '')
      .map(parsePath);
  const only = paths(attributes ?? '');
  return { ...(only.length > 0 && { only }), without: paths(excluded ?? '') };
}

/** `resource` with id, schemas and meta. */
export function selected(type: ResourceType, resource: Complex, { only, without = [] }: Selection): Complex {
  let chosen: Complex =
    only === undefined ? resource : Object.fromEntries(always.map((name) => [name, resource[name] ?? null]));
  for (const path of only ?? []) chosen = copied(type, resource, { to: chosen, path });
  for (const path of without) if (!always.includes(path.name)) chosen = dropped(type, chosen, path);
  return chosen;
}

function copied(
  type: ResourceType,
  resource: Complex,
  { to, path }: { readonly to: Complex; readonly path: Path },
): Complex {
  const { extension, name } = placeOf(type, resource, path);
  if (extension === undefined) return name === undefined ? to : withValue(to, resource, path);
  const from = valueOf(resource, extension);
  if (!isComplex(from)) return to;
  const before = valueOf(to, extension);
  return having(to, extension, name === undefined ? from : withValue(isComplex(before) ? before : {}, from, path));
}

function withValue(to: Complex, from: Complex, { name, sub }: Path): Complex {
  const value = valueOf(from, name);
  if (value === undefined || sub === undefined) return having(to, name, value);
  const part = (each: Value): Value => (isComplex(each) ? having({}, sub, valueOf(each, sub)) : each);
  const before = valueOf(to, name);
  // Of a list, only what was asked for last: nobody asks for two parts of one.
  if (isList(value)) return having(to, name, value.map(part));
  return having(
    to,
    name,
    isComplex(before) ? having(before, sub, isComplex(value) ? valueOf(value, sub) : value) : part(value),
  );
}

function dropped(type: ResourceType, resource: Complex, path: Path): Complex {
  const { extension, name } = placeOf(type, resource, path);
  if (extension === undefined) return name === undefined ? resource : lessened(resource, path);
  const held = valueOf(resource, extension);
  if (!isComplex(held)) return resource;
  return having(resource, extension, name === undefined ? undefined : lessened(held, path));
}

function lessened(holder: Complex, { name, sub }: Path): Complex {
  const value = valueOf(holder, name);
  if (value === undefined) return holder;
  if (sub === undefined) return having(holder, name, undefined);
  const less = (each: Value): Value => (isComplex(each) ? having(each, sub, undefined) : each);
  return having(holder, name, isList(value) ? value.map(less) : less(value));
}
