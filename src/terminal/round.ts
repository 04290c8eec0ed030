// One round of catching up, as far as it is the same whoever started it: what to ask, what the answer
// asks for next, and the step that comes out. Numbers of requests, waiting and states are the engine's.
//
//   changes (list, entries, book) --answer--> persons* --answers--> step --applied--> done
//                 '--304, or an empty span--> done
//                 '--410, another book--> everyone held (persons*) --answers--> step
//
// The terminal fetches by its own mark, never by a URL out of a notification: a notification that lies can
// thus only make it ask its own server in vain, once.

import type { Milliseconds } from '../base/time.ts';
import type { BookId, Revision } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { PersonId } from '../book/person-id.ts';
import type { EntityTag } from '../wire/change-list.ts';
import { mostPersonsAsked, type ChangedPeople, type PersonsAnswer, type PersonsQuestion } from '../wire/http.ts';
import {
  readAnswer,
  type Acquire,
  type Everyone,
  type HttpAnswer,
  type Question,
  type Trouble,
} from './acquisition.ts';
import {
  answeredFacts,
  braked,
  comparedWithChanges,
  comparedWithEveryone,
  comparedWithList,
  type Comparison,
} from './comparison.ts';
import type { Holdings, PersonFact, RevisionStep } from './personal-address-book.ts';

/** The persons that are being asked about, one question after another. */
export interface Collection {
  /** The holdings from which this was begun: what is kept or revised meanwhile makes the store refuse the step. */
  readonly from: RevisionStep['from'];
  /** Still to be asked, after the question that is out. */
  readonly rest: readonly PersonId[];
  /** Only what differs from what is held, by revisions. */
  readonly byRevisions: boolean;
  /** Of whom something is to be answered although they are asked about by revisions. */
  readonly differing: ReadonlySet<PersonId>;
  readonly facts: readonly PersonFact[];
  /** Where the book will stand: a change list's end; or the earliest of the answers, the first not yet heard. */
  readonly to: EntityTag | 'answers';
  readonly earliest: EntityTag | undefined;
}

export type Asked =
  | { readonly kind: 'changes'; readonly question: Question; readonly unless: EntityTag | undefined }
  | {
      readonly kind: 'persons';
      readonly question: Extract<Question, { kind: 'persons' }>;
      readonly collection: Collection;
    };

export type Next =
  | { readonly kind: 'ask'; readonly asked: Asked }
  | { readonly kind: 'apply'; readonly step: RevisionStep }
  /** The book has moved on meanwhile: begin anew. */
  | { readonly kind: 'again' }
  /** The book is in step with all that the server has. */
  | { readonly kind: 'in-step' }
  | { readonly kind: 'trouble'; readonly trouble: Trouble; readonly retryAfter: Milliseconds | undefined }
  | { readonly kind: 'refused'; readonly trouble: Trouble };

/** `check`: perhaps nothing is new, so ask with If-None-Match. */
export function begin(holdings: Holdings, choice: { readonly acquire: Acquire; readonly check: boolean }): Next {
  const { mark } = holdings;
  if (mark === undefined) return everyoneHeld(holdings, false);
  const question: Question =
    choice.acquire === 'book' ? { kind: 'book' } : { kind: choice.acquire, after: mark.revision };
  return { kind: 'ask', asked: { kind: 'changes', question, unless: choice.check ? mark : undefined } };
}

/** A change list that came with a notification, and begins where the book stands. `mute`: see `comparedWithChanges`. */
export const withChanges = (list: ChangeList, holdings: Holdings, mute: ReadonlySet<PersonId>): Next =>
  compared(comparedWithChanges(list, holdings, mute), { book: list.book, revision: list.upTo }, holdings);

/** Compares `people` by their revisions; the mark stays. */
export function recheck(people: ReadonlySet<PersonId>, holdings: Holdings): Next {
  const ask = [...people].filter((person) => holdings.people.has(person));
  if (ask.length === 0 || holdings.mark === undefined) return { kind: 'in-step' };
  return collect({ ...collectionOf(ask, holdings), byRevisions: true, to: holdings.mark }, holdings);
}

export function afterAnswer(asked: Asked, answer: HttpAnswer, holdings: Holdings): Next {
  const reading = readAnswer(asked.question, answer);
  switch (reading.kind) {
    case 'trouble':
    case 'refused':
      return reading;
    case 'nothing-new':
      return { kind: 'in-step' };
    case 'too-old':
      return everyoneHeld(holdings, true);
    case 'list':
      return afterList(reading.list, () => comparedWithList(reading.list, holdings), holdings);
    case 'entries':
      return afterList(reading.list, () => comparedWithChanges(reading.list, holdings), holdings);
    case 'book':
      return afterBook(reading.everyone, holdings);
    case 'persons':
      // Only persons are answered where persons were asked for.
      return asked.kind === 'persons' ? afterPersons(asked, reading.answer, holdings) : { kind: 'in-step' };
  }
}

function afterList(list: ChangedPeople | ChangeList, compare: () => Comparison, holdings: Holdings): Next {
  const { mark } = holdings;
  if (mark?.book !== list.book) return everyoneHeld(holdings, false);
  if (mark.revision !== list.after) return { kind: 'again' };
  if (list.upTo === list.after) return { kind: 'in-step' };
  return compared(compare(), { book: list.book, revision: list.upTo }, holdings);
}

function compared({ ask, differing, facts }: Comparison, to: EntityTag, holdings: Holdings): Next {
  const collection: Collection = { ...collectionOf(ask, holdings), byRevisions: true, differing, facts, to };
  return ask.length === 0 ? stepTo(to, collection, holdings) : collect(collection, holdings);
}

function afterBook(everyone: Everyone, holdings: Holdings): Next {
  const { mark } = holdings;
  if (mark?.book === everyone.book && mark.revision === everyone.revision) return { kind: 'in-step' };
  const facts = comparedWithEveryone(everyone, holdings);
  return stepTo(everyone, { ...collectionOf([], holdings), facts }, holdings);
}

/** Everyone who is held is compared: the log does not reach back so far, or another log is there now. */
const everyoneHeld = (holdings: Holdings, byRevisions: boolean): Next =>
  collect({ ...collectionOf([...holdings.people.keys()], holdings), byRevisions }, holdings);

const collectionOf = (rest: readonly PersonId[], { mark, kept }: Holdings): Collection => ({
  from: { mark, kept },
  rest,
  byRevisions: false,
  differing: new Set(),
  facts: [],
  to: 'answers',
  earliest: undefined,
});

function collect(collection: Collection, holdings: Holdings): Next {
  const ids = collection.rest.slice(0, mostPersonsAsked);
  const rest = collection.rest.slice(mostPersonsAsked);
  const at = (person: PersonId): Revision => holdings.people.get(person)?.revision ?? (0 as Revision);
  const question: PersonsQuestion = collection.byRevisions ? { ids, revisions: ids.map(at) } : { ids };
  const expected = collection.byRevisions ? collection.differing : new Set(ids);
  return {
    kind: 'ask',
    asked: { kind: 'persons', question: { kind: 'persons', question, expected }, collection: { ...collection, rest } },
  };
}

function afterPersons(asked: Extract<Asked, { kind: 'persons' }>, answer: PersonsAnswer, holdings: Holdings): Next {
  const { collection } = asked;
  const expected = collection.to === 'answers' ? undefined : collection.to;
  if (isOfAnotherHistory(answer, collection)) return everyoneHeld(holdings, false);
  if (expected !== undefined && answer.revision < expected.revision) return older(answer, expected.revision);
  const earliest = earlier(collection.earliest, answer);
  if (earliest === undefined) return older(answer, answer.revision);
  const heard: Collection = {
    ...collection,
    earliest,
    facts: [...collection.facts, ...answeredFacts(answer)],
  };
  return heard.rest.length > 0 ? collect(heard, holdings) : stepTo(expected ?? earliest, heard, holdings);
}

/** Then what was sent as revisions meant nothing, or what was learned before belongs to another book. */
function isOfAnotherHistory(answer: PersonsAnswer, collection: Collection): boolean {
  const { mark } = collection.from;
  if (collection.to !== 'answers') return answer.book !== collection.to.book;
  if (!collection.byRevisions || mark === undefined) return false;
  return answer.book !== mark.book || answer.revision < mark.revision;
}

/** Undefined where the two are of different books: the log was changed while we asked. */
function earlier(first: EntityTag | undefined, { book, revision }: PersonsAnswer): EntityTag | undefined {
  if (first === undefined) return { book, revision };
  if (first.book !== book) return undefined;
  return first.revision <= revision ? first : { book, revision };
}

const older = (answer: { readonly book: BookId; readonly revision: Revision }, than: Revision): Next => ({
  kind: 'trouble',
  trouble: {
    kind: 'malformed',
    words: `The server's answer is of revision ${answer.revision}, but it spoke of ${than} before.`,
  },
  retryAfter: undefined,
});

function stepTo(to: EntityTag, { from, facts }: Collection, holdings: Holdings): Next {
  const follows = from.mark !== undefined && from.mark.book === to.book && from.mark.revision <= to.revision;
  const { book, revision } = to;
  const history = follows ? 'follow' : 'start-over';
  return { kind: 'apply', step: { from, to: { book, revision }, history, ...braked(facts, holdings) } };
}
