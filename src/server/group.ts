// Groups of a directory: who is in a distribution list or a team. A directory names their members by place; whom that means is
// found out by the change log, as persons come to places and leave them. A group in a group stands for all who are in it.
//
// Who is in a group is nothing that is said of a person: no revision is made by it, and no terminal is told. Where an audience
// is by a group, it is asked who is in it, whenever that may have become another (see `memberships`).

import type { Branded } from '../base/brand.ts';
import type { PersonId } from '../book/person-id.ts';
import { comparable } from './audience.ts';
import type { Head, PersonAt, SourceKey } from './change-log.ts';
import { placeOf } from './place.ts';

/** Names one group for as long as its source knows it. Opaque; the store makes it. */
export type GroupId = Branded<string, 'GroupId'>;

const idShape = /^[1-9]\d{0,14}$/;

export const isGroupId = (text: string): text is GroupId => idShape.test(text);

/** A group as the source has it now. */
export interface SourceGroup {
  readonly kind: 'group';
  readonly key: SourceKey;
  readonly place: string;
  readonly name: string;
  /** Places of persons and of other groups; each once. Of some nobody may be known. */
  readonly members: readonly string[];
  /** As of `SourcePerson`. */
  readonly stamp?: string;
}

/** What a comparison needs of a group. */
export type KnownGroup = Pick<SourceGroup, 'place' | 'stamp'>;

export interface Group {
  readonly id: GroupId;
  readonly name: string;
  /** How many are in it, or in a group that is in it; each is counted once. */
  readonly persons: number;
}

export interface GroupsQuestion {
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: string;
  /** Only those that this person is in, also by another group. */
  readonly person?: PersonAt['id'];
}

export interface GroupsAnswer {
  readonly head: Head;
  readonly total: number;
  readonly groups: readonly Group[];
  readonly next?: string;
}

export interface MembersQuestion {
  readonly group: GroupId;
  readonly limit: number;
  readonly after?: string;
}

export interface MembersAnswer {
  readonly head: Head;
  /** Undefined: there is no such group. */
  readonly group: Group | undefined;
  /** In the order of names. */
  readonly persons: readonly PersonAt[];
  readonly next?: string;
  /** As of `LookUpAnswer`. */
  readonly complete: boolean;
}

/** Who is in the groups of these names, each as settings name one (see `groupsNamed`). */
export interface MembershipsQuestion {
  readonly groups: readonly string[];
}

/** Who is in a group that settings name. */
export interface Membership {
  readonly group: string;
  /** How many groups may be meant: unless it is one, nobody is in it. */
  readonly found: number;
  /** All who live, also by a group in it; each once, in no particular order. */
  readonly persons: readonly PersonId[];
}

export interface MembershipsAnswer {
  /** As of `ChangeLog.membershipsAt`. */
  readonly at: number;
  readonly memberships: readonly Membership[];
}

/** Which groups settings mean: the one at this place, which is a DN; where there is none, those of this name. */
export function groupsNamed<Named extends Pick<SourceGroup, 'name' | 'place'>>(
  all: readonly Named[],
): (named: string) => readonly Named[] {
  const byPlace = new Map<string, Named[]>();
  const byName = new Map<string, Named[]>();
  const put = (into: Map<string, Named[]>, key: string, group: Named): void => {
    const there = into.get(key);
    if (there === undefined) into.set(key, [group]);
    else there.push(group);
  };
  for (const group of all) {
    put(byPlace, group.place, group);
    put(byName, comparable(group.name), group);
  }
  return (named) => byPlace.get(placeOf(named)) ?? byName.get(comparable(named)) ?? [];
}
