// The small words of RFC 3261 §25.1 that every header is made of: tokens, quoted strings, parameters.

import { unreachable } from '../base/fault.ts';

const tokenShape = /^[A-Za-z0-9\-.!%*_+`'~]+$/;

export const isToken = (text: string): boolean => tokenShape.test(text);

const needsNoEscape = /^[ !#-[\]-~]*$/;

/** RFC 3261 §25.1: within quotes a control character stands only behind a backslash. */
export function quote(text: string): string {
  return needsNoEscape.test(text) ? `"${text}"` : `"${text.replace(/["\\]|\p{Cc}/gu, '\\$&')}"`;
}

/** The text of a quoted string; any other text as it is. */
export function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  const inner = text.slice(1, -1);
  return inner.includes('\\') ? inner.replace(/\\(.)/gs, '$1') : inner;
}

/** Parts of `text` between separators that stand outside quoted strings and angle brackets; trimmed. */
export function split(text: string, separator: ',' | ';'): readonly string[] {
  if (!text.includes(separator)) return [text.trim()];
  if (!text.includes('"') && !text.includes('<')) return text.split(separator).map((part) => part.trim());
  const parts: string[] = [];
  let start = 0;
  for (let at = nextOutside(text, separator, 0); at < text.length; at = nextOutside(text, separator, start)) {
    parts.push(text.slice(start, at).trim());
    start = at + 1;
  }
  parts.push(text.slice(start).trim());
  return parts;
}

/** Where the next separator outside quotes and brackets stands; the length of the text where none does. */
function nextOutside(text: string, separator: string, from: number): number {
  let within: 'plain' | 'quoted' | 'bracketed' = 'plain';
  for (let at = from; at < text.length; at += 1) {
    const char = text.charAt(at);
    switch (within) {
      case 'plain':
        if (char === separator) return at;
        if (char === '"') within = 'quoted';
        else if (char === '<') within = 'bracketed';
        break;
      case 'quoted':
        if (char === '\\') at += 1;
        else if (char === '"') within = 'plain';
        break;
      case 'bracketed':
        if (char === '>') within = 'plain';
        break;
      default:
        return unreachable(within);
    }
  }
  return text.length;
}

/** Parameters by lower-case name, in their order; the value as written (a quoted string with its quotes), '' where there is none. */
export type Parameters = ReadonlyMap<string, string>;

const none: Parameters = new Map();

/** A quoted string, or what may stand without quotes in any of the grammars: no white space, no separator of lists and names. */
const parameterValue = /^(?:"(?:[^"\\]|\\.)*"|[^\s"<>,]*)$/s;

/** Reads `;a=b;c` (the leading semicolon may be missing). Undefined where a name is not a token or stands twice, or a value is none. */
export function parseParameters(text: string): Parameters | undefined {
  const rest = text.trim();
  if (rest === '') return none;
  return usualParameters(rest) ?? plainParameters(rest);
}

/** Without white space, quotes and brackets, where every semicolon and equals sign is one of the grammar's. */
const usualText = /^;[!#-+\--;=?-~]*$/;

/** A hot path, as `head.ts` says: parameters that are written as usual, in one pass; undefined for all others. */
function usualParameters(text: string): Parameters | undefined {
  if (!usualText.test(text)) return undefined;
  const parameters = new Map<string, string>();
  for (let end = 0; end < text.length;) {
    const start = end + 1;
    end = text.indexOf(';', start);
    if (end < 0) end = text.length;
    const equals = text.indexOf('=', start);
    const valued = equals >= 0 && equals < end;
    const name = text.slice(start, valued ? equals : end);
    if (!isToken(name)) return undefined;
    const key = name.toLowerCase();
    if (parameters.has(key)) return undefined;
    parameters.set(key, valued ? text.slice(equals + 1, end) : '');
  }
  return parameters;
}

/** Part by part, whatever they hold. */
export function plainParameters(rest: string): Parameters | undefined {
  const parameters = new Map<string, string>();
  for (const part of split(rest.startsWith(';') ? rest.slice(1) : rest, ';')) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals).trimEnd()).toLowerCase();
    if (!isToken(name) || parameters.has(name)) return undefined;
    const value = equals < 0 ? '' : part.slice(equals + 1).trimStart();
    if (!parameterValue.test(value)) return undefined;
    parameters.set(name, value);
  }
  return parameters;
}

export function printParameters(parameters: Parameters): string {
  let text = '';
  for (const [name, value] of parameters) text += value === '' ? `;${name}` : `;${name}=${value}`;
  return text;
}

/** `delta-seconds` (RFC 3261 §25.1): digits only. A value past 2^31 - 1 counts as that. */
export function parseSeconds(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) ? Math.min(Number(text), 2_147_483_647) : undefined;
}

/** An IPv6 address in brackets, any other host as it is. */
export const printHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);
