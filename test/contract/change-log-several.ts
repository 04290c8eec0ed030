// What every change log does with persons whom several sources know.

import { describe, expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import type { Change } from '../../src/book/change.ts';
import type { Fields } from '../../src/book/person.ts';
import { personId, type PersonId } from '../../src/book/person-id.ts';
import { sourceKey, sourceName, type ChangeLog, type Commit } from '../../src/server/change-log.ts';
import { photo } from '../peers/pictures.ts';

const hq = sourceName('headquarters');
const windows = sourceName('windows');
const [ada, ben] = [personId('ada2'), personId('ben2')];
const [k1, k2] = [sourceKey('uuid-of-ada'), sourceKey('guid-of-ada')];
const at = wallTime(1_700_000_000_000);
const after = (ms: number): typeof at => wallTime(at + ms);
const [red, blue] = [photo(1), photo(2)];

const commit = (source: typeof hq, changes: readonly Change[], more: Partial<Commit> = {}): Commit => ({
  source,
  at,
  changes,
  ...more,
});
const added = (person: PersonId, fields: Fields): Change => ({ kind: 'added', person, fields });
const own: Fields = { name: 'Ada Lovelace', employeeNumber: 'E1001', photo: red.hash };
const theirs: Fields = { name: 'LOVELACE Ada', employeeNumber: 'e1001', mobileTelephone: '139', photo: blue.hash };

/** Ada is known by headquarters; windows knows her too, and says more. */
async function knownByBoth(log: ChangeLog): Promise<void> {
  const place = 'uid=ada';
  await log.append(commit(hq, [added(ada, own)], { links: [{ key: k1, person: ada, place }], photos: [red] }));
  await log.append(
    commit(windows, [{ kind: 'altered', person: ada, from: {}, to: { mobileTelephone: '139' } }], {
      links: [{ key: k2, person: ada, place: 'cn=ada', fields: theirs }],
      photos: [blue],
    }),
  );
}

export function severalSourcesContract(what: string, open: () => Promise<ChangeLog>): void {
  describe(`a change log of several sources (${what})`, () => {
    test('each link of a person keeps what its source says, from the moment that there is a second', async () => {
      await using log = await open();
      await knownByBoth(log);
      const fields = { ...own, mobileTelephone: '139' };
      expect((await log.known(hq, [k1])).get(k1)).toMatchObject({
        person: ada,
        fields,
        own,
        others: [{ source: windows, fields: theirs, left: false }],
        left: false,
      });
      expect((await log.known(windows, [k2])).get(k2)).toMatchObject({
        fields,
        own: theirs,
        others: [{ fields: own }],
      });
      expect([await log.countLiving(hq), await log.countLiving(windows), await log.countPersons()]).toEqual([1, 1, 1]);
    });

    test('who leaves one source lives on by the other, and leaves the book with the last; each leaving counts for its source', async () => {
      await using log = await open();
      await knownByBoth(log);
      const to = { from: { mobileTelephone: '139' }, to: {} };
      await log.append(commit(windows, [{ kind: 'altered', person: ada, ...to }], { left: [k2], at: after(10) }));
      expect((await log.known(windows, [k2])).get(k2)).toMatchObject({ person: ada, left: true, own: theirs });
      expect((await log.known(hq, [k1])).get(k1)).toMatchObject({ left: false, others: [{ left: true }] });
      expect([await log.countLiving(hq), await log.countLiving(windows), await log.countPersons()]).toEqual([1, 0, 1]);
      expect((await log.leftSince(windows, after(10))).length).toBe(1);
      expect(await log.leftSince(hq, at)).toEqual([]);
      expect((await log.persons([ada])).persons).toMatchObject([{ fields: own }]);
      // Left is left: a second word changes nothing.
      await log.append(commit(windows, [], { left: [k2], at: after(20) }));
      expect([await log.countLiving(windows), await log.leftSince(windows, after(11))]).toEqual([0, []]);
      await log.append(commit(hq, [{ kind: 'removed', person: ada }], { left: [k1], at: after(30) }));
      expect([await log.countLiving(hq), await log.countPersons()]).toEqual([0, 0]);
      expect((await log.known(hq, [k1])).get(k1)).toMatchObject({ person: ada, left: true, own });
      // Back by the one, not by the other.
      await log.append(
        commit(windows, [added(ada, theirs)], { links: [{ key: k2, person: ada, place: '', fields: theirs }] }),
      );
      expect((await log.known(hq, [k1])).get(k1)?.left).toBe(true);
      expect((await log.known(windows, [k2])).get(k2)?.left).toBe(false);
      expect([await log.countLiving(hq), await log.countLiving(windows), await log.countPersons()]).toEqual([0, 1, 1]);
    });

    test('an approved leaving is not counted; the removal of a person leaves all links, of whatever source', async () => {
      await using log = await open();
      await knownByBoth(log);
      await log.append(commit(windows, [], { left: [k2], approved: true }));
      expect(await log.leftSince(windows, at)).toEqual([]);
      await log.append(commit(windows, [], { links: [{ key: k2, person: ada, place: '', fields: theirs }] }));
      await log.append(commit(hq, [{ kind: 'removed', person: ada }]));
      expect([await log.countLiving(hq), await log.countLiving(windows)]).toEqual([0, 0]);
      expect((await log.known(windows, [k2])).get(k2)?.left).toBe(true);
    });

    test('an entry that was made anew takes over the link of the one before: its number and its former places', async () => {
      await using log = await open();
      await log.append(
        commit(hq, [added(ada, { name: 'Ada' })], { links: [{ key: k1, person: ada, place: 'uid=a' }] }),
      );
      await log.append(commit(hq, [], { links: [{ key: k1, person: ada, place: 'uid=b', leaves: 'uid=a' }] }));
      const before = (await log.known(hq, [k1])).get(k1)?.number;
      await log.append(
        commit(hq, [], { links: [{ key: k2, person: ada, place: 'uid=c', leaves: 'uid=b', replaces: k1 }] }),
      );
      expect((await log.known(hq, [k1])).size).toBe(0);
      expect((await log.known(hq, [k2])).get(k2)).toMatchObject({ number: before, person: ada, place: 'uid=c' });
      expect(await log.formerPlaces(hq, [k2])).toEqual(['uid=a', 'uid=b']);
      expect(await log.countLiving(hq)).toBe(1);
      // Where a purge has forgotten the one before, it is a link as any other.
      const links = [{ key: k1, person: ada, place: '', replaces: sourceKey('forgotten') }];
      await log.append(commit(windows, [], { links }));
      expect((await log.known(windows, [k1])).get(k1)).toMatchObject({ person: ada, left: false });
    });

    test('finds who has a value, whatever the case, also who left; with all links', async () => {
      await using log = await open();
      await knownByBoth(log);
      await log.append(commit(hq, [added(ben, { name: 'Ben', employeeNumber: 'X"\'%' })]));
      await log.append(commit(hq, [{ kind: 'removed', person: ben }]));
      const found = await log.bearing('employeeNumber', ['E1001', 'x"\'%', '1001', '']);
      expect(found.get('E1001')).toMatchObject([
        {
          person: ada,
          left: false,
          links: [
            { source: hq, key: k1, fields: own, left: false },
            { source: windows, key: k2, fields: theirs, left: false },
          ],
        },
      ]);
      expect(found.get('x"\'%')).toEqual([{ person: ben, fields: expect.anything(), left: true, links: [] }]);
      expect([found.get('1001'), found.get('')]).toEqual([[], []]);
      expect((await log.bearing('mail', ['E1001'])).get('E1001')).toEqual([]);
    });

    test('the photo that only one of the sources says is kept for the day when it is shown, and goes with its link', async () => {
      await using log = await open();
      await knownByBoth(log);
      expect(await log.photo(blue.hash)).toBeUndefined(); // nobody shows it
      const alteration: Change = { kind: 'altered', person: ada, from: { photo: red.hash }, to: { photo: blue.hash } };
      await log.append(commit(hq, [alteration], { left: [k1] }));
      expect(await log.photo(blue.hash)).toEqual(blue);
      // Headquarters is remembered with its photo, until the link says another.
      await log.append(commit(hq, [], { links: [{ key: k1, person: ada, place: '', fields: { name: 'Ada' } }] }));
      await expect(log.append(commit(hq, [added(ben, { name: 'Ben', photo: red.hash })]))).rejects.toThrow(/bytes/);
      await log.append(commit(hq, [{ kind: 'removed', person: ada }]));
      await log.purge({ keep: 0, before: at, leftBefore: after(1) });
      expect([(await log.known(hq, [k1])).size, (await log.known(windows, [k2])).size]).toEqual([0, 0]);
      await expect(log.append(commit(hq, [added(ben, { name: 'Ben', photo: blue.hash })]))).rejects.toThrow(/bytes/);
    });
  });
}
