import { beforeEach, describe, expect, test } from 'vitest';
import { expectInStep, Kept, keyText, minute, smallDomain } from './ad-kept.ts';
import { type PlayedAd, types } from './played-ad.ts';
import { searchDone } from './server-messages.ts';

let ad: PlayedAd;
let kept: Kept;
beforeEach(() => {
  ad = smallDomain();
  kept = new Kept(ad);
});

const refreshes = () => kept.events.filter((event) => event.kind === 'refreshed');

describe('MaxPageSize', () => {
  test('3,500 persons come in four pages, and their keys in four more', () => {
    for (let number = 10; number < 3508; number += 1) ad.add(number);
    ad.showsDeleted = false;
    kept.start();
    expect(kept.persons.size).toBe(3500);
    const before = ad.asked.length;
    kept.pass(5 * minute);
    expect(ad.asked.slice(before).filter(({ controls }) => controls.has(types.paged))).toHaveLength(4);
    expectInStep(kept);
  });

  test('3,500 changes are read a hundred at a time, which no page is needed for', () => {
    for (let number = 10; number < 3508; number += 1) ad.add(number);
    kept.start();
    for (let number = 10; number < 3508; number += 1) ad.alter(number, { telephonenumber: [String(number)] });
    ad.dirSyncAtOnce = 1000;
    kept.pass(minute);
    expectInStep(kept);
  });

  test('a page that is refused in the middle begins all anew, and nobody is swept', () => {
    for (let number = 10; number < 1200; number += 1) ad.add(number);
    kept.start();
    kept.lose();
    kept.cookie = undefined;
    let pages = 0;
    ad.instead = (asked) =>
      asked.controls.has(types.paged) && (pages += 1) === 2
        ? [searchDone(asked.id, 12, '00000057: LdapErr: DSID-0C0909F8, comment: Error processing control\0')]
        : undefined;
    const before = kept.events.length;
    kept.pass(600);
    expect(kept.kinds(before).filter((kind) => kind !== 'entry')).toEqual(['began', 'lost']);
    kept.pass(minute);
    expectInStep(kept);
  });

  test('a server that answers a page without saying whether it was the last is given up', () => {
    ad.instead = (asked) => (asked.controls.has(types.paged) ? [searchDone(asked.id)] : undefined);
    kept.start();
    expect(kept.events.at(-1)).toMatchObject({ kind: 'lost', problem: expect.stringContaining('RFC 2696') });
  });
});

describe('MaxValRange', () => {
  const values = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `CN=m${at}`);

  test.each([1500, 1501, 3000, 4000])('an attribute of %d values is whole', (count) => {
    ad.alter(2, { member: values(count) });
    kept.start();
    const entry = kept.events.find((event) => event.kind === 'entry' && event.key === keyText(2));
    const attributes = entry?.kind === 'entry' ? entry.attributes : new Map<string, readonly Uint8Array[]>();
    expect([...attributes.keys()].some((name) => name.includes('range='))).toBe(false);
    expect(attributes.get('member')).toHaveLength(count);
    expectInStep(kept);
  });

  test('who is deleted while the values are asked for is no more than a connection that begins anew', () => {
    ad.alter(2, { member: values(2000) });
    let ranges = 0;
    ad.instead = (asked) =>
      asked.base.startsWith('<GUID=') && (ranges += 1) === 1 ? [searchDone(asked.id, 32)] : undefined;
    kept.start();
    expect(kept.kinds()).toContain('lost');
    kept.pass(minute);
    expectInStep(kept);
  });
});

describe('DirSync', () => {
  test('an answer in parts is read to its end before the cookie counts', () => {
    kept.start();
    ad.dirSyncAtOnce = 2;
    for (let number = 10; number < 17; number += 1) ad.add(number);
    const before = kept.events.length;
    kept.pass(minute);
    expectInStep(kept);
    expect(kept.kinds(before).filter((kind) => kind === 'checkpoint')).toHaveLength(1);
  });

  test('the first cookie is taken before anything is read, and costs next to nothing', () => {
    kept.start();
    const [first] = ad.asked.filter(({ controls }) => controls.has(types.dirSync));
    expect(first?.attributes).toEqual(['isDeleted']);
    expect(first?.base).toBe(ad.root);
  });

  test('a change of what the filter tests is asked for too', () => {
    kept.start();
    ad.alter(2, { telephonenumber: ['1'] });
    kept.pass(minute);
    const last = ad.asked.findLast(({ controls }) => controls.has(types.dirSync));
    expect(last?.attributes).toEqual(
      expect.arrayContaining(['department', 'objectcategory', 'userAccountControl', 'telephoneNumber']),
    );
  });

  test('without the right to it the rights of the account do', () => {
    ad.refused = { dirSync0: 50 };
    kept.start();
    expect(kept.manner).toContain('by DirSync with the rights of the account alone');
    ad.alter(2, { telephonenumber: ['8003'] });
    kept.pass(minute);
    expectInStep(kept);
  });

  test('a cookie that the server does not take leads to everything being read', () => {
    kept.start();
    ad.refused = { cookie: 12 };
    ad.list(2, false);
    kept.pass(minute);
    expectInStep(kept);
    expect(refreshes().at(-1)).toMatchObject({ sweep: true });
  });

  test('a right that is taken away later leads to another way', () => {
    kept.start();
    ad.refused = { dirSync0: 50, dirSync1: 50 };
    ad.list(2, false);
    kept.pass(minute);
    expectInStep(kept);
    expect(kept.manner).toContain('by uSNChanged');
  });

  test('an answer without its cookie breaks the protocol', () => {
    ad.instead = (asked) => (asked.controls.has(types.dirSync) ? [searchDone(asked.id)] : undefined);
    kept.start();
    expect(kept.events.at(-1)).toMatchObject({ kind: 'lost', problem: expect.stringContaining('DirSync') });
  });
});

describe('by uSNChanged, where DirSync is refused altogether', () => {
  beforeEach(() => {
    ad.refused = { dirSync0: 50, dirSync1: 50 };
  });

  test('it is said why, though not in the words of the server, as strangers may read it', () => {
    kept.start();
    expect(kept.manner).toMatch(/^by uSNChanged, as DirSync cannot be used \(insufficientAccessRights \(50\)\), /);
  });

  test('changes, new persons, deletions, renamed units are followed', () => {
    kept.start();
    for (const act of [
      () => ad.alter(2, { telephonenumber: ['8003'] }),
      () => ad.add(4),
      () => ad.list(3, false),
      () => ad.remove(2),
      () => ad.renameUnit(1, 'People'),
    ]) {
      act();
      kept.pass(minute);
      expectInStep(kept);
    }
  });

  test('from the stored number on after a restart', () => {
    kept.start();
    kept.stop();
    ad.alter(2, { telephonenumber: ['8003'] });
    const before = kept.events.length;
    kept.start();
    expect(kept.kinds(before)).toEqual(['began', 'entry', 'refreshed', 'manner']);
    expectInStep(kept);
  });
});

describe('deleted objects that are not shown', () => {
  beforeEach(() => {
    ad.showsDeleted = false;
  });

  test('are found by comparing keys, each five minutes, and it is said so', () => {
    kept.start();
    expect(kept.manner).toContain(
      'deleted objects are not shown to the account and are found by comparing, every 5 min',
    );
    ad.remove(2);
    kept.pass(2 * minute);
    expect(kept.persons.size).toBe(2);
    kept.pass(3 * minute);
    expectInStep(kept);
    expect(kept.events.findLast((event) => event.kind === 'began')).toEqual({ kind: 'began', comparison: true });
  });

  test('are found at once after a restart', () => {
    kept.start();
    kept.stop();
    ad.remove(2);
    kept.start();
    expectInStep(kept);
  });

  test('need no comparing from the first one on that is shown', () => {
    kept.start();
    ad.showsDeleted = true;
    ad.remove(2);
    kept.pass(minute);
    expect(kept.manner).toContain('deleted objects are shown to the account');
    kept.pass(5 * minute); // one was to come still
    const before = kept.events.length;
    kept.pass(60 * minute);
    expect(kept.kinds(before)).toEqual([]);
    kept.stop();
    kept.start();
    expect(refreshes().at(-1)).toMatchObject({ sweep: false });
  });

  test('a person who is renamed between two pages is not taken for deleted', () => {
    for (let number = 10; number < 1200; number += 1) ad.add(number);
    kept.start();
    ad.instead = (asked) => {
      // Who was on the second page is found on the first one after it was read.
      if (asked.controls.has(types.paged)) ad.instead = () => undefined;
      else return undefined;
      ad.list(1199, false);
      const answer = ad.answer(asked);
      ad.instead = (next) => {
        if (!next.controls.has(types.paged)) return undefined;
        ad.instead = () => undefined;
        const rest = ad.answer(next);
        ad.list(1199, true);
        return rest;
      };
      return answer;
    };
    kept.pass(5 * minute);
    expectInStep(kept);
    expect(kept.kinds()).not.toContain('gone');
  });
});
