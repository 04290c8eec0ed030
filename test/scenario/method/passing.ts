// What passes between one terminal and the server, as it stands on the wire, and what can be read in it.

import { brotliDecompressSync } from 'node:zlib';
import type { PersonId } from '../../../src/book/person-id.ts';
import type { MethodStep } from '../../../src/terminal/ladder.ts';
import { changedPeopleSchema, personsQuestionSchema } from '../../../src/wire/http.ts';
import { parseJson } from '../../../src/wire/problem.ts';

/** One message, in the order in which they were sent. */
export interface Passing {
  readonly from: 'terminal' | 'server';
  readonly over: 'UDP' | 'TCP' | 'WS' | 'HTTP';
  readonly step: MethodStep | undefined;
  /** One character an octet. */
  readonly text: string;
}

/** Which step a message of SIP, or a question over HTTP, is. An answer over HTTP is known by what was asked. */
export function stepOf(from: Passing['from'], text: string): MethodStep | undefined {
  if (text.startsWith('SUBSCRIBE ')) return 'S301';
  if (text.startsWith('NOTIFY ')) return 'S304';
  if (text.startsWith('SIP/2.0 200')) return from === 'server' ? 'S302' : 'S305';
  if (text.startsWith('GET /v1/changes') || text.startsWith('GET /v1/book')) return 'S306';
  return text.startsWith('POST /v1/persons') ? 'S308' : undefined;
}

export const textsOf = (passed: readonly Passing[], step: MethodStep): readonly string[] =>
  passed.filter((each) => each.step === step).map(({ text }) => text);

/** As octets: what is not ASCII is left as it stands. */
export function bodyOf(message: string): string {
  const body = message.slice(message.indexOf('\r\n\r\n') + 4);
  const packed = /\r\ncontent-encoding: br\r\n/i.test(message);
  return packed ? brotliDecompressSync(Buffer.from(body, 'latin1')).toString() : body;
}

const compact: Readonly<Record<string, string>> = { Event: 'o', 'Call-ID': 'i', 'Content-Type': 'c' };

/** By the name in full; SIP may also say it in one letter (RFC 3261 §7.3.3). */
export const field = (message: string, name: string): string | undefined =>
  new RegExp(`\\r\\n(?:${name}|${compact[name] ?? name}): (.*)\\r\\n`, 'i').exec(message)?.[1];

/** Whom a change list says to be altered (S307). */
export const altered = (list: string): readonly PersonId[] =>
  parseJson(changedPeopleSchema, bodyOf(list), 'S307').altered;

/** Whom a terminal asks for (S308). */
export const named = (question: string): readonly PersonId[] =>
  parseJson(personsQuestionSchema, bodyOf(question), 'S308').ids;
