// What a provisioning client wrote, as a source's events: a user who is active is a person, one who is not is gone; a group
// names its members by their IDs, which are the places of users and of groups.

import { utf8 } from '../base/bytes.ts';
import { folded, isComplex, isList, valueOf, type Complex, type Value } from '../scim/attributes.ts';
import { isActive } from '../scim/resource.ts';
import type { StoredResource } from '../scim/resource-store.ts';
import { personOf, type AttributeMap, type EntryAttributes } from './attribute-map.ts';
import { sourceKey } from './change-log.ts';
import { cleaned } from './field-value.ts';
import type { SourceGroup } from './group.ts';
import type { SourceEvent } from './source.ts';

/** A photo is named by a URL and is not fetched. */
export function eventOfResource({ type, id, attributes }: StoredResource, map: AttributeMap): SourceEvent {
  const key = sourceKey(id);
  if (type === 'Group') return { kind: 'group', key, place: id, ...groupOf(attributes) };
  if (!isActive(attributes)) return { kind: 'gone', keys: [key] };
  const { managerDn, ...mapped } = personOf(attributesOf(attributes), map);
  const person = { kind: 'person', key, place: id, ...mapped } as const;
  return managerDn === undefined ? person : { ...person, managerPlace: managerDn };
}

function groupOf(attributes: Complex): Pick<SourceGroup, 'name' | 'members'> {
  const members = valueOf(attributes, 'members');
  const values = (isList(members) ? members : []).map((each) => (isComplex(each) ? valueOf(each, 'value') : each));
  const places = new Set(values.filter((value) => typeof value === 'string'));
  const name = valueOf(attributes, 'displayName');
  return { name: typeof name === 'string' ? cleaned(name) : '', members: [...places] };
}

/**
 * The values by names as the settings have them, in lower case: `title`, `name.givenname`; of a list `emails.work` by its
 * type, `emails.primary`, `emails` where it has none, `addresses.work.locality`; below a schema `urn:...:user:department`.
 */
export function attributesOf(resource: Complex): EntryAttributes {
  const found = new Map<string, Uint8Array[]>();
  const put = (name: string, value: Value): void => {
    if (typeof value === 'object') return;
    const known = found.get(name);
    if (known === undefined) found.set(name, [utf8(String(value))]);
    else known.push(utf8(String(value)));
  };
  for (const [written, value] of Object.entries(resource)) {
    const name = folded(written);
    if (name.startsWith('urn:') && isComplex(value))
      for (const [inner, each] of Object.entries(value)) flatten(`${name}:${folded(inner)}`, each, put);
    else flatten(name, value, put);
  }
  return found;
}

function flatten(name: string, value: Value, put: (name: string, value: Value) => void): void {
  if (!isList(value)) return parts(name, value, put);
  for (const each of value) {
    const type = isComplex(each) ? valueOf(each, 'type') : undefined;
    parts(typeof type === 'string' ? `${name}.${folded(type)}` : name, each, put);
    if (isComplex(each) && valueOf(each, 'primary') === true) parts(`${name}.primary`, each, put);
  }
}

/** Of a complex value its `value` has its name, and all others go below it. */
function parts(name: string, value: Value, put: (name: string, value: Value) => void): void {
  if (!isComplex(value)) return put(name, value);
  for (const [written, each] of Object.entries(value)) {
    const part = folded(written);
    put(part === 'value' ? name : `${name}.${part}`, each);
  }
}
