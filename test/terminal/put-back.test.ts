// Whoever was removed and is put back, while the book moved on: with every delivery, and everything that may be fetched.

import { expect, test } from 'vitest';
import { ownContactId, personId } from '../../src/book/person-id.ts';
import { acquisitions } from '../../src/terminal/acquisition.ts';
import { deliveries } from '../../src/wire/interest.ts';
import type { Change } from '../../src/book/change.ts';
import { World } from './world.ts';

const [ada, ben] = [personId('ada2'), personId('ben2')];
const telephone = (person: typeof ada, from: string, to: string): Change => ({
  kind: 'altered',
  person,
  from: { officeTelephone: from },
  to: { officeTelephone: to },
});

test.each(deliveries.flatMap((delivery) => acquisitions.map((acquire) => ({ delivery, acquire }))))(
  'is compared anew, with a prompt for what changed meanwhile and none twice for others: $delivery, $acquire',
  async (choice) => {
    const world = await World.make(choice);
    for (const person of [ada, ben])
      world.log.append({ kind: 'added', person, fields: { name: person, officeTelephone: '1' } });
    for (const person of [ada, ben]) {
      world.askToKeep(person);
      await world.keepAsked();
    }
    await world.settle();
    await world.remove(ada);
    world.change(telephone(ada, '1', '2'));
    world.change(telephone(ben, '1', '2'));
    await world.settle();
    const [removed] = world.removed;
    if (removed === undefined) throw new Error('nobody was removed');
    await world.putBack(removed);
    expect(await world.store.entry(ada)).toMatchObject({ base: { officeTelephone: '1' } });
    await world.heal();
    expect(await world.store.entry(ada)).toMatchObject({ base: { officeTelephone: '2' }, state: 'held' });
    const told = (await world.store.prompts({})).map(({ person, fact }) => [person, fact.kind]);
    expect(told).toEqual([
      [ben, 'altered'],
      [ada, 'altered'],
    ]);
    expect(world.engine.state.kind).toBe('live');
    expect(world.engine.holdings.mark).toEqual(world.log.head);
  },
);

test('an own contact alone subscribes to nothing, and is named in no SUBSCRIBE and no question', async () => {
  const world = await World.make({ delivery: 'held', acquire: 'list' });
  const mum = ownContactId('aaaaaaaa');
  await world.store.addOwn([{ person: mum, own: { nickname: 'Mum' } }]);
  await world.hear({ kind: 'holdings', holdings: await world.store.holdings() });
  expect(world.engine.state).toMatchObject({ kind: 'offline', why: { kind: 'nothing-held' } });
  world.log.append({ kind: 'added', person: ada, fields: { name: 'Ada' } });
  world.askToKeep(ada);
  await world.keepAsked();
  await world.settle();
  world.log.beginAnotherBook();
  world.notifyOfBook();
  await world.settle();
  const said = JSON.stringify(world.actions.filter(({ kind }) => kind !== 'tell'));
  expect(said).toContain(ada);
  expect(said).not.toContain(mum);
});
