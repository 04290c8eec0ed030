// Whom the employee has selected, for what is done with many at once. It lasts until it is done or left, and is no part of
// the address book.

import { useSyncExternalStore } from 'react';
import type { PersonId } from '../../../browser/browser.ts';

export interface Selection {
  /** Whether a press on a row selects: begun by selecting somebody, or by the list's menu. */
  readonly picking: boolean;
  readonly people: ReadonlySet<PersonId>;
  /** Who was selected last: the other end of a range. */
  readonly last: PersonId | undefined;
}

const nobody: Selection = { picking: false, people: new Set(), last: undefined };

let selection = nobody;
const listeners = new Set<() => void>();

function change(next: Selection): void {
  selection = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useSelection = <Selected>(select: (selection: Selection) => Selected): Selected =>
  useSyncExternalStore(subscribe, () => select(selection));

export const selectionNow = (): Selection => selection;
export const selectNobody = (): void => change(nobody);
export const beginSelecting = (): void => change({ ...selection, picking: true });

export function toggle(person: PersonId): void {
  const people = new Set(selection.people);
  if (!people.delete(person)) people.add(person);
  change(people.size === 0 ? nobody : { picking: true, people, last: person });
}

/** From who was selected last to `person`, as they stand in `order`. */
export function selectUpTo(person: PersonId, order: readonly PersonId[]): void {
  const [one, other] = [order.indexOf(selection.last ?? person), order.indexOf(person)].toSorted((a, b) => a - b);
  selectAll(one === undefined || one < 0 || other === undefined ? [person] : order.slice(one, other + 1));
}

export function selectAll(people: readonly PersonId[]): void {
  change({ picking: true, people: new Set([...selection.people, ...people]), last: people.at(-1) });
}
