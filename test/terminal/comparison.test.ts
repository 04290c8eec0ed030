import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { revision } from '../../src/book/change.ts';
import type { Fields } from '../../src/book/person.ts';
import { personId, type PersonId } from '../../src/book/person-id.ts';
import { nothingOwn, type PersonalEntry } from '../../src/book/personal-entry.ts';
import { answeredFacts, braked, comparedWithChanges, comparedWithList } from '../../src/terminal/comparison.ts';
import { nothingHeld, type Holdings, type PersonFact } from '../../src/terminal/personal-address-book.ts';
import { revisedBy } from '../../src/terminal/revision.ts';
import { personsAnswerSchema } from '../../src/wire/http.ts';
import { parseJson } from '../../src/wire/problem.ts';
import { ModelLog, peopleOf } from './model-log.ts';

const ada = personId('ada2');

/** A log of one person whose telephone goes to and fro, or who goes and comes; the person after each revision. */
function historyOf(deeds: readonly ('1' | '2' | 'go-or-come')[]): {
  log: ModelLog;
  at: readonly (Fields | undefined)[];
} {
  const log = new ModelLog();
  const at: (Fields | undefined)[] = [undefined];
  for (const deed of ['go-or-come', ...deeds] as const) {
    const known = log.fieldsOf(ada);
    if (deed === 'go-or-come')
      log.append(
        known === undefined
          ? { kind: 'added', person: ada, fields: { name: 'Ada' } }
          : { kind: 'removed', person: ada },
      );
    else if (known !== undefined && known.officeTelephone !== deed) {
      const from = known.officeTelephone === undefined ? {} : { officeTelephone: known.officeTelephone };
      log.append({ kind: 'altered', person: ada, from, to: { officeTelephone: deed } });
    }
    if (log.changes.length === at.length) at.push(log.fieldsOf(ada));
  }
  return { log, at };
}

const entryAs = (fields: Fields, count: number): PersonalEntry => ({
  person: ada,
  base: fields,
  revision: revision(count),
  own: nothingOwn,
  state: 'held',
});

const holding = (entry: PersonalEntry): Holdings => ({
  ...nothingHeld,
  people: new Map([[entry.person, { revision: entry.revision, state: entry.state }]]),
});

const laid = (entry: PersonalEntry, facts: readonly PersonFact[]): PersonalEntry =>
  facts.reduce((before, fact) => revisedBy({ history: 'follow' }, [before, fact], wallTime(0))?.entry ?? before, entry);

const deeds = fc.array(fc.constantFrom('1', '2', 'go-or-come'), { minLength: 2, maxLength: 12 });

test('wherever an entry stands in a condensed span, laying the list upon it, and fetching whom it asks for, makes it right', () => {
  fc.assert(
    fc.property(deeds, fc.nat(), fc.nat(), fc.nat(), fc.boolean(), (doing, afterSeed, upToSeed, standsSeed, asList) => {
      const { log, at } = historyOf(doing);
      const head = log.changes.length;
      const after = afterSeed % head;
      const upTo = after + 1 + (upToSeed % (head - after));
      const stands = after + (standsSeed % (head - after + 1));
      const fields = at[stands];
      fc.pre(fields !== undefined);
      const entry = entryAs(fields, stands);
      const list = log.since(after, upTo);
      const { ask, differing, facts } = asList
        ? comparedWithList(peopleOf(list), holding(entry))
        : comparedWithChanges(list, holding(entry));
      const body = JSON.stringify({ ids: ask, revisions: ask.map(() => stands) });
      const answer = parseJson(
        personsAnswerSchema,
        log.answer({ method: 'POST', path: '/v1/persons', body }).text,
        'persons',
      );
      for (const person of differing) expect(answeredFacts(answer)).toMatchObject([{ person }]);
      const end = laid(entry, [...facts, ...answeredFacts(answer)]);
      // As of the list's end, or of the answer, or of where it stood already, whichever is the latest.
      const asOf = at[ask.length > 0 ? head : Math.max(upTo, stands)];
      expect(end.state).toBe(asOf === undefined ? 'left' : 'held');
      if (asOf !== undefined) expect(end.base).toEqual(asOf);
    }),
    { numRuns: 5000 },
  );
});

test('an entry fetched between a change and its undoing is fetched again, though the list does not name it', () => {
  const { log } = historyOf(['1', '2', '1']);
  const list = log.since(2, 4);
  expect(list.changes).toEqual([]);
  const between = entryAs({ name: 'Ada', officeTelephone: '2' }, 3);
  expect(comparedWithChanges(list, holding(between))).toMatchObject({ ask: [ada], facts: [] });
  expect(comparedWithList(peopleOf(list), holding(between))).toMatchObject({ ask: [ada], facts: [] });
});

describe('the terminal’s brake', () => {
  const people = Array.from({ length: 40 }, (_, at) =>
    personId(`p${'abcdefghijklmnopqrstuvwxyzabcdefghijklmn'[at]}${at < 26 ? 'aa' : 'bb'}2`),
  );
  const held = (count: number, withheld: readonly PersonId[] = []): Holdings => ({
    ...nothingHeld,
    people: new Map(people.slice(0, count).map((person) => [person, { revision: revision(1), state: 'held' }])),
    withheld: new Set(withheld),
  });
  const gone = (count: number): PersonFact[] =>
    people.slice(0, count).map((person) => ({ kind: 'gone', person, revision: revision(2) }));

  test.each([
    [5, 5, 'no'],
    [6, 6, 'yes'],
    [6, 30, 'no'],
    [7, 35, 'no'],
    [7, 34, 'yes'],
    [40, 40, 'yes'],
  ])('%i removals of %i entries: asks %s', (removals, entries, asks) => {
    const { facts, withheld } = braked(gone(removals), held(entries));
    expect(withheld).toHaveLength(asks === 'yes' ? removals : 0);
    expect(facts).toHaveLength(asks === 'yes' ? 0 : removals);
  });

  test('everything else of the list is applied meanwhile', () => {
    const other: PersonFact = { kind: 'fetched', person: people[9] as PersonId, revision: revision(2), fields: {} };
    expect(braked([...gone(8), other], held(10))).toMatchObject({ facts: [other], withheld: { length: 8 } });
  });

  test('what is withheld already is neither counted nor removed by a second list', () => {
    expect(braked(gone(9), held(10, people.slice(0, 8)))).toEqual({ facts: gone(9).slice(8), withheld: [] });
  });
});
