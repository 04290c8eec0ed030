// What changed of a person lately, field by field: the newest change of each, as long as it is news.

import type { FieldName, StoredPrompt } from '../../../browser/browser.ts';

/** After so long a change is nothing new. */
const newsMilliseconds = 7 * 24 * 60 * 60 * 1000;

export interface FieldChange {
  readonly prompt: number;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly at: number;
}

export function changesOf(prompts: readonly StoredPrompt[], now: number): ReadonlyMap<FieldName, FieldChange> {
  const changes = new Map<FieldName, FieldChange>();
  for (const { id, fact, at, undone } of prompts) {
    if (fact.kind !== 'altered' || now - at > newsMilliseconds) continue;
    if (undone) changes.delete(fact.field);
    else changes.set(fact.field, { prompt: id, from: fact.from, to: fact.to, at });
  }
  return changes;
}
