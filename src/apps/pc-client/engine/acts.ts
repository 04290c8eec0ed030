// What the employee does to entries, each said with a way back: nothing is asked before, everything is undone after.

import type { Own, PersonalEntry, Removed } from '../../../browser/browser.ts';
import { nameOf } from '../../../browser/browser.ts';
import { attempt, say } from '../kit/say.ts';
import { useTexts } from '../texts/texts.tsx';
import { useTheBook } from './use-book.ts';

export interface Acts {
  /** `part` of what is one's own, of each entry; `words` say what was done. */
  readonly write: (
    entries: readonly PersonalEntry[],
    part: (own: Own) => Partial<Own>,
    words?: string,
  ) => Promise<boolean>;
  readonly remove: (entries: readonly PersonalEntry[]) => Promise<boolean>;
  /** Those who left, as own contacts from now on. */
  readonly keepAsOwn: (entries: readonly PersonalEntry[]) => Promise<void>;
  /** Makes the value from before a change one's own. */
  readonly undoChange: (prompt: number) => Promise<void>;
}

export function useActs(): Acts {
  const texts = useTexts();
  const book = useTheBook();
  const { did } = texts;
  return {
    write: async (entries, part, words = did.wrote) => {
      const written = entries.map(({ person, own }) => ({ person, own: part(own) }));
      if (!(await attempt(texts, () => book.writeAll(written)))) return false;
      const back = (): Promise<void> => book.writeAll(entries.map(({ person, own }) => ({ person, own })));
      say(words, { label: did.undo, act: () => void attempt(texts, back) });
      return true;
    },
    remove: async (entries) => {
      let removed: Removed | undefined;
      const remove = async (): Promise<void> => {
        removed = await book.remove(...entries.map(({ person }) => person));
      };
      if (!(await attempt(texts, remove))) return false;
      const [first] = entries;
      say(entries.length === 1 && first !== undefined ? did.removed(nameOf(first)) : did.removedMany(entries.length), {
        label: did.undo,
        act: () => void attempt(texts, async () => removed !== undefined && (await book.putBack(removed))),
      });
      return true;
    },
    keepAsOwn: async (entries) => {
      const done = await attempt(texts, async () => {
        for (const { person } of entries) await book.keepAsOwn(person);
      });
      if (done) say(did.keptAsOwn);
    },
    undoChange: async (prompt) => {
      await attempt(texts, async () => {
        const undone = await book.undo(prompt);
        if (undone.kind === 'undone') say(did.undone);
      });
    },
  };
}
