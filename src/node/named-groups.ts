// Groups that audiences name: whether the sources have each of them, once.

import { groupsOfRule, type AudienceRule } from '../server/audience.ts';
import { groupsNamed } from '../server/group.ts';
import type { Finding, SeenGroup } from './seen-persons.ts';

/** Why nobody is in a group of this name for the audience, and what to do. */
export const unclearWords = (group: string, found: number): string =>
  found === 0
    ? `there is no group ${group}, so that nobody is in it: see what the directory calls it, and that the source has 'groups'`
    : `${found} groups are called ${group}, and nobody is in any of them for the audience: give the DN of the one that is meant`;

/**
 * Of all that the sources have.
 * @param unread sources that could not be read, such as one that a provisioning client writes: a group may be there
 */
export function* groupFindings(
  rules: readonly AudienceRule[],
  all: readonly SeenGroup[],
  unread: readonly string[],
): Generator<Finding> {
  const meant = groupsNamed(all);
  let clear = 0;
  for (const group of new Set(rules.flatMap(groupsOfRule))) {
    const found = meant(group).length;
    if (found === 1) {
      clear += 1;
      continue;
    }
    const names = rules.filter((rule) => groupsOfRule(rule).includes(group)).map(({ name }) => name);
    const elsewhere =
      found > 0 || unread.length === 0 ? '' : `; it may be one of ${unread.join(', ')}, which was not read`;
    yield {
      check: 'groups',
      verdict: 'odd',
      says: `audience ${names.join(', ')}: ${unclearWords(group, found)}${elsewhere}`,
    };
  }
  if (clear > 0) yield { check: 'groups', verdict: 'good', says: `${clear} that audiences name are there, once each` };
}
