// Groups of a directory: whom their members' places mean, whatever moves, comes and goes.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { personId } from '../../src/book/person-id.ts';
import type { GroupId, SourceGroup } from '../../src/server/group.ts';
import type { SourceEvent } from '../../src/server/source.ts';
import { Bench, gone, key, many, person, refresh } from './directory.ts';

const group = (name: string, members: readonly string[], more: Partial<SourceGroup> = {}): SourceGroup => ({
  kind: 'group',
  key: key(`group-${name}`),
  place: `cn=${name},ou=groups`,
  name,
  members: members.map((member) => (member.includes('=') ? member : `cn=${member}`)),
  ...more,
});
const within = (name: string): string => `cn=${name},ou=groups`;
const checkpoint = (cookie: string): SourceEvent => ({ kind: 'checkpoint', cookie });

async function idOf(bench: Bench, name: string): Promise<GroupId> {
  const { groups } = await bench.log.groups({ limit: 1000 });
  const found = groups.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no group ${name}`);
  return found.id;
}

async function membersOf(bench: Bench, name: string): Promise<readonly string[]> {
  const { persons, group: told } = await bench.log.members({ group: await idOf(bench, name), limit: 1000 });
  expect(told?.persons).toBe(persons.length);
  return persons.map(({ fields }) => fields.name ?? '');
}

const groupsOf = async (bench: Bench, name: string): Promise<readonly string[]> => {
  const { groups } = await bench.log.groups({ limit: 1000, person: (await bench.idOf(name)) ?? personId('none') });
  return groups.map((each) => each.name);
};

/** Ada and Ben are developers. */
async function company(): Promise<Bench> {
  const bench = await Bench.open();
  await bench.take(...refresh('one', group('dev', ['ada', 'ben']), person('ada'), person('ben'), person('cho')));
  return bench;
}

test('a group that is named before its members has them, makes no revision, and is not one of the persons', async () => {
  const bench = await company();
  expect(await membersOf(bench, 'dev')).toEqual(['ada', 'ben']);
  expect(await groupsOf(bench, 'ada')).toEqual(['dev']);
  expect(await groupsOf(bench, 'cho')).toEqual([]);
  const before = await bench.revision();
  await bench.take(group('dev', ['cho', 'ben', 'nobody', 'uid=x,ou=elsewhere']), checkpoint('two'));
  expect(await membersOf(bench, 'dev')).toEqual(['ben', 'cho']);
  expect([await bench.revision(), await bench.names()]).toEqual([before, ['ada', 'ben', 'cho']]);
  expect(await bench.stage.cookie()).toBe('two');
});

test('a renamed member stays in the group, whether the directory mends the name there, late, or never', async () => {
  const bench = await company();
  await bench.take(person('ada', {}, { place: 'cn=ada byron' }), checkpoint('two'));
  expect(await membersOf(bench, 'dev')).toEqual(['ada', 'ben']);
  await bench.restart();
  await bench.take(group('dev', ['ada', 'ben', 'cn=ada byron']), checkpoint('three'));
  expect(await membersOf(bench, 'dev')).toEqual(['ada', 'ben']); // once, though she is named twice
  await bench.take(group('dev', ['cn=ada byron']), checkpoint('four'));
  expect(await membersOf(bench, 'dev')).toEqual(['ada']);
});

test('a name that somebody left means this person until another has it', async () => {
  const bench = await company();
  await bench.take(person('ada', {}, { place: 'cn=ada byron' }), group('new', ['ada']), checkpoint('two'));
  expect(await membersOf(bench, 'new')).toEqual(['ada']);
  await bench.take(person('dan', {}, { place: 'cn=ada' }), checkpoint('three'));
  expect(await membersOf(bench, 'dev')).toEqual(['ben', 'dan']);
  expect(await membersOf(bench, 'new')).toEqual(['dan']);
  expect(await groupsOf(bench, 'ada')).toEqual([]);
});

test('who leaves the book is in no group, and is again on return, under the name that the group has', async () => {
  const bench = await company();
  await bench.take(gone('ada'), checkpoint('two'));
  await bench.pass(60_000);
  expect(await membersOf(bench, 'dev')).toEqual(['ben']);
  await bench.take(person('ada'), checkpoint('three'));
  expect(await membersOf(bench, 'dev')).toEqual(['ada', 'ben']);
});

test('a group in a group stands for all who are in it, each once, and a circle of groups ends', async () => {
  const bench = await company();
  await bench.take(
    group('all', [within('dev'), within('ops'), 'ada']),
    group('ops', ['cho', within('all')]),
    checkpoint('two'),
  );
  expect(await membersOf(bench, 'all')).toEqual(['ada', 'ben', 'cho']);
  expect(await membersOf(bench, 'ops')).toEqual(['ada', 'ben', 'cho']);
  expect(await membersOf(bench, 'dev')).toEqual(['ada', 'ben']);
  expect(await groupsOf(bench, 'ben')).toEqual(['all', 'dev', 'ops']);
  await bench.take(group('self', [within('self')]), checkpoint('three'));
  expect(await membersOf(bench, 'self')).toEqual([]);
});

test('a renamed group is the same, under the ID of before, also where the group around it has the old name', async () => {
  const bench = await company();
  await bench.take(group('all', [within('dev')]), checkpoint('two'));
  const before = await idOf(bench, 'dev');
  await bench.take(group('dev', ['ada'], { place: within('makers'), name: 'makers' }), checkpoint('three'));
  expect(await idOf(bench, 'makers')).toBe(before);
  expect(await membersOf(bench, 'all')).toEqual(['ada']);
  // Another group under the old name is what the name means from then on.
  await bench.take(group('dev2', ['cho'], { place: within('dev') }), checkpoint('four'));
  expect(await membersOf(bench, 'all')).toEqual(['cho']);
});

test('a deleted group is gone; made anew it has another ID', async () => {
  const bench = await company();
  await bench.take(group('all', [within('dev'), 'cho']), checkpoint('two'));
  const before = await idOf(bench, 'dev');
  await bench.take(gone('group-dev'), checkpoint('three'));
  expect(await bench.log.members({ group: before, limit: 1 })).toMatchObject({ group: undefined, persons: [] });
  expect(await membersOf(bench, 'all')).toEqual(['cho']);
  await bench.take(group('dev', ['ben']), checkpoint('four'));
  expect(await idOf(bench, 'dev')).not.toBe(before);
  expect(await membersOf(bench, 'all')).toEqual(['ben', 'cho']);
});

test('a whole refresh forgets the groups that it does not name, and nothing else', async () => {
  const bench = await company();
  await bench.take(group('ops', ['cho']), checkpoint('two'));
  await bench.take({ kind: 'began' }, group('dev', ['ada']), {
    kind: 'lost',
    problem: 'x',
    retryInMilliseconds: 1 as never,
  });
  expect((await bench.log.groups({ limit: 9 })).total).toBe(2); // it did not end
  const present: SourceEvent = { kind: 'present', keys: ['ada', 'ben', 'cho', 'group-dev'].map(key) };
  await bench.take({ kind: 'began' }, present, { kind: 'refreshed', sweep: true, cookie: 'three' });
  expect((await bench.log.groups({ limit: 9 })).groups.map(({ name }) => name)).toEqual(['dev']);
  expect(await bench.names()).toEqual(['ada', 'ben', 'cho']);
  await bench.take({ kind: 'began' }, { kind: 'refreshed', sweep: false, cookie: 'four' });
  expect((await bench.log.groups({ limit: 9 })).total).toBe(1);
});

test('groups are forgotten by a refresh whose removals are held: a group is no person', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(100), group('dev', ['p1'])));
  await bench.take(...refresh('two'));
  expect(await bench.log.holds()).toHaveLength(1);
  expect((await bench.log.groups({ limit: 9 })).total).toBe(0);
  expect(await bench.names()).toHaveLength(100);
});

test('of what a group loses nothing is held: its persons stay in the book', async () => {
  const bench = await Bench.open();
  await bench.take(
    ...refresh(
      'one',
      ...many(100),
      group(
        'all',
        many(100).map(({ place }) => place),
      ),
    ),
  );
  await bench.take(group('all', []), checkpoint('two'));
  expect(await bench.log.holds()).toEqual([]);
  expect((await bench.log.groups({ limit: 9 })).groups).toMatchObject([{ name: 'all', persons: 0 }]);
  expect(await bench.names()).toHaveLength(100);
});

test('persons and groups below a renamed unit are meant by the old and by the new name', async () => {
  const bench = await Bench.open();
  const unit = (place: string): SourceEvent => ({ kind: 'container', key: key('unit'), place });
  const inside = group('inside', ['cn=ada,ou=north'], { place: 'cn=inside,ou=north' });
  await bench.take(
    ...refresh(
      'one',
      unit('ou=north'),
      person('ada', {}, { place: 'cn=ada,ou=north' }),
      person('cho'),
      inside,
      group('old', ['cn=ada,ou=north', 'cn=inside,ou=north']),
      group('new', ['cn=inside,ou=polar', 'cn=ada,ou=polar', 'cho']),
    ),
  );
  expect(await membersOf(bench, 'new')).toEqual(['cho']);
  await bench.take(unit('ou=polar'), checkpoint('two'));
  expect(await membersOf(bench, 'old')).toEqual(['ada']);
  expect(await membersOf(bench, 'new')).toEqual(['ada', 'cho']);
  expect((await bench.log.groupsOf((await bench.stage.state()).source)).get(key('group-inside'))).toMatchObject({
    place: 'cn=inside,ou=polar',
  });
  // A unit that leaves the base takes its groups along.
  await bench.take(gone('unit'), checkpoint('three'));
  expect((await bench.log.groups({ limit: 9 })).groups.map(({ name }) => name)).toEqual(['new', 'old']);
});

test('a comparison reads the groups that differ by their stamps, and forgets those that are not listed', async () => {
  const bench = await Bench.open();
  const stamped = (stamp: string) => [
    { key: key('group-dev'), place: within('dev'), stamp },
    { key: key('ada'), place: 'cn=ada', stamp: '1' },
  ];
  const ada = person('ada', {}, { stamp: '1' });
  await bench.take(...refresh('one', ada, group('dev', ['ada'], { stamp: '1' }), group('old', [], { stamp: '1' })));
  await bench.take({ kind: 'began', comparison: true });
  expect(await bench.stage.differing(stamped('1'))).toEqual([]);
  await bench.take({ kind: 'refreshed', sweep: true, cookie: 'two' });
  expect((await bench.log.groups({ limit: 9 })).groups.map(({ name }) => name)).toEqual(['dev']);
  await bench.take({ kind: 'began', comparison: true });
  expect(await bench.stage.differing(stamped('2'))).toEqual([key('group-dev')]);
  await bench.take(group('dev', [], { stamp: '2' }), { kind: 'refreshed', sweep: true, cookie: 'three' });
  expect(await membersOf(bench, 'dev')).toEqual([]);
});

test('in one batch the last word counts', async () => {
  const bench = await company();
  await bench.take(
    gone('group-dev'),
    group('dev', ['cho']),
    group('ops', ['ada']),
    gone('group-ops'),
    checkpoint('two'),
  );
  expect((await bench.log.groups({ limit: 9 })).groups).toMatchObject([{ name: 'dev', persons: 1 }]);
});

test('a group of 20,000 is listed in pages by name, each once, and one who joins is the only one who is written', async () => {
  const bench = await Bench.open();
  const people = many(3000);
  const outside = Array.from({ length: 17_000 }, (_, number) => `cn=stranger ${number}`);
  const places = [...people.map(({ place }) => place), ...outside];
  await bench.take(...refresh('one', ...people, group('all', places)));
  await bench.take(person('zoe'), group('all', [...places, 'cn=zoe']), checkpoint('two'));
  const id = await idOf(bench, 'all');
  const names: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await bench.log.members({ group: id, limit: 700, ...(after !== undefined && { after }) });
    expect(page).toMatchObject({ complete: true, group: { persons: 3001 } });
    names.push(...page.persons.map(({ fields }) => fields.name ?? ''));
    after = page.next;
    if (after === undefined) break;
  }
  expect(new Set(names).size).toBe(3001);
  expect(names.at(-1)).toBe('zoe');
});

const places = ['cn=a', 'cn=b', 'cn=c'];
const step = fc.oneof(
  fc.record({ kind: fc.constant('person' as const), number: fc.nat(2), place: fc.constantFrom(...places) }),
  fc.record({ kind: fc.constant('leave' as const), number: fc.nat(2) }),
  fc.record({
    kind: fc.constant('group' as const),
    number: fc.nat(2),
    members: fc.uniqueArray(fc.constantFrom(...places, within('g0'), within('g1'), within('g2'))),
  }),
  fc.record({ kind: fc.constant('delete' as const), number: fc.nat(2) }),
);

test('whatever comes, moves, leaves and comes back, groups have whom their names mean, by whoever came to a place last', () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const bench = await Bench.open({
        brake: { count: 100, percent: 100, container: { persons: 100, percent: 100 } },
      });
      await bench.take(...refresh('zero'));
      const at = new Map<number, string>();
      /** Who came to a place last. */
      const last = new Map<string, number>();
      const held = new Map<number, readonly string[]>();
      for (const [turn, each] of steps.entries()) {
        const { number } = each;
        const [name, groupName] = [`p${number}`, `g${number}`];
        if (each.kind === 'person') {
          // A directory has one entry at a place.
          if ([...at].some(([other, place]) => other !== number && place === each.place)) continue;
          at.set(number, each.place);
          last.set(each.place, number);
          await bench.take(person(name, {}, { place: each.place }), checkpoint(String(turn)));
        } else if (each.kind === 'leave') {
          at.delete(number);
          await bench.take(gone(name), checkpoint(String(turn)));
          await bench.pass(60_000);
        } else if (each.kind === 'group') {
          held.set(number, each.members);
          await bench.take(group(groupName, each.members), checkpoint(String(turn)));
        } else {
          held.delete(number);
          await bench.take(gone(`group-${groupName}`), checkpoint(String(turn)));
        }
      }
      const reach = (number: number, met: Set<number>): void => {
        if (met.has(number) || !held.has(number)) return;
        met.add(number);
        for (const member of held.get(number) ?? []) if (member.endsWith('ou=groups')) reach(Number(member.at(4)), met);
      };
      for (const number of held.keys()) {
        const met = new Set<number>();
        reach(number, met);
        const meant = [...met].flatMap((each) => held.get(each) ?? []).flatMap((place) => last.get(place) ?? []);
        const expected = new Set(meant.filter((each) => at.has(each)).map((each) => `p${each}`));
        expect(await membersOf(bench, `g${number}`)).toEqual([...expected].sort());
      }
    }),
    { numRuns: 30 },
  ));
