// What is started with all who are selected at once: one meeting, one mail, one message to all of them.

import type { ReactNode } from 'react';
import { actionsOf, nameOf, type PersonalEntry } from '../../../browser/browser.ts';
import { useTheBook } from '../engine/use-book.ts';
import { say } from '../kit/say.ts';
import { useSeldomTexts } from '../texts/texts.tsx';
import { freshRoom } from './actions.tsx';
import { Starter } from './starters.tsx';
import { startsOf, type Way } from './starts.ts';
import css from './starting.module.css';

interface SelectionActionsProps {
  /** The selection itself: another one is another meeting. */
  readonly selection: object;
  readonly entries: readonly PersonalEntry[];
}

const rooms = new WeakMap<object, string>();

function roomOf(selection: object): string {
  const room = rooms.get(selection) ?? freshRoom();
  rooms.set(selection, room);
  return room;
}

export default function SelectionActions({ selection, entries }: SelectionActionsProps): ReactNode {
  const { starting } = useSeldomTexts();
  const { terminal } = useTheBook();
  const starts = startsOf(actionsOf(entries, terminal.links, roomOf(selection)), () => undefined);
  if (starts.length === 0) return <p className={css.none}>{starting.none}</p>;
  const sayWithout = ({ action: { without } }: Way): void => {
    if (without.length === 0) return;
    const names = entries.filter(({ person }) => without.includes(person)).map(nameOf);
    say(starting.without(names));
  };
  return (
    <div className={css.many}>
      {starts.map((start) => (
        <Starter key={start.kind} start={start} listens={() => true} started={(_, way) => sayWithout(way)} />
      ))}
    </div>
  );
}
