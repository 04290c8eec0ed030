// Text for a screen: how wide it is, columns, and nothing in it that a screen would obey.

/** Columns that line up; a Chinese character is as wide as two others. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, widthOf(cell))));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

// East Asian Wide and Fullwidth (Unicode UAX #11), as far as names and telephone numbers go; emoji are as wide.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
/** Accents that stand on the letter before them, joiners, marks of direction. */
const unseen = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** How many columns of a screen `text` takes. */
export const widthOf = (text: string): number =>
  Array.from(text).reduce((width, each) => width + (wide.test(each) ? 2 : unseen.test(each) ? 0 : 1), 0);

/**
 * Text of a peer, fit for a screen: nothing in it can move the cursor, forge a line, or turn the direction of what
 * follows it (the embeddings, overrides and isolates of Unicode UAX #9).
 */
export const printable = (text: string): string =>
  text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ');
