// The focus is never lost: where what has it goes away (a notice that is ticked off, a person who is removed, an undo that
// was pressed), it goes to what comes next in the same place, or else before it; where one went on to another page, to its
// heading. Without that a browser gives it to nothing, and the tabulator key begins at the top of the page.

import { useEffect } from 'react';
import { isSomethingOver } from './keys.ts';
import { placeOf } from './place.ts';

/** An element that holds the one that has the focus, and at which of its children. */
interface Step {
  readonly holder: Element;
  readonly at: number;
}

/** No field that one types in: the keys of the page would be typed there, and a phone would show its own. */
const reachable = 'a[href], button, input:is([type=checkbox], [type=radio]), select, [tabindex]:not(input, textarea)';

/** What has the focus, or had it, where that is, and at which address. */
interface Stop {
  readonly element: HTMLElement;
  readonly way: readonly Step[];
  readonly path: string;
}

export function useKeptFocus(): void {
  useEffect(() => {
    /** In the page, and last of all: that may be in a menu or a dialog, which lie over the page and go away as a whole. */
    let inPage: Stop | undefined;
    let last: Stop | undefined;
    const follow = ({ target }: FocusEvent): void => {
      if (!(target instanceof HTMLElement) || target === document.body) return;
      last = { element: target, way: wayTo(target), path: location.pathname };
      if (target.closest('#page') !== null) inPage = last;
    };
    // Who lets go of it by a click beside everything means to. Of what is about to be removed a browser may say the same.
    const letGo = ({ relatedTarget }: FocusEvent): void => {
      if (relatedTarget !== null) return;
      queueMicrotask(() => {
        if (last !== undefined && isThere(last) && document.activeElement !== last.element) last = undefined;
      });
    };
    const look = (): void => {
      if (last === undefined || isThere(last)) return;
      // A dialog or a menu takes it, and gives it back, by itself, a little later.
      requestAnimationFrame(() => {
        const { activeElement } = document;
        if (last === undefined || isThere(last) || (last === inPage && isSomethingOver())) return;
        if (activeElement !== null && activeElement !== document.body && activeElement !== last.element) return;
        (nextTo(last) ?? (inPage && nextTo(inPage)) ?? heading())?.focus({ preventScroll: true });
      });
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, subtree: true });
    addEventListener('focusin', follow);
    addEventListener('focusout', letGo);
    return () => {
      observer.disconnect();
      removeEventListener('focusin', follow);
      removeEventListener('focusout', letGo);
    };
  }, []);
}

const isThere = ({ element }: Stop): boolean => element.isConnected && element.checkVisibility();

/** Where one went on to another page, nothing of the one before is next. */
function nextTo(stop: Stop): HTMLElement | undefined {
  if (stop.path !== location.pathname) return undefined;
  return isThere(stop) ? stop.element : nextOn(stop.way);
}

/** What is open now begins with it. That of a person may come a moment after that of the list. */
function heading(): HTMLElement | undefined {
  const isPerson = placeOf(location, history.state).kind === 'person';
  const found = document.querySelector<HTMLElement>(isPerson ? 'main article h1' : 'main h1');
  found?.setAttribute('tabindex', '-1');
  return found ?? undefined;
}

/** Who logged in, or out, is at a page of its own. */
const isRoot = (element: Element): boolean => element === document.body || element.id === 'page';

/** From the nearest holder outwards, as far as it is all in one: the page, or what lies over it. */
function wayTo(element: Element): readonly Step[] {
  const way: Step[] = [];
  for (let child = element, holder = child.parentElement; holder !== null && !isRoot(holder);) {
    way.push({ holder, at: [...holder.children].indexOf(child) });
    child = holder;
    holder = child.parentElement;
  }
  return way;
}

function nextOn(way: readonly Step[]): HTMLElement | undefined {
  for (const { holder, at } of way) {
    if (!holder.isConnected) continue;
    const children = [...holder.children];
    const next = children.slice(at).flatMap(reachableIn)[0] ?? children.slice(0, at).flatMap(reachableIn).at(-1);
    if (next !== undefined) return next;
  }
  return undefined;
}

const reachableIn = (element: Element): readonly HTMLElement[] =>
  [element, ...element.querySelectorAll(reachable)].filter(
    (each): each is HTMLElement =>
      each instanceof HTMLElement &&
      each.matches(reachable) &&
      each.tabIndex >= 0 &&
      each.ariaHidden !== 'true' &&
      each.checkVisibility(),
  );
