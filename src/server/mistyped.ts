// The texts that a mistyped word may mean. They come in order, so the rows of a common beginning (`book/edits.ts`) are made
// once, and where a beginning is too far off already, all that begin with it are passed over.

import { firstRow, nextRow, type Row } from '../book/edits.ts';
import type { Numbers, SortedTexts } from './sorted-texts.ts';

export interface Mistyped {
  readonly numbers: Numbers;
  /** Whether all of the text is meant, or only its beginning. */
  readonly whole: boolean;
}

/** After all texts with the same beginning: no text has this code unit, which is no character. */
const beyond = '\uffff';

export function* mistypedIn(
  texts: SortedTexts,
  { kind, word, most }: { readonly kind: string; readonly word: string; readonly most: number },
): Generator<Mistyped> {
  /** Row by letters of the text before. */
  const rows: Row[] = [firstRow(word)];
  /** How near the word comes to the best beginning so far, by letters as well. */
  const nearest: number[] = [word.length];
  let before = '';
  const walk = texts.from(kind);
  for (let found = walk.next(); found.done !== true;) {
    if (!found.value.text.startsWith(kind)) return;
    const text = found.value.text.slice(kind.length);
    rows.length = Math.min(rows.length, commonLength(before, text) + 1);
    nearest.length = rows.length;
    before = text;
    const far = extend(rows, nearest, { word, text, most });
    const near = (nearest.at(-1) ?? word.length) <= most;
    if (near) {
      const whole = far === undefined && (rows[text.length]?.[word.length] ?? most + 1) <= most;
      yield { numbers: found.value.numbers, whole };
    }
    // Where the beginning itself is near enough, whatever comes after it, none is passed over.
    found = walk.next(far === undefined || near ? undefined : kind + text.slice(0, far) + beyond);
  }
}

/** Makes the rows of `text`; gives how many letters of it are too far off already, whatever came after them. */
function extend(
  rows: Row[],
  nearest: number[],
  { word, text, most }: { readonly word: string; readonly text: string; readonly most: number },
): number | undefined {
  for (let at = rows.length - 1; at < text.length; at += 1) {
    const last = rows[at];
    if (last === undefined) return undefined;
    const row = nextRow(word, { last, before: rows[at - 1] }, [text.charAt(at - 1), text.charAt(at)]);
    rows.push(row);
    nearest.push(Math.min(nearest[at] ?? word.length, row[word.length] ?? word.length));
    // Two letters in each other's place reach back over one row.
    if (Math.min(...row) > most && Math.min(...last) >= most) return at + 1;
  }
  return undefined;
}

function commonLength(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}
