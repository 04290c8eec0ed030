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
