// What of coming in and going out is open over the page. It is no place of its own: it is about what lies below it.

import { useSyncExternalStore } from 'react';
import type { PersonId } from '../../../browser/browser.ts';

export type Opened =
  | { readonly kind: 'nothing' }
  /** The form of an own contact: a new one where nobody is named. */
  | { readonly kind: 'form'; readonly person?: PersonId }
  | { readonly kind: 'code'; readonly person: PersonId }
  /** `name` is that of the file. */
  | { readonly kind: 'export'; readonly people: readonly PersonId[]; readonly name: string };

let opened: Opened = { kind: 'nothing' };
const listeners = new Set<() => void>();

export function open(next: Opened): void {
  opened = next;
  for (const listener of listeners) listener();
}

export const close = (): void => open({ kind: 'nothing' });

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useOpened = (): Opened => useSyncExternalStore(subscribe, () => opened);
