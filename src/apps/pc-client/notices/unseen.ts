// What nobody has seen yet, as it is told: 200 people who move are one.

import { tellingsOf, type StoredPrompt, type Telling } from '../../../browser/browser.ts';

const unseenBy = new WeakMap<readonly StoredPrompt[], readonly Telling[]>();

/** Newest first. */
export function unseenTellings(prompts: readonly StoredPrompt[]): readonly Telling[] {
  const known = unseenBy.get(prompts);
  if (known !== undefined) return known;
  const made = tellingsOf(prompts.filter(({ seen }) => !seen));
  unseenBy.set(prompts, made);
  return made;
}
