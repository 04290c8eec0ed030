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
