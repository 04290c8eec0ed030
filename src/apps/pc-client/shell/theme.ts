// How the page looks: as the system does, unless the employee chose otherwise.

import { useSyncExternalStore } from 'react';
import { choices } from '../engine/choices.ts';

export type Theme = 'system' | 'light' | 'dark';

const listeners = new Set<() => void>();

export function themeChosen(): Theme {
  const chosen = choices.read('theme');
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

export function wearTheme(theme: Theme): void {
  choices.write('theme', theme);
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What is chosen, wherever it is chosen. */
export const useTheme = (): Theme => useSyncExternalStore(subscribe, themeChosen);
