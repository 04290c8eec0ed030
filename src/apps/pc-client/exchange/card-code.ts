// A vCard small enough to be scanned: the name, numbers, mail address, company. 3.0, which every telephone reads.

import { encode } from 'uqr';
import {
  printOwnCard,
  shown,
  writtenNameOf,
  type FieldName,
  type Fields,
  type PersonalEntry,
} from '../../../browser/browser.ts';
import { cut } from './file.ts';

/** The most important first: what would make the code too fine is left out, and with it what follows. */
const said = ['mobileTelephone', 'officeTelephone', 'mail', 'company', 'title'] as const satisfies readonly FieldName[];
const told: readonly FieldName[] = [...said, 'surname', 'givenName'];

/** Of a card: some 70 squares a side (ISO/IEC 18004, version 13 or so), which a telephone reads from a screen. */
const mostOctets = 420;
const longestName = 100;

export interface CardCode {
  /** Rows of squares, dark or not, with the light edge that scanners need around them. */
  readonly squares: readonly (readonly boolean[])[];
  /** What is in it, for whoever cannot see it. */
  readonly said: readonly string[];
}

export function codeOf(entry: PersonalEntry): CardCode {
  const all = shown(entry);
  const name = cut(writtenNameOf(entry), longestName);
  let fields: Fields = { name };
  for (const field of told) {
    const value = all[field];
    if (value === undefined) continue;
    const more = { ...fields, [field]: value };
    if (new TextEncoder().encode(cardOf(entry, more)).length > mostOctets) break;
    fields = more;
  }
  const { data } = encode(cardOf(entry, fields), { ecc: 'L', boostEcc: true, border: 4 });
  return { squares: data, said: [name, ...said.flatMap((field) => fields[field] ?? [])] };
}

/** Without what is for address books only. */
function cardOf(entry: PersonalEntry, fields: Fields): string {
  const own = { nickname: '', note: '', groups: [], favourite: false, numbers: [], values: fields };
  const lines = printOwnCard({ ...entry, base: {}, own }, '3.0').split('\r\n');
  return lines.filter((line) => !/^(?:PRODID|UID):/.test(line)).join('\r\n');
}

/** The dark squares as a path, a run of them at a time. */
export const pathOf = (squares: CardCode['squares']): string =>
  squares.flatMap((row, y) => runsOf(row).map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`)).join('');

function runsOf(row: readonly boolean[]): readonly (readonly [from: number, length: number])[] {
  const runs: (readonly [number, number])[] = [];
  for (let from = row.indexOf(true); from >= 0; from = row.indexOf(true, from)) {
    const end = row.indexOf(false, from);
    const length = (end < 0 ? row.length : end) - from;
    runs.push([from, length]);
    from += length;
  }
  return runs;
}

/** Of a picture that is printed or sent on. */
const pixelsOfSquare = 10;

export function pngOf(squares: CardCode['squares']): Promise<Blob> {
  const side = squares.length * pixelsOfSquare;
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d');
  if (context !== null) {
    context.fillStyle = '#fff';
    context.fillRect(0, 0, side, side);
    context.fillStyle = '#000';
    context.scale(pixelsOfSquare, pixelsOfSquare);
    const dark = new Path2D(pathOf(squares));
    // A canvas fills, not an array.
    // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type
    context.fill(dark);
  }
  return canvas.convertToBlob({ type: 'image/png' });
}
