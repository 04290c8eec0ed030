// A number that was typed or pasted, in whatever way it is written: whose it is, and how to call it.

import { numbersOf, type Person, type Terminal } from '../../../browser/browser.ts';

export interface TypedNumber {
  /** Those whom it belongs to. */
  readonly owners: readonly Person[];
  readonly uri: string;
}

/** Undefined where `text` is no number that could be dialled. */
export async function typedNumber(terminal: Terminal, text: string): Promise<TypedNumber | undefined> {
  const uri = uriOf(text);
  return uri === undefined ? undefined : { uri, owners: (await terminal.whoseNumber(text)).persons };
}

/** One within the house has no URI of its own: its digits are dialled. */
function uriOf(text: string): string | undefined {
  const [number] = numbersOf({ otherTelephones: text.trim() }, 'otherTelephones');
  if (number?.uri !== undefined) return number.uri;
  const bare = text.replaceAll(/[\s()./-]+/g, '');
  return /^\d{3,15}$/.test(bare) ? `tel:${bare}` : undefined;
}
