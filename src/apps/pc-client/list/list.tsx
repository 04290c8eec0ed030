// The list: of thousands only those rows are in the page that are to be seen. One row is the chosen one and takes the
// focus; arrow keys go through all of them. The letter of the topmost row stays at the top.

import { useCallback, useEffect, useEffectEvent, useMemo, useRef, type ReactNode } from 'react';
import type { PersonId } from '../../../browser/browser.ts';
import type { Listed } from '../engine/order.ts';
import { useBook } from '../engine/use-book.ts';
import { useKey } from '../shell/keys.ts';
import { go, type ListPlace } from '../shell/place.ts';
import { useTexts } from '../texts/texts.tsx';
import { peopleOf } from './chosen.ts';
import { EmptyList } from './empty-list.tsx';
import { Letters } from './letters.tsx';
import { heightOf, linesOf, showLine, useShown, type Line } from './lines.ts';
import { Row } from './row.tsx';
import { selectUpTo, toggle } from './selection.ts';
import css from './list.module.css';

interface ListProps {
  readonly place: ListPlace;
  readonly chosen: PersonId | undefined;
}

export function List({ place, chosen }: ListProps): ReactNode {
  const people = useBook((snapshot) => peopleOf(snapshot, place));
  if (people.length === 0) return <EmptyList place={place} />;
  return <People people={people} place={place} chosen={chosen} />;
}

function People({ people, place, chosen }: ListProps & { readonly people: readonly Listed[] }): ReactNode {
  const texts = useTexts();
  const scroller = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => linesOf(people), [people]);
  const { first, last, letter } = useShown(scroller, lines);
  const shown = lines.slice(first, last + 1);
  const order = useMemo(() => people.map(({ person }) => person), [people]);
  const upTo = useCallback((person: PersonId) => selectUpTo(person, order), [order]);
  useListKeys({ people, place, chosen });
  useFollowed(scroller, lines, chosen);

  const show = (wanted: string): void =>
    scroller.current?.scrollTo({ top: lines.find((line) => line.letter === wanted)?.start ?? 0 });
  // The tabulator key comes to one row: the chosen one, or else the first that is drawn.
  const isShown = (line: Line): boolean => line.kind === 'person' && line.listed.person === chosen;
  const stop = shown.find(isShown) ?? shown.find(({ kind }) => kind === 'person');
  return (
    <div className={css.frame}>
      <div className={css.letter}>
        <Letters letter={letter} people={people} show={show} />
      </div>
      <div ref={scroller} className={css.scroller}>
        <div
          role="list"
          aria-label={texts.list.count(people.length)}
          className={css.lines}
          style={{ height: heightOf(lines) }}
        >
          {shown.map((line) => {
            const style = { transform: `translateY(${line.start}px)`, height: line.height };
            if (line.kind === 'letter')
              return (
                <div key={line.letter} className={css.inlineLetter} style={style} role="presentation">
                  {line.letter}
                </div>
              );
            const { person } = line.listed;
            return (
              <div
                key={person}
                role="listitem"
                aria-setsize={people.length}
                aria-posinset={line.at + 1}
                className={css.line}
                style={style}
              >
                <Row
                  person={person}
                  place={place}
                  chosen={person === chosen}
                  selectUpTo={upTo}
                  reachable={line === stop}
                />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function useListKeys({ people, place, chosen }: ListProps & { readonly people: readonly Listed[] }): void {
  function choose(step: 1 | -1): void {
    const at = people.findIndex(({ person }) => person === chosen);
    const next = people[Math.min(Math.max(at + step, 0), people.length - 1)];
    if (next !== undefined) go({ kind: 'person', person: next.person, list: place }, { replace: chosen !== undefined });
  }
  useKey('next', () => choose(1));
  useKey('previous', () => choose(-1));
  useKey('pick', () => {
    if (chosen === undefined) return false;
    toggle(chosen);
    return true;
  });
}

/** Who is chosen is to be seen; the focus goes along, where it is in the list. */
function useFollowed(
  scroller: Readonly<{ current: HTMLElement | null }>,
  lines: readonly Line[],
  chosen: PersonId | undefined,
): void {
  const follow = useEffectEvent((person: PersonId) => {
    const { current } = scroller;
    const line = lines.find((each) => each.kind === 'person' && each.listed.person === person);
    if (current === null || line === undefined) return;
    showLine(current, line);
    // The row may only be drawn now.
    if (current.contains(document.activeElement))
      requestAnimationFrame(() => current.querySelector<HTMLElement>('[aria-current=true]')?.focus());
  });
  // Only when somebody else is chosen: one may scroll away from who is.
  useEffect(() => {
    if (chosen !== undefined) follow(chosen);
  }, [chosen]);
}
