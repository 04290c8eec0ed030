// What a source of the enterprise address book says, in words that any kind of source can use: a
// directory that is followed, a file, a provisioning client. `eventsOf` gives them for an LDAP directory.

import { textOf, utf8 } from '../base/bytes.ts';
import type { Milliseconds } from '../base/time.ts';
import type { Fields } from '../book/person.ts';
import type { Photo } from '../book/photo.ts';
import type { Attributes } from '../ldap/attributes.ts';
import type { DirectoryEvent } from '../ldap/refresh.ts';
import { ownDn, personOf, type AttributeMap, type EntryAttributes } from './attribute-map.ts';
import { sourceKey, type SourceKey } from './change-log.ts';
import type { SourceGroup } from './group.ts';
import { groupOf, type GroupReading } from './group-entry.ts';
import { placeOf } from './place.ts';

/** A person as the source has this person now. `fields` are without the manager, who is named by place. */
export interface SourcePerson {
  readonly kind: 'person';
  readonly key: SourceKey;
  readonly fields: Fields;
  /** Where the source keeps the person; what `managerPlace` of another may name. */
  readonly place: string;
  readonly managerPlace?: string;
  /** What the source alters with each change of this person, where it is read by comparing (see `Listed`). */
  readonly stamp?: string;
  /** The bytes of the photo that `fields` name. */
  readonly photo?: Photo;
  /** Why the photo that the source has is left out. */
  readonly photoProblem?: string;
}

/** Somebody who is there, of whom no more is read yet. */
export interface Listed {
  readonly key: SourceKey;
  readonly place: string;
  /** Absent where it does not tell this state from the one of before. */
  readonly stamp?: string;
}

/** What persons are kept below, such as an organizational unit. */
export interface SourceContainer {
  readonly kind: 'container';
  readonly key: SourceKey;
  readonly place: string;
}

export type SourceEvent =
  /** A refresh begins; what an earlier one left unfinished sweeps nobody. `comparison`: nothing is the matter, it is looked whether all is right. */
  | { readonly kind: 'began'; readonly comparison?: true }
  | SourcePerson
  | SourceContainer
  | SourceGroup
  /** They are there, unchanged. */
  | { readonly kind: 'present'; readonly keys: readonly SourceKey[] }
  | { readonly kind: 'gone'; readonly keys: readonly SourceKey[] }
  /** `sweep`: whoever was neither named nor present since `began` is gone. */
  | { readonly kind: 'refreshed'; readonly sweep: boolean; readonly cookie: string | undefined }
  /** To be committed with what came before it. */
  | { readonly kind: 'checkpoint'; readonly cookie: string }
  /** How the source is followed from now on, in the administrator's words. */
  | { readonly kind: 'manner'; readonly words: string }
  | { readonly kind: 'lost'; readonly problem: string; readonly retryInMilliseconds: Milliseconds }
  | { readonly kind: 'refused'; readonly problem: string; readonly advice: string };

/**
 * What a directory said, as a source's event. The entry's values are read at once: they are views of
 * bytes that the next chunk overwrites.
 * @param groups how groups are read; absent where none are asked for
 */
export function eventOf(
  event: Exclude<DirectoryEvent, { kind: 'listed' }>,
  map: AttributeMap,
  groups?: GroupReading,
): SourceEvent {
  switch (event.kind) {
    case 'entry': {
      const at = { key: sourceKey(event.key), place: placeOf(event.dn) };
      if (isContainer(event.attributes)) return { kind: 'container', ...at };
      const stamp = event.stamp === undefined ? {} : { stamp: event.stamp };
      const group = groups && groupOf(event, groups);
      if (group !== undefined) return { kind: 'group', ...at, ...group, ...stamp };
      const { managerDn, ...mapped } = personOf(
        map.byPlace ? withDn(event.attributes, event.dn) : event.attributes,
        map,
      );
      const person = { kind: 'person', ...at, ...mapped, ...stamp } as const;
      return managerDn === undefined ? person : { ...person, managerPlace: placeOf(managerDn) };
    }
    case 'present':
    case 'gone':
      return { kind: event.kind, keys: event.keys.map(sourceKey) };
    case 'began':
    case 'refreshed':
    case 'checkpoint':
    case 'manner':
    case 'lost':
    case 'refused':
      return event;
  }
}

/** What `ownDn` stands for. */
export const withDn = (attributes: EntryAttributes, dn: string): EntryAttributes =>
  new Map([...attributes, [ownDn, [utf8(dn)]]]);

/** The object classes of what persons are kept below; the last two are 389-DS's and Active Directory's own. */
const containerClasses: ReadonlySet<string> = new Set(
  'organizationalunit organization locality country domain dcobject nscontainer container'.split(' '),
);
const lengths: ReadonlySet<number> = new Set([...containerClasses].map(({ length }) => length));

/** Finds them beside persons; a server passes over classes that it does not know. */
export const containerFilter: string = `(|${[...containerClasses].map((name) => `(objectClass=${name})`).join('')})`;

/** What `containerFilter` finds, by the attribute `objectClass`. */
const isContainer = (attributes: Attributes): boolean =>
  attributes
    .get('objectclass')
    ?.some((value) => lengths.has(value.length) && containerClasses.has(textOf(value).toLowerCase())) === true;

/** Of a directory, those who are there. */
export const listedOf = (entries: Extract<DirectoryEvent, { kind: 'listed' }>['entries']): readonly Listed[] =>
  entries.map(({ key, dn, ...stamp }) => ({ key: sourceKey(key), place: placeOf(dn), ...stamp }));
