// What can be started with people, by kind: each kind has one way that its button and its key take, which is the one that
// was taken last, and the others beside it.

import type { Action, LinkKind, PersonId } from '../../../browser/browser.ts';
import { choices } from '../engine/choices.ts';

export interface Way {
  readonly name: string;
  readonly action: Action;
}

export interface Start {
  readonly kind: LinkKind;
  readonly first: Way;
  /** All of them, `first` too. */
  readonly ways: readonly Way[];
}

const order: readonly LinkKind[] = ['call', 'message', 'multimedia-message', 'mail', 'meeting'];

export function startsOf(actions: readonly Action[], last: (kind: LinkKind) => string | undefined): readonly Start[] {
  return order.flatMap((kind) => {
    const ways = named(actions.filter((action) => action.kind === kind));
    const first = ways.find(({ name }) => name === last(kind)) ?? ways[0];
    return first === undefined ? [] : [{ kind, first, ways }];
  });
}

/** A name says where a number stands, never the number: the way stays the same where the number changes. */
function named(actions: readonly Action[]): readonly Way[] {
  const counts = new Map<string, number>();
  const urls = new Set<string>();
  return actions.flatMap((action) => {
    const place = `${action.label.en}/${action.field ?? ''}`;
    const nth = counts.get(place) ?? 0;
    counts.set(place, nth + 1);
    if (urls.has(action.url)) return [];
    urls.add(action.url);
    return [{ name: `${place}/${nth}`, action }];
  });
}

type Taken = readonly (readonly [key: string, name: string])[];

/** The oldest go first. */
const mostTaken = 300;

export const lastWay = (person: PersonId, kind: LinkKind): string | undefined =>
  taken().find(([key]) => key === `${person} ${kind}`)?.[1];

export function rememberWay(person: PersonId, kind: LinkKind, name: string): void {
  const key = `${person} ${kind}`;
  const others = taken().filter((each) => each[0] !== key);
  choices.write('ways', JSON.stringify([[key, name], ...others].slice(0, mostTaken)));
}

/** What is in the browser's store may have been written by anybody. */
function taken(): Taken {
  const written = choices.read('ways') ?? '[]';
  try {
    const read: unknown = JSON.parse(written);
    return Array.isArray(read) ? read.filter(isTaken) : [];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [];
  }
}

const isTaken = (each: unknown): each is Taken[number] =>
  Array.isArray(each) && each.length === 2 && each.every((text) => typeof text === 'string');
