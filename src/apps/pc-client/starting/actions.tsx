import { useState, type ReactNode } from 'react';
import { actionsOf, freshText, type Person, type PersonalEntry } from '../../../browser/browser.ts';
import { useTheBook } from '../engine/use-book.ts';
import { selectionNow } from '../list/selection.ts';
import { Starter } from './starters.tsx';
import { lastWay, rememberWay, startsOf } from './starts.ts';
import css from './starting.module.css';

/** What one would do with somebody, each with its key; nothing that cannot be started. */
export function Actions({ who }: { readonly who: PersonalEntry | Person }): ReactNode {
  const { terminal } = useTheBook();
  const person = 'base' in who ? who.person : who.id;
  // One meeting a person for as long as they are looked at, however often it is opened.
  const [room] = useState(freshRoom);
  const [, remembered] = useState(0);
  const starts = startsOf(actionsOf([who], terminal.links, room), (kind) => lastWay(person, kind));
  if (starts.length === 0) return null;
  return (
    <div className={css.starters}>
      {starts.map((start) => (
        <Starter
          key={start.kind}
          start={start}
          listens={() => selectionNow().people.size === 0}
          started={(kind, { name }) => {
            if (start.ways.length === 1) return;
            rememberWay(person, kind, name);
            remembered((count) => count + 1);
          }}
        />
      ))}
    </div>
  );
}

/** A hundred bits: nobody guesses the name of a meeting. */
export const freshRoom = (): string => `${freshText()}${freshText()}`;
