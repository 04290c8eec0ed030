// What is asked of Active Directory one thing after another, written as it is thought: a conversation is a
// generator that yields a search and goes on with its result. It has no socket and no clock; whoever runs it sends
// the search, hands over the entries as they come, and gives up where the result is none that was expected.

import { textOf } from '../base/bytes.ts';
import type { Attributes } from './attributes.ts';
import type { Control, Result } from './message.ts';
import { firstPage, nextPage, pageRequest, type PageCookie } from './paging.ts';
import type { Search } from './request.ts';

export type Take = (dn: string, attributes: Attributes) => void;

export interface Asking {
  /** For the message of a failure. */
  readonly what: string;
  readonly search: Search;
  readonly controls?: readonly Control[];
  /** Attributes are views of received bytes: copy what is kept. */
  readonly entry?: Take;
  /** Results other than success that are an answer; none where absent. */
  readonly answers?: (result: Result) => boolean;
  /** It goes on with what came before, so any failure is worth another try from the beginning. */
  readonly goesOn?: boolean;
}

export interface Answered {
  readonly result: Result;
  readonly controls: readonly Control[];
}

export type Conversation<T = void> = Generator<Asking, T, Answered>;

export const anyObject = '(objectClass=*)';

/** Active Directory's own limit (MaxPageSize): it answers a larger page with as many, and no page at all with code 4. */
const pageSize = 1000;

/** All that a search finds, page by page, or nothing where its result is another of its answers; `after` each page what it says. Pages are the server's memory, bound to the connection. */
export function* pages(asking: Asking, after?: () => Conversation): Conversation {
  let next: PageCookie | undefined = firstPage;
  while (next !== undefined) {
    const controls: readonly Control[] = [...(asking.controls ?? []), pageRequest(pageSize, next)];
    const { result, controls: given }: Answered = yield { ...asking, controls, goesOn: next !== firstPage };
    if (result.code !== 0) return;
    next = nextPage(given);
    if (after !== undefined) yield* after();
  }
}

/** Attributes of one object; undefined where it is not there, or hidden. */
export function* oneObject(
  dn: string,
  attributes: readonly string[],
  ...controls: readonly Control[]
): Conversation<Attributes | undefined> {
  let found: Attributes | undefined;
  yield {
    what: `the search for ${dn}`,
    search: { base: dn, scope: 'base', filter: anyObject, attributes, sizeLimit: 0 },
    controls,
    entry: (_, each) =>
      (found = new Map([...each].map(([name, values]) => [name, values.map((value) => value.slice())]))),
    answers: () => true,
  };
  return found;
}

/** The first value of an attribute as text; '' where there is none. `name` is in lower case. */
export function textIn(attributes: Attributes | undefined, name: string): string {
  const [value] = attributes?.get(name) ?? [];
  return value === undefined ? '' : textOf(value);
}

export const textsIn = (attributes: Attributes | undefined, name: string): readonly string[] =>
  (attributes?.get(name) ?? []).map(textOf);

const plain = (dn: string): string =>
  dn
    .toLowerCase()
    .replaceAll(/\s*([,=])\s*/g, '$1')
    .trim();

/** Whether `dn` is `base`, or below it. */
export const liesWithin = (dn: string, base: string): boolean =>
  plain(dn) === plain(base) || plain(dn).endsWith(`,${plain(base)}`);
