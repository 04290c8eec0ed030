// The head of a message: its start line and header fields. A hot path: every answer to a NOTIFY is read whole, since
// whatever is wrong with one is to be told. A usual head, each field on a line of its own, nothing but
// what the grammar has, is read in one pass without a look at each character, in half the time (1.5 us of a SUBSCRIBE's
// 5.3 in all); all others are
// read the plain way, which also says what is wrong. That both read the same is a property in the test.

import { isToken } from './grammar.ts';
import { canonicalName, Headers, usualNameIn } from './headers.ts';
import type { HeaderField } from './headers.ts';

/** A start line and the header fields under it. */
export interface Head {
  readonly startLine: string;
  readonly headers: Headers;
  /** The first thing that is wrong with a line; the other lines are still read, so that an answer can be made. */
  readonly problem: string | undefined;
}

/** Reads the head of a message: all before the empty line. */
export const parseHead = (text: string): Head => usualHead(text) ?? plainHead(text);

function usualHead(text: string): Head | undefined {
  if (text.includes('\0')) return undefined;
  const fields: HeaderField[] = [];
  const startEnd = lineEnd(text, 0);
  for (let end = startEnd; end !== text.length;) {
    if (end < 0) return undefined;
    const from = end + 2;
    end = lineEnd(text, from);
    const colon = text.indexOf(':', from);
    if (colon < 0 || colon >= end) return undefined;
    // A line that goes on with the one before has no name that is a token; nor has one with white space before its colon.
    const name = usualNameIn(text, from, colon) ?? unusualName(text.slice(from, colon));
    if (name === undefined) return undefined;
    fields.push([name, valueBetween(text, colon + 1, end)]);
  }
  return { startLine: text.slice(0, startEnd), headers: new Headers(fields), problem: undefined };
}

const unusualName = (name: string): string | undefined => (isToken(name) ? canonicalName(name) : undefined);

/** Where the line that begins at `from` ends; -1 where a CR or an LF stands alone before that. */
function lineEnd(text: string, from: number): number {
  const cr = text.indexOf('\r', from);
  const lf = text.indexOf('\n', from);
  if (cr < 0 && lf < 0) return text.length;
  return cr >= 0 && lf === cr + 1 ? cr : -1;
}

function valueBetween(text: string, after: number, end: number): string {
  const start = text.charCodeAt(after) === space ? after + 1 : after;
  const value = text.slice(start, end);
  return isVisible(text.charCodeAt(start)) && isVisible(text.charCodeAt(end - 1)) ? value : value.trim();
}

const space = 32;
const isVisible = (code: number): boolean => code > space && code < 127;

// A NUL may stand in a quoted string after a backslash (RFC 3261 §25.1, quoted-pair; RFC 4475 §3.1.1.2).
const strayControl = /\r(?!\n)|(?<!\r)\n|(?<!\\)\0/;

/** Line by line, whatever they hold. */
export function plainHead(text: string): Head {
  let problem = strayControl.test(text) ? 'a control character within a line' : undefined;
  const lines = (problem === undefined ? text : text.replace(/\r(?!\n)|(?<!\r)\n|(?<!\\)\0/g, ' ')).split('\r\n');
  const fields: HeaderField[] = [];
  for (let index = 1; index < lines.length; index += 1) {
    let line = lines[index] ?? '';
    // RFC 3261 §7.3.1: a line that begins with white space goes on with the value of the one before.
    while (/^[ \t]/.test(lines[index + 1] ?? '')) line += ` ${(lines[(index += 1)] ?? '').trim()}`;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trimEnd();
    if (isToken(name)) fields.push([canonicalName(name), line.slice(colon + 1).trim()]);
    else problem ??= 'a line that is no header field';
  }
  return { startLine: lines[0] ?? '', headers: new Headers(fields), problem };
}
