// Where one is in the page, and its address: the same address shows the same on every screen, and the browser's back
// button goes back. A person is opened out of a list; which list that was goes along in the history's state.

import { useSyncExternalStore } from 'react';
import { entryId, isOwnContactId, isPersonId, type PersonId } from '../../../browser/browser.ts';

export type ListPlace =
  | { readonly kind: 'everyone' | 'favourites' | 'changed' | 'left' }
  | { readonly kind: 'group'; readonly name: string };

/** What was told, newest first: all of it, or what of it is asked for. */
export interface HistoryPlace {
  readonly kind: 'history';
  readonly text?: string;
  readonly unseenOnly?: boolean;
  readonly person?: PersonId | undefined;
}

export type Place =
  | ListPlace
  | { readonly kind: 'person'; readonly person: PersonId; readonly list: ListPlace }
  | { readonly kind: 'look-up'; readonly text: string }
  | HistoryPlace
  /** Of files that others made. */
  | { readonly kind: 'import' }
  /** Around a person. */
  | { readonly kind: 'organisation'; readonly person: PersonId }
  /** All of them, where `name` is empty. */
  | { readonly kind: 'departments'; readonly name: string }
  | { readonly kind: 'log-in' }
  | { readonly kind: 'settings'; readonly page: string }
  | { readonly kind: 'nowhere' };

export const everyone: ListPlace = { kind: 'everyone' };

export function pathOf(place: Place): string {
  switch (place.kind) {
    case 'everyone':
      return '/';
    case 'favourites':
    case 'changed':
    case 'left':
    case 'import':
    case 'log-in':
      return `/${place.kind}`;
    case 'history':
      return `/history${printedHistory(place)}`;
    case 'group':
      return `/g/${encodeURIComponent(place.name)}`;
    case 'person':
      return `/p/${place.person}`;
    case 'organisation':
      return `/o/${place.person}`;
    case 'departments':
      return place.name === '' ? '/departments' : `/departments/${encodeURIComponent(place.name)}`;
    case 'look-up':
      return place.text === '' ? '/look-up' : `/look-up?q=${encodeURIComponent(place.text)}`;
    case 'settings':
      return place.page === '' ? '/settings' : `/settings/${place.page}`;
    case 'nowhere':
      return '/nowhere';
  }
}

/** `state` is what the history keeps beside the address: the list that a person was opened out of. */
export function placeOf({ pathname, search }: Pick<Location, 'pathname' | 'search'>, state: unknown): Place {
  const [first = '', second = '', ...rest] = pathname.slice(1).split('/').map(decoded);
  if (rest.length > 0) return { kind: 'nowhere' };
  if (first === 'p' && (isPersonId(second) || isOwnContactId(second)))
    return { kind: 'person', person: entryId(second), list: listOf(state) };
  if (first === 'g' && second !== '') return { kind: 'group', name: second };
  if (first === 'o' && isPersonId(second)) return { kind: 'organisation', person: second };
  if (first === 'departments') return { kind: 'departments', name: second };
  if (first === 'settings') return { kind: 'settings', page: second };
  if (second !== '') return { kind: 'nowhere' };
  switch (first) {
    case '':
      return everyone;
    case 'favourites':
    case 'changed':
    case 'left':
    case 'import':
    case 'log-in':
      return { kind: first };
    case 'history':
      return historyOf(new URLSearchParams(search));
    case 'look-up':
      return { kind: 'look-up', text: new URLSearchParams(search).get('q') ?? '' };
    default:
      return { kind: 'nowhere' };
  }
}

function printedHistory({ text = '', unseenOnly = false, person }: HistoryPlace): string {
  const asked = new URLSearchParams({
    ...(text !== '' && { q: text }),
    ...(unseenOnly && { unseen: 'yes' }),
    ...(person !== undefined && { person }),
  }).toString();
  return asked === '' ? '' : `?${asked}`;
}

function historyOf(asked: URLSearchParams): HistoryPlace {
  const text = asked.get('q') ?? '';
  const person = asked.get('person') ?? '';
  return {
    kind: 'history',
    ...(text !== '' && { text }),
    ...(asked.get('unseen') === 'yes' && { unseenOnly: true }),
    ...(isPersonId(person) && { person }),
  };
}

function listOf(state: unknown): ListPlace {
  if (typeof state !== 'string') return everyone;
  const place = placeOf({ pathname: state, search: '' }, undefined);
  return isList(place) ? place : everyone;
}

export const isList = (place: Place): place is ListPlace =>
  place.kind === 'everyone' ||
  place.kind === 'favourites' ||
  place.kind === 'changed' ||
  place.kind === 'left' ||
  place.kind === 'group';

/** Half an escape sequence is no reason to show nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return part;
  }
}

const listeners = new Set<() => void>();
let here = placeOf(location, history.state);

/** Reads the address anew, where something else than `go` has changed it. */
export function arrive(): void {
  here = placeOf(location, history.state);
  for (const listener of listeners) listener();
}

addEventListener('popstate', arrive);

/** `replace` leaves no step back: for what moves much, such as going through a list. */
export function go(place: Place, { replace = false }: { readonly replace?: boolean } = {}): void {
  const state = stateOf(place, replace);
  if (replace) history.replaceState(state, '', pathOf(place));
  else history.pushState(state, '', pathOf(place));
  arrive();
}

function stateOf(place: Place, replace: boolean): unknown {
  if (place.kind === 'person') return pathOf(place.list);
  if (place.kind !== 'look-up' && place.kind !== 'log-in') return null;
  return replace ? history.state : within;
}

/** Of what lies over the page: it was begun in this page, so the step before it is of this page too. */
const within = 'within';

/** Back to where the look-up, or the log-in, was begun. */
export function leaveOver(): void {
  if (history.state === within) history.back();
  else go(everyone, { replace: true });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const usePlace = (): Place => useSyncExternalStore(subscribe, () => here);
