// The keys of the page, all in one table: the sheet that `?` shows is made of it, and a component says what a key does
// while it is there. Keys are silent while one types, and while something lies over the page.

import { useEffect, useEffectEvent } from 'react';

export type KeyGroup = 'anywhere' | 'list' | 'person';

/** As `KeyboardEvent.key` has it, and what is printed. `mod`: with Ctrl, or Cmd on a Mac. */
interface Key {
  readonly group: KeyGroup;
  readonly keys: readonly string[];
  readonly mod?: string;
}

export const keyTable = {
  'look-up': { group: 'anywhere', keys: ['/'], mod: 'k' },
  help: { group: 'anywhere', keys: ['?'] },
  new: { group: 'anywhere', keys: ['a'] },
  everyone: { group: 'anywhere', keys: ['1'] },
  history: { group: 'anywhere', keys: ['2'] },
  departments: { group: 'anywhere', keys: ['3'] },
  notices: { group: 'anywhere', keys: ['n'] },
  next: { group: 'list', keys: ['ArrowDown', 'j'] },
  previous: { group: 'list', keys: ['ArrowUp', 'k'] },
  pick: { group: 'list', keys: ['x'] },
  'keep-here': { group: 'list', keys: ['+'] },
  call: { group: 'person', keys: ['c'] },
  message: { group: 'person', keys: ['t'] },
  'multimedia-message': { group: 'person', keys: ['i'] },
  mail: { group: 'person', keys: ['m'] },
  meeting: { group: 'person', keys: ['v'] },
  organisation: { group: 'person', keys: ['o'] },
  favourite: { group: 'person', keys: ['f'] },
  keep: { group: 'person', keys: ['Enter'] },
  back: { group: 'person', keys: ['Escape'] },
} as const satisfies Readonly<Record<string, Key>>;

export type KeyName = keyof typeof keyTable;
export const keyNames = Object.keys(keyTable) as readonly KeyName[];

const printed: Readonly<Record<string, string>> = {
  ArrowDown: '↓',
  ArrowUp: '↑',
  Escape: 'Esc',
  Enter: '↵',
};
const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** `/`, `Ctrl K`: how the key is written. */
export function printedKeys(name: KeyName): readonly string[] {
  const { keys, mod }: Key = keyTable[name];
  const all = keys.map((key) => printed[key] ?? (key.length === 1 ? key.toUpperCase() : key));
  return mod === undefined ? all : [...all, `${isMac ? '⌘' : 'Ctrl'} ${mod.toUpperCase()}`];
}

/** While the component is there, the key does `act`; `act` may say that it is not for it by giving false. */
export function useKey(name: KeyName, act: (event: KeyboardEvent) => boolean | void): void {
  const hear = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || !isFor(name, event)) return;
    if (act(event) !== false) event.preventDefault();
  });
  useEffect(() => {
    addEventListener('keydown', hear);
    return () => removeEventListener('keydown', hear);
  }, []);
}

/** A dialog or a menu. */
export const isSomethingOver = (): boolean =>
  document.querySelector('[role=dialog]:not([data-toast]), [role=menu]') !== null;

function isFor(name: KeyName, event: KeyboardEvent): boolean {
  const { keys, mod }: Key = keyTable[name];
  const isOver = isSomethingOver();
  if (mod !== undefined && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === mod) return !isOver;
  if (event.ctrlKey || event.metaKey || event.altKey || isOver || isTyping(event)) return false;
  return keys.includes(event.key);
}

/** Enter on a link or a button is theirs. */
function isTyping({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (key === 'Enter' && target.closest('a, button') !== null) return true;
  return target.closest('input:not([type=checkbox]), textarea, select, [contenteditable]') !== null && key !== 'Escape';
}
