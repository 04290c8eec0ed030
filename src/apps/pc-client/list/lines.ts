// The lines of the list, letters and persons, each at its height; and which of thousands are to be drawn.
//
// All heights are known beforehand, so where a line stands is a sum, and which one stands at a place is found by halving.

import { useEffect, useEffectEvent, useLayoutEffect, useState, type RefObject } from 'react';
import type { Listed } from '../engine/order.ts';

interface Placed {
  /** Pixels from the top of the list. */
  readonly start: number;
  readonly height: number;
  readonly letter: string;
}

export type Line =
  | (Placed & { readonly kind: 'letter' })
  | (Placed & { readonly kind: 'person'; readonly listed: Listed; readonly at: number });

export const heights = { letter: 28, person: 60 };

export function linesOf(people: readonly Listed[]): readonly Line[] {
  const lines: Line[] = [];
  let letter = '';
  let start = 0;
  people.forEach((listed, at) => {
    if (listed.letter !== letter) {
      letter = listed.letter;
      lines.push({ kind: 'letter', letter, start, height: heights.letter });
      start += heights.letter;
    }
    lines.push({ kind: 'person', letter, listed, at, start, height: heights.person });
    start += heights.person;
  });
  return lines;
}

export function heightOf(lines: readonly Line[]): number {
  const last = lines.at(-1);
  return last === undefined ? 0 : last.start + last.height;
}

/** The line that stands at `top` pixels: the first one above all of them, the last one below. */
export function lineAt(lines: readonly Line[], top: number): number {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lines[middle]?.start ?? 0) <= top) low = middle;
    else high = middle - 1;
  }
  return low;
}

export interface Shown {
  readonly first: number;
  readonly last: number;
  /** Of the topmost line. */
  readonly letter: string;
}

/** So many lines more are drawn on either side, and so many at once: not each line that comes draws the list anew. */
const beyond = 8;
const atOnce = 4;

export function shownOf(
  lines: readonly Line[],
  { scrollTop, clientHeight }: Pick<HTMLElement, 'scrollTop' | 'clientHeight'>,
): Shown {
  const top = lineAt(lines, scrollTop);
  const bottom = lineAt(lines, scrollTop + clientHeight);
  return {
    first: Math.max(0, Math.floor((top - beyond) / atOnce) * atOnce),
    last: Math.min(lines.length - 1, Math.ceil((bottom + beyond) / atOnce) * atOnce),
    letter: lines[top]?.letter ?? '',
  };
}

/** Which of `lines` are to be drawn in `scroller`, as it is scrolled and grows. */
export function useShown(scroller: RefObject<HTMLElement | null>, lines: readonly Line[]): Shown {
  const [shown, setShown] = useState<Shown>({ first: 0, last: -1, letter: '' });
  const look = useEffectEvent(() => {
    if (scroller.current === null) return;
    const now = shownOf(lines, scroller.current);
    setShown((before) =>
      before.first === now.first && before.last === now.last && before.letter === now.letter ? before : now,
    );
  });
  // How high the list stands open is known only once it is in the page; then it is drawn again before it is seen.
  // oxlint-disable-next-line react/exhaustive-effect-dependencies, react/set-state-in-effect
  useLayoutEffect(() => look(), [lines]);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const hear = (): void => look();
    element.addEventListener('scroll', hear, { passive: true });
    const grown = new ResizeObserver(hear);
    grown.observe(element);
    return () => {
      element.removeEventListener('scroll', hear);
      grown.disconnect();
    };
  }, [scroller]);
  return shown;
}

/** Scrolls as little as it takes to see the line; the letter at the top covers what is below it. */
export function showLine(scroller: HTMLElement, { start, height }: Line): void {
  const { scrollTop, clientHeight } = scroller;
  if (start - heights.letter < scrollTop) scroller.scrollTop = start - heights.letter;
  else if (start + height > scrollTop + clientHeight) scroller.scrollTop = start + height - clientHeight;
}
