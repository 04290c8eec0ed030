// A list that the tabulator key comes to once; arrow keys go through it.

import { useState, type KeyboardEvent } from 'react';

/** For what of a line takes the focus. */
interface Stop {
  readonly tabIndex: number;
  readonly 'data-stop': true;
  readonly onFocus: () => void;
  readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
}

/** Of each line of a `ul`, by its place. */
export function useRoving(): (at: number) => Stop {
  const [here, setHere] = useState(0);
  const hear = (event: KeyboardEvent<HTMLElement>): void => {
    const stops = [...(event.currentTarget.closest('ul')?.querySelectorAll<HTMLElement>('[data-stop]') ?? [])];
    const next = stepOf(event.key, stops.indexOf(event.currentTarget), stops.length);
    if (next === undefined) return;
    event.preventDefault();
    stops[next]?.focus();
  };
  return (at) => ({
    tabIndex: at === here ? 0 : -1,
    'data-stop': true,
    onFocus: () => setHere(at),
    onKeyDown: hear,
  });
}

/** Where a key leads from `at`. */
export function stepOf(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return Math.min(at + 1, count - 1);
    case 'ArrowUp':
      return Math.max(at - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}
