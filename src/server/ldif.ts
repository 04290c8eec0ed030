// LDIF (RFC 2849): content records, and change records that add. Others are said to be wrong, record by record.

import { bytesOfBase64, strictTextOf, textOf, utf8 } from '../base/bytes.ts';
import type { EntryAttributes } from './attribute-map.ts';

export interface LdifRecord {
  /** The line on which the record begins, from 1. */
  readonly line: number;
  readonly dn: string;
  readonly attributes: EntryAttributes;
}

export interface LdifProblem {
  readonly line: number;
  readonly problem: string;
}

const personClasses = new Set(['person', 'organizationalperson', 'inetorgperson', 'user', 'contact']);

/** Also one that does not say what it is. */
export const isPerson = ({ attributes }: LdifRecord): boolean =>
  attributes.get('objectclass')?.some((bytes) => personClasses.has(textOf(bytes).toLowerCase())) ?? true;

interface Line {
  readonly at: number;
  readonly text: string;
}

/** The records of `text` in their order, and what is wrong with those that are not right. */
export function* ldifRecords(text: string): Generator<LdifRecord | LdifProblem, void> {
  let record: Line[] = [];
  for (const line of unfolded(text)) {
    if (line.text !== '') record.push(line);
    else {
      yield* closed(record);
      record = [];
    }
  }
  yield* closed(record);
}

function closed(record: readonly Line[]): readonly (LdifRecord | LdifProblem)[] {
  const lines = record[0]?.text.toLowerCase().startsWith('version:') === true ? record.slice(1) : record;
  return lines.length > 0 ? [recordOf(lines)] : [];
}

/** Lines with their continuations, which begin with one space; comments are left out, with theirs. */
function* unfolded(text: string): Generator<Line, void> {
  let last: { readonly at: number; readonly parts: string[] } | undefined;
  const whole = function* (): Generator<Line, void> {
    const line = last === undefined ? undefined : { at: last.at, text: last.parts.join('') };
    if (line !== undefined && !line.text.startsWith('#')) yield line;
  };
  let at = 0;
  for (const line of physicalLines(text.replace(/^\ufeff/, ''))) {
    at += 1;
    if (line.startsWith(' ') && last !== undefined && last.parts[0] !== '') last.parts.push(line.slice(1));
    else {
      yield* whole();
      last = { at, parts: [line] };
    }
  }
  yield* whole();
}

function* physicalLines(text: string): Generator<string, void> {
  const end = /\r\n|\n|\r/g;
  for (let from = 0; ;) {
    end.lastIndex = from;
    const found = end.exec(text);
    yield text.slice(from, found?.index);
    if (found === null) return;
    from = end.lastIndex;
  }
}

function recordOf(lines: readonly Line[]): LdifRecord | LdifProblem {
  const attributes = new Map<string, readonly Uint8Array[]>();
  const start = lines[0]?.at ?? 1;
  let dn: string | undefined;
  for (const line of lines) {
    const read = valueOf(line);
    if ('problem' in read) return { line: start, problem: `line ${line.at}: ${read.problem}` };
    if (dn === undefined) {
      if (read.name !== 'dn') return { line: start, problem: `line ${line.at}: a record begins with dn:` };
      dn = strictTextOf(read.value);
      if (dn === undefined) return { line: start, problem: 'its DN is not UTF-8' };
    } else if (read.name === 'changetype') {
      const type = strictTextOf(read.value)?.trim().toLowerCase();
      if (type !== 'add')
        return { line: start, problem: `changetype ${type ?? '?'} is not read; only records and changetype: add are` };
    } else attributes.set(read.name, [...(attributes.get(read.name) ?? []), read.value]);
  }
  return { line: start, dn: dn ?? '', attributes };
}

const attributeLine = /^([A-Za-z0-9.;_-]+):(:|<)? *(.*)$/s;

function valueOf(line: Line): { readonly name: string; readonly value: Uint8Array } | { readonly problem: string } {
  const [, description, how, text = ''] = attributeLine.exec(line.text) ?? [];
  if (description === undefined) return { problem: 'not of the form attribute: value' };
  const [base = '', ...options] = description.toLowerCase().split(';');
  const name = [base, ...options.sort()].join(';');
  if (how === '<') return { problem: `${name} is kept at another address (:<), which is not read` };
  if (how === undefined) return { name, value: utf8(text) };
  const value = bytesOfBase64(text.replaceAll(' ', ''));
  return value === undefined ? { problem: `the value of ${name} is not base64` } : { name, value };
}
