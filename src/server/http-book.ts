// What employees and their terminals ask of the enterprise address book: the change list, the changed
// entries, the whole book, persons by their IDs, and look-up (S306 to S309).

import { revision, type BookId, type Revision } from '../book/change.ts';
import { condense, type ChangeList } from '../book/change-list.ts';
import { mostTyped } from '../book/look-up.ts';
import type { Person } from '../book/person.ts';
import type { Photo } from '../book/photo.ts';
import { isPersonId } from '../book/person-id.ts';
import { changeListSchema, printChangeList, printEntityTag } from '../wire/change-list.ts';
import {
  bookTail,
  changedPeopleSchema,
  lookUpAnswerSchema,
  personEntrySchema,
  personsAnswerSchema,
  personsQuestionSchema,
  printBookHead,
  printBookRow,
  printChangedPeople,
  printPersonsAnswer,
  wholeBookSchema,
  type ChangedPeople,
  type LookUpAnswer,
  type PersonEntry,
} from '../wire/http.ts';
import { printJsContact } from '../wire/jscontact.ts';
import { printVCard } from '../wire/vcard.ts';
import type { Head, PersonAt } from './change-log.ts';
import { bodyAs } from './http-api.ts';
import { likings, quoted, refuse, type Answer } from './http-message.ts';
import { photoOf, photoRoute } from './http-photos.ts';
import { jsonAnswer, jsonBody, type Asked, type QueryParameter, type Route } from './http-routes.ts';
import type { Place } from './look-up-index.ts';
import { parsePlace, printPlace } from './look-up-place.ts';
import { personsAnswer } from './persons-answer.ts';
import type { SeenLog, View } from './view.ts';

export interface BookOptions {
  /** Changes in one answer, before they are folded; the rest is asked for from where it ends. */
  readonly mostChanges?: number;
}

const defaults = { mostChanges: 10_000, lookUpLimit: 50, mostLookUpLimit: 200 };

/** Answers that many terminals ask for within a moment of each other: after a NOTIFY all ask the same. */
const mostKept = 64;

const headers = (book: BookId, at: Revision, type = 'application/json'): Readonly<Record<string, string>> => ({
  'content-type': type,
  etag: `"${printEntityTag({ book, revision: at })}"`,
  // Not `private`: what was asked for with credentials no shared cache keeps (RFC 9111 §3.5).
  'cache-control': 'no-cache',
});

export const entryOf = ({ id, revision: at, fields }: PersonAt): PersonEntry => ({ id, revision: at, fields });

export const bookRoutes = (options: BookOptions = {}): readonly Route[] => [
  changesRoute(options),
  bookRoute,
  personsRoute,
  lookUpRoute,
  personRoute,
  photoRoute,
];

const bookRoute: Route = {
  method: 'GET',
  path: '/v1/book',
  who: 'reader',
  summary: 'The whole book',
  answers: { 200: jsonAnswer(wholeBookSchema) },
  asOfHead: true,
  act: async ({ view: { log, tail } }) => {
    const { book, revision: at } = tail.head;
    return { status: 200, headers: headers(book, at), body: wholeBook(log), sameForAll: true };
  },
};

function changesRoute(options: BookOptions): Route {
  const spans = new SpanAnswers();
  return {
    method: 'GET',
    path: '/v1/changes',
    who: 'reader',
    summary: 'The change list: which persons changed after a revision; with their entries where asked for',
    query: [
      { name: 'after', what: 'the revision that the terminal has', required: true, integer: true },
      { name: 'upTo', what: 'the end of a fixed span, which never changes', integer: true },
      { name: 'with', what: '`entries` for the changed entries themselves' },
    ],
    answers: { 200: { 'application/json': changedPeopleSchema, 'application/json; with=entries': changeListSchema } },
    asOfHead: true,
    act: async (asked) => {
      const entries = asked.query.get('with');
      if (entries !== undefined && entries !== 'entries') refuse(400, 'with must be entries, or absent');
      const fixed = asked.query.has('upTo');
      const query = ['after', 'upTo', 'with'].map((name) => asked.query.get(name) ?? '').join(' ');
      const key = `${query} ${printEntityTag(asked.view.tail.head)}`;
      return spans.get(key) ?? spans.keep(key, spanAnswer(await spanOf(asked, options), entries !== undefined, fixed));
    },
  };
}

async function spanOf(asked: Asked, { mostChanges = defaults.mostChanges }: BookOptions): Promise<ChangeList> {
  const { log, tail } = asked.view;
  const { revision: head } = tail.head;
  const after = revision(Number(asked.query.get('after')));
  const upTo = Number(asked.query.get('upTo') ?? Math.max(head, after));
  if (upTo < after || (upTo > head && asked.query.has('upTo')))
    refuse(400, `upTo must lie between after and the newest revision, ${head}`);
  const limit = Math.min(mostChanges, upTo - after);
  const near = tail.since(after, limit);
  if (near !== 'further-back') return withoutGone(near, asked.view);
  const far = await log.since(after, Math.max(limit, 1));
  if (far.kind === 'changes') return withoutGone(far.list, asked.view);
  return refuse(410, `Changes can be had after revision ${far.oldest}; compare by IDs and revisions`, {
    oldest: far.oldest,
  });
}

/**
 * What an old span says of who is not there any more is taken out, but that this person went: who came to this view later
 * was never to see it. A span up to the newest revision says no more anyway, once it is condensed.
 */
async function withoutGone(list: ChangeList, { log, tail }: View): Promise<ChangeList> {
  if (list.upTo === tail.head.revision) return list;
  const told = list.changes.flatMap(({ kind, person }) => (kind === 'removed' ? [] : [person]));
  const { persons } = await log.persons([...new Set(told)]);
  const living = new Set(persons.map(({ id }) => id));
  return { ...list, changes: list.changes.filter(({ kind, person }) => kind === 'removed' || living.has(person)) };
}

function spanAnswer(raw: ChangeList, entries: boolean, fixed: boolean): Answer {
  const list = condense(raw);
  const known = headers(list.book, list.upTo);
  // Nobody else may see it, but whoever may will never see it change. Another who uses the same browser may see another book.
  const forGood = { 'cache-control': 'private, max-age=31536000, immutable', vary: 'authorization' };
  const kept = fixed ? { ...known, ...forGood } : known;
  return {
    status: 200,
    headers: kept,
    body: entries ? printChangeList(list) : printChangedPeople(changedPeopleOf(list)),
  };
}

function changedPeopleOf({ book, after, upTo, changes }: ChangeList): ChangedPeople {
  const altered = changes.filter(({ kind }) => kind !== 'removed').map(({ person }) => person);
  const removed = changes.filter(({ kind }) => kind === 'removed').map(({ person }) => person);
  return { book, after, upTo, altered, removed };
}

class SpanAnswers {
  readonly #kept = new Map<string, Answer>();
  get(key: string): Answer | undefined {
    return this.#kept.get(key);
  }
  keep(key: string, answer: Answer): Answer {
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= mostKept && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(key, answer);
    return answer;
  }
}

async function* wholeBook(log: SeenLog): AsyncGenerator<string> {
  const { head, pages } = await log.book();
  yield printBookHead(head.book, head.revision);
  let first = true;
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield (first ? '' : ',') + page.map(({ id, fields }) => printBookRow(id, fields)).join(',');
    first = false;
  }
  yield bookTail;
}

const personsRoute: Route = {
  method: 'POST',
  path: '/v1/persons',
  who: 'reader',
  summary: 'The entries of the persons that the terminal holds; with revisions, only those that changed since',
  body: jsonBody(personsQuestionSchema),
  answers: { 200: jsonAnswer(personsAnswerSchema) },
  act: (asked) => answerPersons(asked),
};

const personRoute: Route = {
  method: 'GET',
  path: '/v1/persons/{id}',
  who: 'reader',
  summary: 'One person, as JSON, vCard 4.0 or 3.0, or JSContact',
  answers: {
    200: { 'application/json': personEntrySchema, 'text/vcard': null, 'application/jscontact+json': null },
  },
  asOfHead: true,
  act: (asked) => onePerson(asked),
};

/** What may be said of a list in pages. */
export const pageParameters: readonly QueryParameter[] = [
  { name: 'limit', what: `at most ${defaults.mostLookUpLimit}`, integer: true },
  { name: 'after', what: 'the `next` of the page before' },
];

const lookUpRoute: Route = {
  method: 'GET',
  path: '/v1/persons',
  who: 'reader',
  summary: 'Look-up by name in any script, pinyin, initials, number, department, telephone digits; the best first',
  query: [
    { name: 'search', what: 'words, each of which fits whoever is found; without it everyone is found' },
    ...pageParameters,
  ],
  answers: { 200: jsonAnswer(lookUpAnswerSchema) },
  asOfHead: true,
  act: (asked) => lookUp(asked),
};

async function answerPersons(asked: Asked): Promise<Answer> {
  const answer = await personsAnswer(bodyAs(asked, personsQuestionSchema), asked.view);
  // An answer to POST is kept by no cache (RFC 9111 §3) and its body has book and revision: 93 octets for nothing.
  return { status: 200, headers: { 'content-type': 'application/json' }, body: printPersonsAnswer(answer) };
}

async function lookUp({ query, session, view }: Asked): Promise<Answer> {
  const text = query.get('search') ?? '';
  if (text.length > mostTyped) refuse(400, `search may have at most ${mostTyped} characters`);
  const { limit, after } = pageAsked({ query });
  const reader = session?.person;
  const { head, total, asTyped, persons, next, complete } = await view.log.lookUp({
    text,
    limit,
    ...(after !== undefined && { after }),
    ...(reader !== undefined && { reader }),
  });
  const answer: LookUpAnswer = {
    book: head.book,
    revision: head.revision,
    total,
    asTyped,
    persons: persons.map(entryOf),
    ...(next !== undefined && { next: printPlace(next) }),
    complete,
  };
  return { status: 200, headers: pageHeaders(head, complete), body: JSON.stringify(answer) };
}

export function pageAsked({ query }: Pick<Asked, 'query'>): { readonly limit: number; readonly after?: Place } {
  const limit = Number(query.get('limit') ?? defaults.lookUpLimit);
  if (limit < 1 || limit > defaults.mostLookUpLimit)
    refuse(400, `limit must lie between 1 and ${defaults.mostLookUpLimit}`);
  const place = query.get('after');
  const after = place === undefined ? undefined : parsePlace(place);
  if (place !== undefined && after === undefined) refuse(400, 'after must be the next of another page');
  return { limit, ...(after !== undefined && { after }) };
}

/** Who asks decides about the order; and what is not complete is no answer for later. */
export function pageHeaders(head: Head, complete: boolean): Readonly<Record<string, string>> {
  const vary = { vary: 'authorization' };
  if (complete) return { ...headers(head.book, head.revision), ...vary };
  return { 'content-type': 'application/json', 'cache-control': 'no-store', ...vary };
}

type Card = 'json' | 'vcard4' | 'vcard3' | 'jscontact';

async function onePerson(asked: Asked): Promise<Answer> {
  const { log } = asked.view;
  const id = asked.names.get('id') ?? '';
  const card = cardOf(asked.request.headers['accept']);
  if (card === undefined)
    return refuse(
      406,
      'A person can be had as application/json, text/vcard (version 4.0 or 3.0), application/jscontact+json',
    );
  const { head, persons } = isPersonId(id) ? await log.persons([id]) : noPerson;
  const [person] = persons;
  if (person === undefined || head === undefined)
    return refuse(404, `There is no person ${quoted(id)} in the book`, { headers: { vary: 'accept' } });
  const entry = entryOf(person);
  const photo = card === 'json' ? undefined : await photoOf(log, entry.fields.photo);
  return { status: 200, headers: cardHeaders(head, card), body: printCard(entry, card, photo) };
}

const noPerson = { head: undefined, persons: [] } as const;

const cardTypes: Readonly<Record<Card, string>> = {
  json: 'application/json',
  vcard4: 'text/vcard; charset=utf-8; version=4.0',
  vcard3: 'text/vcard; charset=utf-8; version=3.0',
  jscontact: 'application/jscontact+json',
};

function cardHeaders(head: Head, card: Card): Readonly<Record<string, string>> {
  const known: Readonly<Record<string, string>> = {
    ...headers(head.book, head.revision, cardTypes[card]),
    vary: 'accept',
  };
  // RFC 9110 §8.8.3: a strong tag names one representation, and the JSON has it; the others' is weak.
  return card === 'json' ? known : { ...known, etag: `W/${known['etag'] ?? ''}` };
}

/** What a client wants most of what we have (RFC 9110 §12.5.1); JSON where it does not say. */
function cardOf(accept: string | undefined): Card | undefined {
  if (accept === undefined || accept.trim() === '') return 'json';
  for (const { name: type, parameters, quality } of likings(accept)) {
    if (quality === 0) continue;
    if (type === '*/*' || type === 'application/*' || type === 'application/json') return 'json';
    if (type === 'application/jscontact+json') return 'jscontact';
    const version = parameters.get('version') ?? '4.0';
    if ((type === 'text/vcard' || type === 'text/*') && version === '4.0') return 'vcard4';
    if (type === 'text/vcard' && version === '3.0') return 'vcard3';
  }
  return undefined;
}

function printCard(entry: PersonEntry, card: Card, photo: Photo | undefined): string {
  const person: Person = { id: entry.id, fields: entry.fields };
  switch (card) {
    case 'json':
      return JSON.stringify(entry);
    case 'vcard4':
      return printVCard(person, '4.0', photo);
    case 'vcard3':
      return printVCard(person, '3.0', photo);
    case 'jscontact':
      return printJsContact(person, photo);
  }
}
