import { expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { personId } from '../../src/book/person-id.ts';
import { World } from './world.ts';

const people = ['ada2', 'ben2', 'cleo', 'dora', 'emil', 'fred', 'gina', 'hugo'].map(personId);
const [ada, ...others] = people;

async function withEveryoneHeld(): Promise<World> {
  const world = await World.make({ delivery: 'broadcast', acquire: 'list' });
  for (const person of people) world.log.append({ kind: 'added', person, fields: { name: person } });
  for (const person of people) {
    world.askToKeep(person);
    await world.keepAsked();
  }
  await world.settle();
  return world;
}

/** Everyone but Ada leaves while nothing arrives; Ada gets a title. All of it comes as one list. */
async function manyLeave(world: World): Promise<void> {
  if (ada === undefined) return;
  for (const person of others) world.log.append({ kind: 'removed', person });
  world.log.append({ kind: 'altered', person: ada, from: {}, to: { title: 'Countess' } });
  await world.settle();
}

const states = async (world: World): Promise<readonly string[]> =>
  (await world.store.entries()).map((entry) => entry.state);

test('a list that would remove most entries asks first; everything else of it is applied', async () => {
  const world = await withEveryoneHeld();
  await manyLeave(world);
  expect(await states(world)).toEqual(people.map(() => 'held'));
  expect((await world.store.entries())[0]).toMatchObject({ person: ada, base: { title: 'Countess' } });
  expect([...world.engine.holdings.withheld]).toEqual(others);
  expect(world.engine.state.kind).toBe('live');
  expect(world.engine.holdings.mark).toEqual(world.log.head);
});

test.each([
  [true, 'left'],
  [false, 'kept'],
])('answered with %s, they are %s, and it does not ask again, not even after a restart', async (proceed, state) => {
  const world = await withEveryoneHeld();
  await manyLeave(world);
  await world.restart();
  await world.settle();
  expect(world.engine.holdings.withheld.size).toBe(others.length);
  await world.hear({ kind: 'decided', revised: await world.store.decideWithheld(proceed, wallTime(0)) });
  expect(await states(world)).toEqual(['held', ...others.map(() => state)]);
  await world.restart();
  await world.settle();
  expect(world.engine.holdings.withheld.size).toBe(0);
  expect(await states(world)).toEqual(['held', ...others.map(() => state)]);
  const left = (await world.store.prompts({ unseenOnly: false })).filter(({ fact }) => fact.kind === 'left');
  expect(left).toHaveLength(proceed ? others.length : 0);
});

test('whoever comes back before the answer is simply there, and is asked about no longer', async () => {
  const world = await withEveryoneHeld();
  await manyLeave(world);
  const [ben] = others;
  if (ben === undefined) return;
  world.change({ kind: 'added', person: ben, fields: { name: 'Ben', title: 'Returned' } });
  await world.settle();
  expect(world.engine.holdings.withheld.has(ben)).toBe(false);
  expect(await world.store.entry(ben)).toMatchObject({ state: 'held', base: { title: 'Returned' } });
});

test('a server that has another, empty book does not empty the personal one without being allowed to', async () => {
  const world = await withEveryoneHeld();
  for (const person of people) world.log.append({ kind: 'removed', person });
  world.log.beginAnotherBook();
  world.notifyOfBook();
  await world.settle();
  expect(await states(world)).toEqual(people.map(() => 'held'));
  expect(world.engine.holdings.withheld.size).toBe(people.length);
});
