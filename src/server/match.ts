// Who an entry is that its source had not named before: a person whom another source knows, by a number that both
// have from the enterprise. What could be two persons, or two entries that could be one, is said and never guessed.

import type { FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import type { Candidate, ChangeLog, Known, SourceKey, SourceName } from './change-log.ts';
import type { SourcePerson } from './source.ts';

/** The fields by which one may match: each is a person's own. */
export type MatchField = Extract<FieldName, 'employeeNumber' | 'mail'>;

export interface MatchRule {
  readonly by: MatchField;
  /** The sources whose values are of the same kind. */
  readonly among: ReadonlySet<SourceName>;
}

/** What holds for `source`; empty where its persons are nobody else's. */
export function ruleOf(rules: readonly MatchRule[], source: SourceName): { readonly match?: MatchRule } {
  const match = rules.find(({ among }) => among.has(source));
  return match === undefined ? {} : { match };
}

export type Match =
  | { readonly kind: 'one'; readonly candidate: Candidate }
  /** The source made the entry anew: `before` is the one that it takes the place of. */
  | { readonly kind: 'anew'; readonly before: Known }
  /** `apart`: an entry of the same source that got the person in this refresh, before it was seen that there are two. */
  | { readonly kind: 'ambiguous'; readonly apart?: Known }
  /** Another entry of the source has the value, and may be gone: that is known when the refresh ends. */
  | { readonly kind: 'open' };

/**
 * How an entry of the source stands: its removal waits; nothing was heard of it in this refresh so far; it got its person in this
 * refresh; it is named together with the new one.
 */
export type Standing = 'going' | 'unseen' | 'fresh' | 'named' | 'here';

export interface Matching {
  readonly changeLog: ChangeLog;
  readonly source: SourceName;
  readonly rule: MatchRule;
  readonly standing: (link: { readonly key: SourceKey; readonly number: number }) => Standing;
}

/** Great and small letters are the same, as they are to the log. */
export const matchValue = (fields: Fields, by: MatchField): string | undefined =>
  fields[by]?.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Of `fresh`, those who are somebody, or might be. */
export async function matchesOf(
  fresh: readonly SourcePerson[],
  matching: Matching,
): Promise<ReadonlyMap<SourceKey, Match>> {
  const { changeLog, rule } = matching;
  const byValue = new Map<string, SourcePerson[]>();
  for (const person of fresh) {
    const value = matchValue(person.fields, rule.by);
    if (value !== undefined) byValue.set(value, [...(byValue.get(value) ?? []), person]);
  }
  const matches = new Map<SourceKey, Match>();
  if (byValue.size === 0) return matches;
  const bearing = await changeLog.bearing(rule.by, [...byValue.keys()]);
  for (const [value, persons] of byValue) {
    const match = await matchOf(persons.length, bearing.get(value) ?? [], matching);
    for (const { key } of persons) if (match !== undefined) matches.set(key, match);
  }
  return matches;
}

async function matchOf(
  entries: number,
  all: readonly Candidate[],
  { changeLog, source, rule: { among }, standing }: Matching,
): Promise<Match | undefined> {
  const candidates = all.filter(({ links }) => links.some((link) => among.has(link.source)));
  // Who left may come back; but where somebody lives who has the number, it is theirs.
  const living = candidates.filter(({ left }) => !left);
  const [candidate, second] = living.length > 0 ? living : candidates;
  const links = candidate?.links.filter((link) => link.source === source) ?? [];
  const own = links.find(({ left }) => !left) ?? links[0];
  const stands = own && standing(own);
  if (stands === 'unseen') return { kind: 'open' };
  const known = own && (await changeLog.known(source, [own.key])).get(own.key);
  if (entries > 1 || second !== undefined) return { kind: 'ambiguous' };
  if (candidate === undefined) return undefined;
  if (known === undefined) return { kind: 'one', candidate };
  if (stands === 'going' || (known.left && stands !== 'named')) return { kind: 'anew', before: known };
  return stands === 'fresh' && known.others !== undefined && known.others.length > 0
    ? { kind: 'ambiguous', apart: known }
    : { kind: 'ambiguous' };
}
