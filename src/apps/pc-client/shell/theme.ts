// How the page looks: as the system does, unless the employee chose otherwise.

import { choices } from '../engine/choices.ts';

export type Theme = 'system' | 'light' | 'dark';

export function themeChosen(): Theme {
  const chosen = choices.read('theme');
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

export function wearTheme(theme: Theme): void {
  choices.write('theme', theme);
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
