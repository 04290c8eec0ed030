// What every change log does with groups. Called with an opener for each store.

import { describe, expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { personId } from '../../src/book/person-id.ts';
import { sourceKey, sourceName, type ChangeLog, type Commit } from '../../src/server/change-log.ts';
import type { GroupId, SourceGroup } from '../../src/server/group.ts';

const [hq, branch] = [sourceName('headquarters'), sourceName('branch')];
const at = wallTime(1_700_000_000_000);
const [ada, ben, eve] = ['ada2', 'ben2', 'eve2'].map(personId) as [never, never, never];

const group = (name: string, members: readonly string[], more: Partial<SourceGroup> = {}): SourceGroup => ({
  kind: 'group',
  key: sourceKey(`group-${name}`),
  place: `cn=${name}`,
  name,
  members,
  ...more,
});
const commit = (more: Partial<Commit>): Commit => ({ source: hq, at, changes: [], ...more });
const added = (person: typeof ada, place: string, source = hq): Commit => ({
  source,
  at,
  changes: [{ kind: 'added', person, fields: { name: String(person) } }],
  links: [{ key: sourceKey(`key-of-${String(person)}`), person, place }],
});

async function firstOf(log: ChangeLog, limit = 9): Promise<readonly unknown[]> {
  const { groups } = await log.groups({ limit: 1 });
  const found = await log.members({ group: groups[0]?.id ?? ('1' as GroupId), limit });
  return found.persons.map(({ id }) => id);
}

export function groupsContract(what: string, open: () => Promise<ChangeLog>): void {
  describe(`groups in a change log (${what})`, () => {
    test('are listed by name in pages, each with its persons, and those of one person', async () => {
      await using log = await open();
      await log.append(added(ada, 'uid=ada'));
      await log.append(added(ben, 'uid=ben'));
      const names = ['zoo', 'Änderung', 'apple', 'apple'];
      const groups = names.map((name, number) =>
        group(name, number === 0 ? ['uid=ada', 'uid=ben'] : ['uid=ben'], { key: sourceKey(`${number}`) }),
      );
      expect(await log.append(commit({ groups, cookie: 'one' }))).toMatchObject({ after: 2, upTo: 2, changes: [] });
      const first = await log.groups({ limit: 3 });
      expect(first.groups.map(({ name }) => name)).toEqual(['Änderung', 'apple', 'apple']);
      const second = await log.groups({ limit: 3, after: first.next ?? '' });
      expect(second).toMatchObject({ total: 4, groups: [{ name: 'zoo', persons: 2 }] });
      expect(second.next).toBeUndefined();
      expect(await log.groups({ limit: 9, person: ada })).toMatchObject({ total: 1, groups: [{ name: 'zoo' }] });
      expect(await log.groups({ limit: 9, person: eve })).toMatchObject({ total: 0, groups: [] });
      expect([...(await log.groupsOf(hq)).keys()].toSorted()).toEqual(['0', '1', '2', '3']);
    });

    test('are each source’s own: a place of one is not a place of another', async () => {
      await using log = await open();
      await log.append(added(eve, 'uid=ada', branch));
      await log.append(commit({ groups: [group('all', ['uid=ada'])] }));
      expect(await firstOf(log)).toEqual([]);
      await log.append(added(ada, 'uid=ada'));
      await log.append({ source: branch, at, changes: [], forgetGroups: [sourceKey('group-all')] });
      expect(await firstOf(log)).toEqual([ada]);
      expect((await log.groupsOf(branch)).size).toBe(0);
    });

    test('are meant by a name or a place; what is nobody’s, and what may be two, is nobody’s group', async () => {
      await using log = await open();
      await log.append(added(ada, 'uid=ada'));
      await log.append(added(ben, 'uid=ben'));
      const twins = ['one', 'two'].map((key) =>
        group('Twins', ['uid=ada'], { key: sourceKey(key), place: `cn=twins,ou=${key}` }),
      );
      const inner = group('Inner', ['uid=ben', 'uid=ada'], { place: 'cn=inner' });
      const outer = group('E\u0301xtern', ['cn=inner', 'cn=äussere'], { key: sourceKey('x'), place: 'cn=äussere' });
      await log.append(commit({ groups: [...twins, inner, outer] }));
      const groups = ['TWINS', ' CN=Twins , OU=Two', 'inner', 'éxtern', 'cn=none', '', 'x'.repeat(5000)];
      const { memberships } = await log.memberships({ groups });
      expect(memberships.map(({ group: name }) => name)).toEqual(groups);
      const told = memberships.map(({ found, persons }) => [found, persons.toSorted()]);
      expect(told).toEqual([[2, []], [1, [ada]], [1, [ada, ben]], [1, [ada, ben]], [0, []], [0, []], [0, []]]);
    }); // prettier-ignore

    test('have a number that moves with whatever makes somebody a member, or no member, and with nothing else', async () => {
      await using log = await open();
      await log.append(added(ada, 'uid=ada'));
      await log.append(added(ben, 'uid=ben'));
      await log.append(commit({ groups: [group('all', ['uid=ada', 'cn=inner']), group('inner', ['uid=eve'])] }));
      const link = { key: sourceKey('key-of-ada2'), person: ada, place: 'uid=ada' };
      const moves: Readonly<Record<string, () => Promise<unknown>>> = {
        'a member comes': () => log.append(commit({ groups: [group('all', ['uid=ada', 'uid=ben', 'cn=inner'])] })),
        'a member goes': () => log.append(commit({ groups: [group('all', ['uid=ada', 'cn=inner'])] })),
        'somebody comes to the place of a member': () => log.append(added(eve, 'uid=eve')),
        'a member leaves': () => log.append(commit({ changes: [{ kind: 'removed', person: ada }] })),
        'and comes back': () =>
          log.append(commit({ changes: [{ kind: 'added', person: ada, fields: {} }], links: [link] })),
        'the link is of another': () => log.append(commit({ links: [{ ...link, person: ben }] })),
        'a group is called otherwise': () => log.append(commit({ groups: [{ ...group('inner', ['uid=eve']), name: 'in' }] })),
        'and kept elsewhere': () => log.append(commit({ groups: [group('inner', ['uid=eve'], { place: 'cn=inner,ou=a' })] })),
        'and goes with what it is below': () => log.relocate(hq, { from: 'ou=a', to: 'ou=b' }),
        'a group is deleted': () => log.append(commit({ forgetGroups: [sourceKey('group-inner')] })),
      }; // prettier-ignore
      let before = await log.membershipsAt();
      for (const [what, move] of Object.entries(moves)) {
        await move();
        const at = await log.membershipsAt();
        expect(at, what).toBeGreaterThan(before);
        before = at;
      }
      await log.append(commit({ groups: [group('all', ['uid=ada', 'cn=inner'])], links: [{ ...link, person: ben }] }));
      await log.append(
        commit({
          changes: [{ kind: 'altered', person: eve, from: {}, to: { city: 'Rome' } }],
          forgetGroups: [sourceKey('none')],
        }),
      );
      await log.append(commit({ changes: [{ kind: 'removed', person: ada }] })); // no link is this person's any more
      expect(await log.membershipsAt()).toBe(before);
      expect((await log.memberships({ groups: [] })).at).toBe(before);
    });

    test('outlive the purge of a member who left, and mean who comes to the place then', async () => {
      await using log = await open();
      await log.append(added(ada, 'uid=ada'));
      await log.append(commit({ groups: [group('all', ['uid=ada', 'cn=inner']), group('inner', [])] }));
      await log.append(commit({ changes: [{ kind: 'removed', person: ada }] }));
      await log.purge({ keep: 0, before: wallTime(at + 1), leftBefore: wallTime(at + 1) });
      expect((await log.known(hq, [sourceKey('key-of-ada2')])).size).toBe(0);
      expect(await firstOf(log)).toEqual([]);
      await log.append(added(ben, 'uid=ada'));
      expect(await firstOf(log)).toEqual([ben]);
      await log.append(commit({ forgetGroups: ['group-inner', 'group-none'].map(sourceKey) }));
      expect((await log.groups({ limit: 9 })).total).toBe(1);
    });

    test('a group that nobody knows has nobody', async () => {
      await using log = await open();
      for (const id of ['1', '999999999999999'])
        expect(await log.members({ group: id as GroupId, limit: 1 })).toMatchObject({ group: undefined, persons: [] });
    });
  });
}
