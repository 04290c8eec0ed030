// How texts are made alike before they are compared, what is typed and what is looked through in the same way: their bare
// letters (`bare-text.ts`), traditional Chinese as simplified.

import { ascii, bare } from './bare-text.ts';
import { simplified } from './simplified.ts';

/** As people write these letters where the keyboard has none. */
const spelled: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ø: 'oe', å: 'aa' };
const spellable = /[äöüøå]/g;

/** `text` for comparing. */
export const folded = (text: string): string => (ascii.test(text) ? text.toLowerCase() : simplified(bare(text)));

/** `text` for comparing, `müller` as `mueller`; undefined where it has no such letter. */
export function foldedAsSpelled(text: string): string | undefined {
  if (ascii.test(text)) return undefined;
  const plain = text.normalize('NFC').toLowerCase();
  const other = plain.replaceAll(spellable, (letter) => spelled[letter] ?? letter);
  return other === plain ? undefined : folded(other);
}
