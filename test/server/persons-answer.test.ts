import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { revision, type Change } from '../../src/book/change.ts';
import type { FieldName } from '../../src/book/field.ts';
import { altered, type Fields } from '../../src/book/person.ts';
import type { PersonId } from '../../src/book/person-id.ts';
import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';
import { visibleFields } from '../../src/server/audience.ts';
import { sourceName } from '../../src/server/change-log.ts';
import { personsAnswer } from '../../src/server/persons-answer.ts';
import { Tail } from '../../src/server/tail.ts';
import { withoutHidden } from '../../src/server/view.ts';
import { personsAnswerSchema, printPersonsAnswer, type PersonsAnswer } from '../../src/wire/http.ts';
import { parseJson } from '../../src/wire/problem.ts';
import { ada, ben, eve } from './samples.ts';

const people = [ada, ben, eve];
const hq = sourceName('headquarters');
// Few fields and values, so that what is done is often undone; one that nobody may see.
const names: readonly FieldName[] = ['officeTelephone', 'title', 'homeTelephone'];

interface Deed {
  readonly person: PersonId;
  readonly what: 'go-or-come' | { readonly field: FieldName; readonly value: string | undefined };
}

const deed: fc.Arbitrary<Deed> = fc.record({
  person: fc.constantFrom(...people),
  what: fc.oneof(
    { weight: 1, arbitrary: fc.constant('go-or-come' as const) },
    {
      weight: 6,
      arbitrary: fc.record({ field: fc.constantFrom(...names), value: fc.constantFrom('1', '2', undefined) }),
    },
  ),
});

const one = (field: FieldName, value: string | undefined): Fields => (value === undefined ? {} : { [field]: value });

/** What the deed does to whoever has `fields`; undefined where it does nothing. */
function changeOf({ person, what }: Deed, fields: Fields | undefined): Change | undefined {
  if (what === 'go-or-come')
    return fields === undefined ? { kind: 'added', person, fields: { name: person } } : { kind: 'removed', person };
  if (fields === undefined || fields[what.field] === what.value) return undefined;
  return { kind: 'altered', person, from: one(what.field, fields[what.field]), to: one(what.field, what.value) };
}

type Everyone = ReadonlyMap<PersonId, Fields>;

function after(everyone: Everyone, change: Change): Everyone {
  const next = new Map(everyone);
  if (change.kind === 'removed') next.delete(change.person);
  else if (change.kind === 'added') next.set(change.person, change.fields);
  else next.set(change.person, altered(everyone.get(change.person) ?? {}, change));
  return next;
}

/** What becomes of a copy; undefined where the person is gone. */
function brought(copy: Fields, person: PersonId, answer: PersonsAnswer): Fields | undefined {
  if (answer.gone.includes(person)) return undefined;
  const whole = answer.persons.find(({ id }) => id === person);
  const change = answer.altered.find(({ id }) => id === person);
  return whole?.fields ?? (change === undefined ? copy : altered(copy, change));
}

test('whatever happened since, and however little of it is in memory, the answer brings each copy to the person as it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { maxLength: 14 }), fc.integer({ min: 1, max: 14 }), async (deeds, mostChanges) => {
      await using changeLog = openSqliteChangeLog({ path: ':memory:' });
      const tail = new Tail(await changeLog.head(), { mostChanges });
      /** By revision. */
      const history: Everyone[] = [new Map()];
      for (const each of deeds) {
        const now = history.at(-1) ?? new Map();
        const change = changeOf(each, now.get(each.person));
        if (change === undefined) continue;
        tail.take(await changeLog.append({ source: hq, at: wallTime(1), changes: [change] }));
        history.push(after(now, change));
      }
      const now = history.at(-1);
      for (const [copy, then] of history.entries()) {
        const ids = [...then.keys()];
        const question = { ids, revisions: ids.map(() => revision(copy)) };
        const text = printPersonsAnswer(
          await personsAnswer(question, { log: withoutHidden(changeLog, ['homeTelephone']), tail }),
        );
        const answer = parseJson(personsAnswerSchema, text, 'persons');
        expect(answer).toMatchObject(tail.head);
        for (const [person, fields] of then) {
          const is = now?.get(person);
          const end = brought(visibleFields(fields), person, answer);
          expect(end).toEqual(is === undefined ? undefined : visibleFields(is));
        }
      }
    }),
    { numRuns: 300 },
  );
});
