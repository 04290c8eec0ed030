import fc from 'fast-check';
import { expect, test } from 'vitest';
import { minutes } from '../../src/base/time.ts';
import type { Change } from '../../src/book/change.ts';
import type { FieldName } from '../../src/book/field.ts';
import { personId, type PersonId } from '../../src/book/person-id.ts';
import type { Acquire } from '../../src/terminal/acquisition.ts';
import type { Delivery } from '../../src/wire/interest.ts';
import { World } from './world.ts';

// Few people and two values: what goes wrong goes wrong where a change is undone within one span.
const people = ['ada2', 'ben2', 'cleo'].map(personId);
const values = ['1', '2'];
const changed: readonly FieldName[] = ['officeTelephone'];

type Deed =
  | { readonly kind: 'alter'; readonly person: PersonId; readonly field: FieldName; readonly value: string }
  | { readonly kind: 'remove-or-return'; readonly person: PersonId }
  | { readonly kind: 'deliver'; readonly at: number; readonly twice: boolean }
  | { readonly kind: 'lose'; readonly at: number }
  | {
      readonly kind:
        | 'answer'
        | 'lose-answer'
        | 'keep-asked'
        | 'restart'
        | 'purge'
        | 'other-book'
        | 'flow-closed'
        | 'pass'
        | 'lag'
        | 'put-back';
    }
  | { readonly kind: 'ask-to-keep' | 'drop' | 'write'; readonly person: PersonId };

const person = fc.constantFrom(...people);
const at = fc.nat(4);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('alter'),
      person,
      field: fc.constantFrom(...changed),
      value: fc.constantFrom(...values),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove-or-return'), person }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('deliver'), at, twice: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('lose'), at }) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constantFrom('answer', 'keep-asked') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('lose-answer', 'restart', 'purge', 'other-book', 'flow-closed', 'pass', 'lag'),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('ask-to-keep', 'write'), person }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop'), person }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('put-back') }) },
) as fc.Arbitrary<Deed>;

/** Each person's note, and what the prompts must add up to. */
interface Books {
  readonly notes: Map<PersonId, string>;
}

async function change(world: World, wanted: Extract<Deed, { kind: 'alter' | 'remove-or-return' }>): Promise<void> {
  const known = world.log.fieldsOf(wanted.person);
  if (wanted.kind === 'alter') {
    if (known === undefined || known[wanted.field] === wanted.value) return;
    const was = known[wanted.field];
    const from: Change = {
      kind: 'altered',
      person: wanted.person,
      from: was === undefined ? {} : { [wanted.field]: was },
      to: { [wanted.field]: wanted.value },
    };
    return world.change(from);
  }
  if (known === undefined) world.change({ kind: 'added', person: wanted.person, fields: { name: wanted.person } });
  else world.change({ kind: 'removed', person: wanted.person });
}

async function perform(world: World, doing: Deed, { notes }: Books): Promise<void> {
  switch (doing.kind) {
    case 'alter':
    case 'remove-or-return':
      return change(world, doing);
    case 'deliver':
      return world.deliver(doing.at, doing);
    case 'lose':
      world.notifications.splice(doing.at, 1);
      return;
    case 'answer':
      return world.answer();
    case 'lose-answer':
      return world.loseAnswer();
    case 'keep-asked':
      return world.keepAsked();
    case 'restart':
      return world.restart();
    case 'purge':
      return world.log.purge();
    case 'other-book':
      world.log.beginAnotherBook();
      return world.notifyOfBook();
    case 'flow-closed':
      return world.hear({ kind: 'lost', lost: { kind: 'ended', why: 'flow-closed', retryAfterSeconds: undefined } });
    case 'lag':
      return world.lag();
    case 'pass':
      return world.pass(minutes(2));
    case 'ask-to-keep':
      return world.askToKeep(doing.person);
    case 'drop':
      notes.delete(doing.person);
      return world.remove(doing.person);
    case 'put-back':
      return putBack(world, notes);
    case 'write': {
      const note = `note ${notes.size}`;
      if ((await world.store.writeOwn(doing.person, { note })) !== undefined) notes.set(doing.person, note);
    }
  }
}

/** Whoever was removed last; a note that was written since is the one that counts. */
async function putBack(world: World, notes: Books['notes']): Promise<void> {
  const removed = world.removed.pop();
  for (const entry of removed?.entries ?? [])
    if (entry.own.note !== '' && !notes.has(entry.person)) notes.set(entry.person, entry.own.note);
  if (removed !== undefined) await world.putBack(removed);
}

/** The prompts about one field of one person must make a chain: each from where the last one went. */
async function expectNoPromptTwice(world: World, dropped: ReadonlySet<PersonId>): Promise<void> {
  const last = new Map<string, string | undefined>();
  for (const { person: whom, fact } of await world.store.prompts({ unseenOnly: false })) {
    if (dropped.has(whom)) continue; // may have been kept again at other values
    if (fact.kind === 'altered') {
      expect(fact.from).not.toBe(fact.to);
      const key = `${whom} ${fact.field}`;
      if (last.has(key)) expect(fact.from).toBe(last.get(key));
      last.set(key, fact.to);
    } else {
      expect(last.get(whom)).not.toBe(fact.kind);
      if (!last.has(whom)) expect(fact.kind).toBe('left');
      last.set(whom, fact.kind);
    }
  }
  for (const entry of await world.store.entries())
    for (const field of changed) {
      const key = `${entry.person} ${field}`;
      if (last.has(key) && !dropped.has(entry.person)) expect(entry.base[field]).toBe(last.get(key));
    }
}

async function live(choice: { delivery: Delivery; acquire: Acquire }, deeds: readonly Deed[]): Promise<void> {
  const world = await World.make(choice, 4);
  const books: Books = { notes: new Map() };
  for (const id of people) world.log.append({ kind: 'added', person: id, fields: { name: id, officeTelephone: '1' } });
  for (const id of people.slice(0, 1)) {
    world.askToKeep(id);
    await world.keepAsked();
  }
  for (const each of deeds) await perform(world, each, books);
  await world.settle();

  const { people: held, mark } = await world.store.holdings();
  if (held.size > 0) {
    expect(world.engine.state.kind).toBe('live');
    if (choice.delivery !== 'held') expect(mark).toEqual(world.log.head);
  } else expect(world.engine.state.kind).toBe('offline');
  for (const entry of await world.store.entries()) {
    const now = world.log.fieldsOf(entry.person);
    expect(entry.state).toBe(now === undefined ? 'left' : 'held');
    if (now !== undefined) expect(entry.base).toEqual(now);
    expect(entry.own.note).toBe(books.notes.get(entry.person) ?? '');
  }
  const dropped = new Set(deeds.flatMap((each) => (each.kind === 'drop' ? [each.person] : [])));
  await expectNoPromptTwice(world, dropped);
  await world.store[Symbol.asyncDispose]();
}

const choices = fc.record({
  delivery: fc.constantFrom<Delivery>('notice', 'broadcast', 'held'),
  acquire: fc.constantFrom<Acquire>('list', 'entries', 'book'),
});

test('however notifications and answers are lost, doubled, reordered or late, the terminal ends at the log’s revision, with own notes untouched and no prompt twice', async () => {
  await fc.assert(fc.asyncProperty(choices, fc.array(deed, { maxLength: 60 }), live), { numRuns: 1000 });
});
