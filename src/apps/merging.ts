// Which sources know persons of each other, and whose word counts of them.

import type { Config } from '../node/config.ts';
import { sourceName } from '../server/change-log.ts';
import { embeddedSource } from '../server/embedded-source.ts';
import type { MatchField, MatchRule } from '../server/match.ts';
import type { Priority } from '../server/merge.ts';

export interface Merging {
  readonly matchBy: readonly MatchField[];
  readonly rules: readonly MatchRule[];
  readonly priority: Priority;
}

/** The administrator's own book takes part in every rule, and has the last word: it fills what no directory says. */
export function mergingOf({ sources, fields }: Pick<Config, 'sources' | 'fields'>): Merging {
  const matchBy = [...new Set(sources.flatMap(({ matchBy: by }) => by ?? []))];
  const rules = matchBy.map((by): MatchRule => {
    const matched = sources.filter((source) => source.matchBy === by).map(({ name }) => sourceName(name));
    return { by, among: new Set([...matched, embeddedSource]) };
  });
  const prefer = Object.fromEntries(Object.entries(fields.from).map(([name, from]) => [name, from.map(sourceName)]));
  return {
    matchBy,
    rules,
    priority: { order: [...sources.map(({ name }) => sourceName(name)), embeddedSource], prefer },
  };
}
