import type { Branded } from '../base/brand.ts';
import type { Fields } from './person.ts';
import type { PersonId } from './person-id.ts';

/** Names one change log: a UUID made with the log. A new one means that history cannot be continued. */
export type BookId = Branded<string, 'BookId'>;

/** Numbers the changes of one log: whole, from 1, rising by one with each change, never reused. 0 is before the first. */
export type Revision = Branded<number, 'Revision'>;

const bookShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** @throws TypeError when `text` is not a UUID in lower case */
export function bookId(text: string): BookId {
  if (!bookShape.test(text)) throw new TypeError(`not a book: ${JSON.stringify(text)}`);
  return text as BookId;
}

/** @throws TypeError when `count` is not a whole number from 0 up */
export function revision(count: number): Revision {
  if (!Number.isSafeInteger(count) || count < 0) throw new TypeError(`not a revision: ${count}`);
  return count as Revision;
}

/**
 * What happened to one person. `altered` names only the fields that differ: a field in `from` and
 * not in `to` was taken away, one in `to` and not in `from` is new. `added` is also a person who comes back.
 */
export type Change =
  | { readonly kind: 'added'; readonly person: PersonId; readonly fields: Fields }
  | { readonly kind: 'altered'; readonly person: PersonId; readonly from: Fields; readonly to: Fields }
  | { readonly kind: 'removed'; readonly person: PersonId };
