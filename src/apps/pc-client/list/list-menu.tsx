// What is done with the list that is open: selecting, and of an own group its name and its end.

import { CheckCheck, Ellipsis, Pencil, SquareCheck, TagsIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { PersonalEntry, PersonId } from '../../../browser/browser.ts';
import { useActs } from '../engine/acts.ts';
import { useTheBook } from '../engine/use-book.ts';
import { listItems } from '../exchange/items.ts';
import { Menu, type MenuItem } from '../kit/menu.tsx';
import { everyone, go, type ListPlace } from '../shell/place.ts';
import { useTexts } from '../texts/texts.tsx';
import { nameOfList, peopleOf } from './chosen.ts';
import { beginSelecting, selectAll } from './selection.ts';

interface ListMenuProps {
  readonly place: ListPlace;
  readonly rename: () => void;
}

export function ListMenu({ place, rename }: ListMenuProps): ReactNode {
  const texts = useTexts();
  const { list } = texts;
  const book = useTheBook();
  const { dissolve } = useGroupActs();
  const people = (): readonly PersonId[] => peopleOf(book.snapshot, place).map(({ person }) => person);
  const ofGroup: readonly MenuItem[] =
    place.kind === 'group'
      ? [
          { kind: 'line' },
          { kind: 'act', icon: Pencil, label: list.renameGroup, act: rename },
          { kind: 'act', icon: TagsIcon, label: list.dissolveGroup, act: () => void dissolve(place.name) },
        ]
      : [];
  return (
    <Menu
      icon={Ellipsis}
      label={list.more}
      items={[
        { kind: 'act', icon: SquareCheck, label: list.select, act: beginSelecting },
        { kind: 'act', icon: CheckCheck, label: list.pickAll, act: () => selectAll(people()) },
        ...ofGroup,
        { kind: 'line' },
        ...listItems(texts, { name: nameOfList(place, texts), people }),
      ]}
    />
  );
}

export interface GroupActs {
  /** Gives whether it came about. */
  readonly rename: (from: string, to: string) => Promise<boolean>;
  readonly dissolve: (name: string) => Promise<void>;
}

export function useGroupActs(): GroupActs {
  const { did } = useTexts();
  const book = useTheBook();
  const { write } = useActs();
  const membersOf = (name: string): readonly PersonalEntry[] =>
    [...book.snapshot.entries.values()].filter(({ own }) => own.groups.includes(name));
  return {
    rename: async (from, to) => {
      const renamed = to.trim();
      if (renamed === '' || renamed === from) return true;
      // Where there is a group of that name already, the two become one.
      const done = await write(
        membersOf(from),
        ({ groups }) => ({ groups: [...new Set(groups.map((name) => (name === from ? renamed : name)))] }),
        did.renamed(renamed),
      );
      if (done) go({ kind: 'group', name: renamed }, { replace: true });
      return done;
    },
    dissolve: async (name) => {
      const done = await write(
        membersOf(name),
        ({ groups }) => ({ groups: groups.filter((each) => each !== name) }),
        did.dissolved(name),
      );
      if (done) go(everyone, { replace: true });
    },
  };
}
