// vCards of version 2.1 (versit, 1996), which Outlook and many Android telephones still write, as the 3.0 that is read here:
// parameters without a name (`TEL;WORK;VOICE`) become types, quoted-printable becomes text. Lines keep their numbers.

import { textIn, utf8 } from '../base/bytes.ts';

/** `text` with its cards of 2.1 in the form of 3.0; all else as it is. */
export function inVersion3(text: string): string {
  if (!/^VERSION:2\.1[ \t]*$/im.test(text)) return text;
  const lines = text.split(/\r\n|\n|\r/);
  let old = false;
  const beginnings = beginningsOfOld(lines);
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (isBegin(line)) old = beginnings.has(at);
    else if (old) rewrite(lines, at);
  }
  return lines.join('\n');
}

const isBegin = (line: string): boolean => /^(?:\ufeff)?BEGIN:VCARD[ \t]*$/i.test(line);

function beginningsOfOld(lines: readonly string[]): ReadonlySet<number> {
  const found = new Set<number>();
  let begun = -1;
  for (const [at, line] of lines.entries()) {
    if (isBegin(line)) begun = at;
    else if (/^VERSION:2\.1[ \t]*$/i.test(line)) found.add(begun);
  }
  return found;
}

/** The property at `at`; the lines that it takes with it are empty afterwards, or folded below it. */
function rewrite(lines: string[], at: number): void {
  const line = lines[at] ?? '';
  const colon = line.indexOf(':');
  if (colon < 0 || /^[ \t]/.test(line)) return;
  const [name = '', ...written] = line.slice(0, colon).split(';');
  const { parameters, encoding, charset } = parametersOf(written);
  let value = line.slice(colon + 1);
  if (/^version$/i.test(name)) value = '3.0';
  else if (encoding === 'QUOTED-PRINTABLE') value = escapedBreaks(decoded(joined(lines, at, value), charset));
  else if (encoding === 'BASE64' || encoding === 'B') {
    parameters.push('ENCODING=b');
    indentBase64(lines, at + 1);
  }
  lines[at] = `${[name, ...parameters].join(';')}:${value}`;
}

const encodings = new Set(['QUOTED-PRINTABLE', 'BASE64', 'B', '7BIT', '8BIT']);

/** Without a name it is a type, or an encoding. What is neither, such as Android's `X-CUSTOM(...)`, is left out. */
function parametersOf(written: readonly string[]): { parameters: string[]; encoding?: string; charset?: string } {
  const parameters: string[] = [];
  const found: { encoding?: string; charset?: string } = {};
  for (const each of written) {
    const [, key = '', value = ''] = /^(?:([A-Za-z0-9-]+)=)?([^"=]*)$/.exec(each) ?? [];
    const upper = value.toUpperCase();
    if (/^encoding$/i.test(key) || (key === '' && encodings.has(upper))) found.encoding = upper;
    else if (/^charset$/i.test(key)) found.charset = value;
    else if (key !== '') parameters.push(`${key}=${value}`);
    else if (/^[A-Za-z0-9-]+$/.test(value)) parameters.push(`TYPE=${value}`);
  }
  return { parameters, ...found };
}

/** A line of quoted-printable that ends with `=` goes on in the next (RFC 2045 §6.7). */
function joined(lines: string[], at: number, value: string): string {
  const parts = [value];
  for (let next = at + 1; next < lines.length && /=[ \t]*$/.test(parts.at(-1) ?? ''); next += 1) {
    if (/^(?:BEGIN|END):VCARD/i.test(lines[next] ?? '')) break;
    parts.push(lines[next] ?? '');
    lines[next] = '';
  }
  return parts.map((part, index) => (index < parts.length - 1 ? part.replace(/=[ \t]*$/, '') : part)).join('');
}

/** Some do not indent its lines; none of base64 has a colon. */
function indentBase64(lines: string[], from: number): void {
  for (let at = from; /^[A-Za-z0-9+/]+=*$/.test(lines[at] ?? ''); at += 1) lines[at] = ` ${lines[at]}`;
}

/** In what the writer named, in UTF-8, or in what Windows had. A `=` without two digits is itself. */
function decoded(quoted: string, charset = 'utf-8'): string {
  const written = utf8(quoted.slice(0, longestQuoted));
  const octets = new Uint8Array(written.length);
  let length = 0;
  for (let at = 0; at < written.length; at += 1) {
    const [high, low] = written[at] === equals ? [digitOf(written[at + 1]), digitOf(written[at + 2])] : [-1, -1];
    const quotes = high >= 0 && low >= 0;
    octets[length] = quotes ? high * 16 + low : (written[at] ?? 0);
    length += 1;
    if (quotes) at += 2;
  }
  const bytes = octets.subarray(0, length);
  return textIn(charset, bytes) ?? textIn('utf-8', bytes) ?? textIn('windows-1252', bytes) ?? '';
}

const equals = 0x3d;
/** What is read of a text (`textOf`), each character in at most four octets of three characters. */
const longestQuoted = 65_536 * 12;

const digitOf = (octet = 0): number => '0123456789ABCDEF'.indexOf(String.fromCharCode(octet).toUpperCase());

const escapedBreaks = (text: string): string => text.replaceAll(/\r\n|\n|\r/g, String.raw`\n`);
