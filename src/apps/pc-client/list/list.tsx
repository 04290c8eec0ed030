// The list: of thousands only those rows are in the page that are to be seen. One row is the chosen one and takes the
// focus; arrow keys go through all of them. The letter of the topmost row stays at the top.

import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useMemo, useRef, type ReactNode } from 'react';
import type { PersonId } from '../../../browser/browser.ts';
import type { Listed } from '../engine/order.ts';
import { useBook } from '../engine/use-book.ts';
import { useKey } from '../shell/keys.ts';
import { go, type ListPlace } from '../shell/place.ts';
import { useTexts } from '../texts/texts.tsx';
import { peopleOf } from './chosen.ts';
import { EmptyList } from './empty-list.tsx';
import { Letters } from './letters.tsx';
import { Row } from './row.tsx';
import { selectUpTo, toggle } from './selection.ts';
import css from './list.module.css';

interface ListProps {
  readonly place: ListPlace;
  readonly chosen: PersonId | undefined;
}

type Line = { readonly kind: 'letter'; readonly letter: string } | { readonly kind: 'person'; readonly at: number };

const heights = { letter: 28, person: 60 };

export function List({ place, chosen }: ListProps): ReactNode {
  const people = useBook((snapshot) => peopleOf(snapshot, place));
  if (people.length === 0) return <EmptyList place={place} />;
  return <People people={people} place={place} chosen={chosen} />;
}

function linesOf(people: readonly Listed[]): readonly Line[] {
  const lines: Line[] = [];
  let letter = '';
  people.forEach((each, at) => {
    if (each.letter !== letter) {
      letter = each.letter;
      lines.push({ kind: 'letter', letter });
    }
    lines.push({ kind: 'person', at });
  });
  return lines;
}

function People({ people, place, chosen }: ListProps & { readonly people: readonly Listed[] }): ReactNode {
  const texts = useTexts();
  const scroller = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => linesOf(people), [people]);
  const at = chosen === undefined ? -1 : people.findIndex(({ person }) => person === chosen);
  // The same functions while the lines are: with others every line is measured anew, at each step of scrolling.
  const estimateSize = useCallback((index: number) => heights[lines[index]?.kind ?? 'person'], [lines]);
  const getItemKey = useCallback((index: number) => keyOf(lines[index], people), [lines, people]);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize,
    getItemKey,
    overscan: 8,
    scrollPaddingStart: heights.letter,
  });
  const shown = virtual.getVirtualItems();

  function choose(next: number): void {
    const person = people[next]?.person;
    if (person !== undefined) go({ kind: 'person', person, list: place }, { replace: chosen !== undefined });
  }
  useKey('pick', () => {
    if (chosen === undefined) return false;
    toggle(chosen);
    return true;
  });
  const order = useMemo(() => people.map(({ person }) => person), [people]);
  const upTo = useCallback((person: PersonId) => selectUpTo(person, order), [order]);
  useKey('next', () => choose(Math.min(at + 1, people.length - 1)));
  useKey('previous', () => choose(Math.max(at - 1, 0)));
  useEffect(() => {
    const line = at < 0 ? -1 : lines.findIndex((each) => each.kind === 'person' && each.at === at);
    if (line >= 0) virtual.scrollToIndex(line, { align: 'auto' });
    // The focus goes along, where it is in the list; the row may only be drawn now.
    if (scroller.current?.contains(document.activeElement) === true)
      requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>('[aria-current=true]')?.focus());
    // Where somebody else is chosen, and not whenever the list is drawn: one may scroll away from the chosen one.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [chosen, lines]);

  const top = shown.find((item) => item.end > (virtual.scrollOffset ?? 0));
  return (
    <div className={css.frame}>
      <div className={css.letter}>
        <Letters
          letter={letterAt(lines, people, top?.index ?? 0)}
          people={people}
          show={(letter) => {
            const index = lines.findIndex((line) => line.kind === 'letter' && line.letter === letter);
            scroller.current?.scrollTo({ top: virtual.measurementsCache[index]?.start ?? 0 });
          }}
        />
      </div>
      <div ref={scroller} className={css.scroller}>
        <div
          role="list"
          aria-label={texts.list.count(people.length)}
          className={css.lines}
          style={{ height: virtual.getTotalSize() }}
        >
          {shown.map((item) => {
            const line = lines[item.index];
            const style = { transform: `translateY(${item.start}px)`, height: item.size };
            if (line === undefined) return null;
            if (line.kind === 'letter')
              return (
                <div key={item.key} className={css.inlineLetter} style={style} role="presentation">
                  {line.letter}
                </div>
              );
            const listed = people[line.at];
            if (listed === undefined) return null;
            return (
              <div
                key={item.key}
                role="listitem"
                aria-setsize={people.length}
                aria-posinset={line.at + 1}
                className={css.line}
                style={style}
              >
                <Row
                  person={listed.person}
                  place={place}
                  chosen={line.at === at}
                  selectUpTo={upTo}
                  reachable={at < 0 ? line.at === 0 : line.at === at}
                />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

const keyOf = (line: Line | undefined, people: readonly Listed[]): string =>
  line?.kind === 'person' ? (people[line.at]?.person ?? '') : `letter ${line?.letter ?? ''}`;

function letterAt(lines: readonly Line[], people: readonly Listed[], index: number): string {
  const line = lines[index];
  return line === undefined ? '' : line.kind === 'letter' ? line.letter : (people[line.at]?.letter ?? '');
}
