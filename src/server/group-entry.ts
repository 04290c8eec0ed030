// From a directory's entry of a group to its name and the places of its members.

import { textOf } from '../base/bytes.ts';
import type { Attributes } from '../ldap/attributes.ts';
import { cleaned } from './field-value.ts';
import type { SourceGroup } from './group.ts';
import { placeOf } from './place.ts';

/** The object classes of groups (RFC 4519, RFC 2307 and its successor's draft); the last is Active Directory's. */
const groupClasses = 'groupofnames groupofuniquenames groupofmembers groupofentries posixgroup group'.split(' ');

/** What to ask a directory for beside its persons' attributes. */
export const groupAttributes: readonly string[] = ['cn', 'displayname', 'member', 'memberuid', 'uniquemember'];

export interface GroupReading {
  /** Where those are kept whom `memberUid` names: below it, by `uid`. Absent: such members are nobody. */
  readonly memberUidBelow?: string | undefined;
}

/** Undefined where the entry is none. */
export function groupOf(
  { dn, attributes }: { readonly dn: string; readonly attributes: Attributes },
  { memberUidBelow }: GroupReading,
): Pick<SourceGroup, 'name' | 'members'> | undefined {
  const classes = new Set(attributes.get('objectclass')?.map((value) => textOf(value).toLowerCase()));
  if (classes.has('person') || !groupClasses.some((each) => classes.has(each))) return undefined;
  const [name = dn] = ['displayname', 'cn']
    .flatMap((each) => attributes.get(each) ?? [])
    .map((value) => cleaned(textOf(value)))
    .filter((text) => text !== '');
  const named = ['member', 'uniquemember']
    .flatMap((each) => attributes.get(each) ?? [])
    .map((value) => placeOf(withoutUid(textOf(value))));
  const places = new Set([...named, ...byUid(attributes, memberUidBelow)]);
  // A group that may not be empty by its schema has a member without a name where it is.
  places.delete('');
  return { name, members: [...places] };
}

/** RFC 4517 §3.3.21: a uniqueMember may have a bit string behind its DN. */
const withoutUid = (value: string): string => value.replace(/#'[01]*'B$/, '');

function byUid(attributes: Attributes, below: string | undefined): readonly string[] {
  if (below === undefined) return [];
  const uids = (attributes.get('memberuid') ?? []).map(textOf).filter((uid) => uid !== '');
  return uids.map((uid) => placeOf(`uid=${escaped(uid)},${below}`));
}

/** RFC 4514 §2.4. */
const escaped = (value: string): string => value.replaceAll(/[,+"\\<>;=]|^[ #]| $/g, (character) => `\\${character}`);
