// How many typing errors lie between a word and the beginning of another: letters left out, put in, put for another, or
// put in each other's place (optimal string alignment). Row by row, so that words with a common beginning share its rows.

/** How many errors a word of so many letters may have: of a short one nearly everything would be a mistyping. */
export const mostEdits = (length: number): 0 | 1 | 2 => (length < 4 ? 0 : length < 8 ? 1 : 2);

/** The errors from the first letters of `word`, as many as the place in the row, to the first letters of another. */
export type Row = readonly number[];

export const firstRow = (word: string): Row => Array.from({ length: word.length + 1 }, (_, at) => at);

export interface Rows {
  readonly last: Row;
  /** Absent for the first letter. */
  readonly before: Row | undefined;
}

/** The row for one letter more of the other word; `letter` comes after `letterBefore`. */
export function nextRow(word: string, { last, before }: Rows, [letterBefore, letter]: readonly [string, string]): Row {
  const row: number[] = [(last[0] ?? 0) + 1];
  for (let at = 1; at <= word.length; at += 1) {
    const same = word[at - 1] === letter;
    let least = Math.min((last[at - 1] ?? 0) + (same ? 0 : 1), (last[at] ?? 0) + 1, (row[at - 1] ?? 0) + 1);
    if (before !== undefined && at > 1 && word[at - 2] === letter && word[at - 1] === letterBefore)
      least = Math.min(least, (before[at - 2] ?? 0) + 1);
    row.push(least);
  }
  return row;
}

export interface Edits {
  /** To all of the other word. */
  readonly whole: number;
  /** To that beginning of it that is nearest. */
  readonly beginning: number;
}

export function editsBetween(word: string, other: string): Edits {
  let last = firstRow(word);
  let before: Row | undefined;
  let beginning = word.length;
  for (let at = 0; at < other.length; at += 1) {
    const row = nextRow(word, { last, before }, [other.charAt(at - 1), other.charAt(at)]);
    [before, last] = [last, row];
    beginning = Math.min(beginning, row[word.length] ?? beginning);
  }
  return { whole: last[word.length] ?? word.length, beginning };
}
