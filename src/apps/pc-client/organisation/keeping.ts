// Keeps one, or many at once, and says so with a way back.

import { useState } from 'react';
import type { Person, PersonalEntry, PersonId, Terminal } from '../../../browser/browser.ts';
import { useTheBook } from '../engine/use-book.ts';
import { attempt, say } from '../kit/say.ts';
import { useSeldomTexts, useTexts } from '../texts/texts.tsx';

export interface Keeping {
  readonly keep: (person: Person) => Promise<void>;
  /** All whom `list` gives and who are not held yet. */
  readonly keepAll: (list: () => Promise<readonly PersonId[]>) => Promise<void>;
  /** How far `keepAll` is; undefined where nothing is under way. */
  readonly under: { readonly done: number; readonly of: number } | undefined;
}

export function useKeeping(): Keeping {
  const texts = useTexts();
  const { organisation } = useSeldomTexts();
  const book = useTheBook();
  const [under, setUnder] = useState<Keeping['under']>();
  const back = (entries: readonly PersonalEntry[]) => ({
    label: texts.did.undo,
    act: () => void attempt(texts, () => book.remove(...entries.map(({ person }) => person))),
  });
  return {
    under,
    keep: async ({ id, fields }) => {
      let entry: PersonalEntry | undefined;
      const keep = async (): Promise<void> => {
        entry = await book.keep(id);
      };
      if (await attempt(texts, keep))
        say(texts.did.kept(fields.name ?? id), entry === undefined ? undefined : back([entry]));
    },
    keepAll: async (list) => {
      const kept: PersonalEntry[] = [];
      const keep = async (): Promise<void> => {
        setUnder({ done: 0, of: 0 });
        const people = (await list()).filter((person) => !book.snapshot.entries.has(person));
        await book.keepAll(people, (entry) => {
          kept.push(entry);
          setUnder({ done: kept.length, of: people.length });
        });
      };
      const isDone = await attempt(texts, keep);
      setUnder(undefined);
      if (isDone) say(organisation.keptAll(kept.length), kept.length === 0 ? undefined : back(kept));
    },
  };
}

const page = { limit: 200 };
/** Nobody works with more; of a larger department the first ones are kept. */
const most = 2000;

/** All of a department but the employee. */
export async function peopleIn(terminal: Terminal, department: string): Promise<readonly PersonId[]> {
  const people: PersonId[] = [];
  let after: string | undefined = '';
  while (after !== undefined && people.length < most) {
    const answer = await terminal.organisation({ department }, { ...page, after });
    people.push(...answer.persons.map(({ id }) => id));
    after = answer.next;
  }
  return people.filter((person) => person !== terminal.me?.person);
}
