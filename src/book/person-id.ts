import type { Branded } from '../base/brand.ts';

/** Names one person for life. Opaque: the server makes it once (`a`-`z`, `2`-`9`, 4 to 13 characters) and never gives it to another. */
export type PersonId = Branded<string, 'PersonId'>;

const shape = /^[a-z2-9]{4,13}$/;

export const isPersonId = (text: string): text is PersonId => shape.test(text);

/** @throws TypeError when `text` has not the shape of a person ID */
export function personId(text: string): PersonId {
  if (!isPersonId(text)) throw new TypeError(`not a person ID: ${JSON.stringify(text)}`);
  return text;
}

/** What no server makes: the hyphen is not among its characters. So `isPersonId` says of none of these that it is a person ID. */
const ownShape = /^own-[A-Za-z0-9]{6,24}$/;

/** Whether an entry's ID is that of an own contact, who is not in the enterprise; no server is to hear of it. */
export const isOwnContactId = (text: string): boolean => ownShape.test(text);

/** @throws TypeError when `fresh` is not 6 to 24 letters and digits */
export const ownContactId = (fresh: string): PersonId => entryId(`own-${fresh}`);

/** What an entry of a personal address book may be named by. @throws TypeError when `text` is neither a person ID nor an own contact's */
export function entryId(text: string): PersonId {
  return isOwnContactId(text) ? (text as PersonId) : personId(text);
}
