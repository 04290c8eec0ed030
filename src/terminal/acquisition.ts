// The acquisition of information (the method's module of that name): what a terminal asks over HTTP, and
// how the answers are read. Every answer is read whole or refused whole.

import { seconds, type Milliseconds } from '../base/time.ts';
import type { Revision } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import { parseChangeList, parseEntityTag, printEntityTag, type EntityTag } from '../wire/change-list.ts';
import {
  changedPeopleSchema,
  personsAnswerSchema,
  personsOf,
  wholeBookSchema,
  type ChangedPeople,
  type PersonsAnswer,
  type PersonsQuestion,
} from '../wire/http.ts';
import { parseJson, problemSchema, WireFault, type Problem } from '../wire/problem.ts';
import { apiPrefix } from '../wire/protocol-version.ts';

/** What a terminal fetches when it was told of a change, "according to local need" (the method's step S102). */
export type Acquire = 'list' | 'entries' | 'book';

export const acquisitions: readonly Acquire[] = ['list', 'entries', 'book'];

export type Question =
  /** S306: who changed. */
  | { readonly kind: 'list'; readonly after: Revision }
  /** What changed. */
  | { readonly kind: 'entries'; readonly after: Revision }
  | { readonly kind: 'book' }
  /** S308. */
  | {
      readonly kind: 'persons';
      readonly question: PersonsQuestion;
      /** Of whom the answer has to say something; of the others it may be that nothing changed. */
      readonly expected: ReadonlySet<PersonId>;
    };

/** A request over HTTP as a host carries it out. */
export interface HttpQuestion {
  readonly method: 'GET' | 'POST';
  /** With its query, on the server that was logged in at. */
  readonly path: string;
  readonly body?: string;
  /** With its quotes. */
  readonly ifNoneMatch?: string;
  /** The answer is expected to be too short to be worth compressing. */
  readonly short?: boolean;
}

// A change list of ten and the entries of three are about 600 octets.
const short = { changes: 10, persons: 3 };

/** What is known beforehand of an answer. */
export interface Expected {
  /** Nothing need be answered where the log stands there. */
  readonly unless: EntityTag | undefined;
  /** The newest revision that the server spoke of. */
  readonly head: EntityTag | undefined;
}

export function httpQuestion(question: Question, { unless, head }: Expected): HttpQuestion {
  const condition = unless === undefined ? {} : { ifNoneMatch: `"${printEntityTag(unless)}"` };
  switch (question.kind) {
    case 'list':
      return {
        method: 'GET',
        path: `${apiPrefix}/changes?after=${question.after}`,
        ...condition,
        ...few(question, head),
      };
    case 'entries':
      return { method: 'GET', path: `${apiPrefix}/changes?after=${question.after}&with=entries`, ...condition };
    case 'book':
      return { method: 'GET', path: `${apiPrefix}/book`, ...condition };
    case 'persons':
      return {
        method: 'POST',
        path: `${apiPrefix}/persons`,
        body: JSON.stringify(question.question),
        ...(question.question.ids.length <= short.persons && { short: true }),
      };
  }
}

const few = ({ after }: { readonly after: Revision }, head: EntityTag | undefined): { readonly short?: boolean } =>
  head !== undefined && head.revision - after <= short.changes ? { short: true } : {};

export interface HttpAnswer {
  readonly status: number;
  /** As the header has it. */
  readonly etag?: string;
  readonly retryAfterSeconds?: number;
  readonly text: string;
}

/** What is in the way, in words for the employee; `kind` is for a program that translates them. */
export interface Trouble {
  readonly kind: 'unreachable' | 'busy' | 'malformed' | 'too-large' | 'not-allowed' | 'log-in-again' | 'store';
  readonly words: string;
}

/** All persons as of one revision. */
export interface Everyone extends EntityTag {
  readonly persons: ReadonlyMap<PersonId, Fields>;
}

/** What an answer says. */
export type Reading =
  | { readonly kind: 'nothing-new' }
  | { readonly kind: 'list'; readonly list: ChangedPeople }
  | { readonly kind: 'entries'; readonly list: ChangeList }
  | { readonly kind: 'book'; readonly everyone: Everyone }
  | { readonly kind: 'persons'; readonly answer: PersonsAnswer }
  /** The log does not reach back to what was asked for, or is itself older (restored from a copy). */
  | { readonly kind: 'too-old' }
  /** Ask again later. */
  | { readonly kind: 'trouble'; readonly trouble: Trouble; readonly retryAfter: Milliseconds | undefined }
  /** Asking again is of no use before the employee does something. */
  | { readonly kind: 'refused'; readonly trouble: Trouble };

/** How far the log is, as the answer's ETag says; undefined where it says nothing of ours. */
export const headOf = (answer: HttpAnswer): EntityTag | undefined =>
  answer.etag === undefined ? undefined : parseEntityTag(answer.etag.replace(/^W\//, '').replaceAll('"', ''));

export function readAnswer(question: Question, answer: HttpAnswer): Reading {
  if (answer.status === 200) return readOrRefuse(() => readContent(question, answer.text));
  if (answer.status === 304) return { kind: 'nothing-new' };
  const problem = problemOf(answer);
  switch (answer.status) {
    case 401:
      return { kind: 'refused', trouble: { kind: 'log-in-again', words: 'The session has ended: log in again.' } };
    case 403:
      return { kind: 'refused', trouble: { kind: 'not-allowed', words: `The server does not allow it: ${problem}` } };
    case 410:
      return { kind: 'too-old' };
    case 429:
    case 503:
      return later({ kind: 'busy', words: `The server asks for patience: ${problem}` }, answer);
    default:
      if (answer.status >= 500) return later({ kind: 'unreachable', words: `The server failed: ${problem}` }, answer);
      return later({ kind: 'malformed', words: `The server answered ${answer.status}: ${problem}` }, answer);
  }
}

function readOrRefuse(read: () => Reading): Reading {
  try {
    return read();
  } catch (fault) {
    // A peer's fault: the answer is refused whole, and what is ours stays as it is.
    if (!(fault instanceof WireFault)) throw fault;
    const words = `The server's answer cannot be used: ${fault.message}.`;
    return { kind: 'trouble', trouble: { kind: 'malformed', words }, retryAfter: undefined };
  }
}

function readContent(question: Question, text: string): Reading {
  switch (question.kind) {
    case 'list':
      return { kind: 'list', list: span(parseJson(changedPeopleSchema, text, 'change list'), question.after) };
    case 'entries':
      return { kind: 'entries', list: span(parseChangeList(text), question.after) };
    case 'book':
      return { kind: 'book', everyone: everyoneOf(text) };
    case 'persons':
      return { kind: 'persons', answer: complete(parseJson(personsAnswerSchema, text, 'persons'), question) };
  }
}

function span<List extends { readonly after: Revision; readonly upTo: Revision }>(list: List, after: Revision): List {
  if (list.after !== after) throw new WireFault(`change list: asked for what is after ${after}, got ${list.after}`);
  if (list.upTo < after) throw new WireFault('change list: after lies behind upTo');
  return list;
}

function everyoneOf(text: string): Everyone {
  const whole = parseJson(wholeBookSchema, text, 'whole book');
  return {
    book: whole.book,
    revision: whole.revision,
    persons: new Map(personsOf(whole).map(({ id, fields }) => [id, fields])),
  };
}

/** Each is answered one way; with revisions, no answer says "as you have it". */
function complete(
  answer: PersonsAnswer,
  { question, expected }: Extract<Question, { kind: 'persons' }>,
): PersonsAnswer {
  const named = [...answer.persons.map(({ id }) => id), ...answer.altered.map(({ id }) => id), ...answer.gone];
  const once = new Set(named);
  if (once.size !== named.length) throw new WireFault('persons: one is named twice');
  if (question.revisions === undefined && answer.altered.length > 0)
    throw new WireFault('persons: an alteration of a copy that was not named');
  const missing = question.ids.find((id) => expected.has(id) && !once.has(id));
  if (missing !== undefined) throw new WireFault(`persons: nothing is said of ${missing}`);
  return answer;
}

const later = (trouble: Trouble, answer: HttpAnswer): Reading => ({
  kind: 'trouble',
  trouble,
  retryAfter: answer.retryAfterSeconds === undefined ? undefined : seconds(answer.retryAfterSeconds),
});

function parsedProblem(answer: HttpAnswer): Problem | undefined {
  try {
    return parseJson(problemSchema, answer.text, 'problem');
  } catch (fault) {
    // What stands in the way (a proxy) need not know RFC 9457; the status says enough.
    if (!(fault instanceof WireFault)) throw fault;
    return undefined;
  }
}

function problemOf(answer: HttpAnswer): string {
  const problem = parsedProblem(answer);
  const words = problem?.detail ?? problem?.title;
  return words === undefined || words === '' ? `HTTP status ${answer.status}` : words;
}
