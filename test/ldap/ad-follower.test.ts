import { beforeEach, describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import type { Asked } from './client-requests.ts';
import { anyHarmedAnswers } from './ad-hostile.ts';
import { expectInStep, Kept, keyText, minute, smallDomain } from './ad-kept.ts';
import { type PlayedAd, types } from './played-ad.ts';
import { bindResult, entryMessage, searchDone } from './server-messages.ts';

let ad: PlayedAd;
let kept: Kept;
beforeEach(() => {
  ad = smallDomain();
  kept = new Kept(ad);
});

const dirSyncs = (): number => ad.asked.filter(({ controls }) => controls.has(types.dirSync)).length;
const refreshes = () => kept.events.filter((event) => event.kind === 'refreshed');

test('it asks who the server is, listens for changes, and then reads everybody', () => {
  kept.start();
  expect(kept.kinds()).toEqual(['began', 'entry', 'entry', 'refreshed', 'manner']);
  expect(refreshes()).toMatchObject([{ sweep: true }]);
  expectInStep(kept);
});

test('a change notification wakes it after a third of a second, and a burst of them wakes it once', () => {
  kept.start();
  const before = dirSyncs();
  ad.alter(2, { telephonenumber: ['8003'] });
  kept.hear(...ad.notice());
  kept.pass(100);
  ad.alter(3, { telephonenumber: ['8004'] });
  kept.hear(...ad.notice(), ...ad.notice());
  expect(dirSyncs()).toBe(before);
  kept.pass(200);
  expect(dirSyncs()).toBe(before + 1);
  expectInStep(kept);
  expect(kept.kinds().at(-1)).toBe('checkpoint');
});

test('a notification that comes while it looks makes it look once more, soon', () => {
  kept.start();
  ad.alter(2, { telephonenumber: ['8003'] });
  kept.hear(...ad.notice());
  let asked: Asked | undefined;
  ad.instead = (each) => {
    if (!each.controls.has(types.dirSync)) return undefined;
    asked = each;
    return [];
  };
  kept.pass(300);
  ad.instead = () => undefined;
  const answer = asked === undefined ? [] : ad.answer(asked);
  ad.alter(3, { telephonenumber: ['8004'] });
  kept.hear(...ad.notice(), ...answer);
  kept.pass(300);
  expectInStep(kept);
});

test('a notification that is lost costs a minute at most', () => {
  kept.start();
  ad.alter(2, { telephonenumber: ['8003'] });
  kept.pass(minute);
  expectInStep(kept);
});

test('where nothing has changed the controller is asked for one number a minute, and not for changes', () => {
  kept.start();
  const before = ad.asked.length;
  kept.pass(10 * minute);
  const since = ad.asked.slice(before);
  expect(since.filter(({ attributes }) => attributes.includes('highestCommittedUSN'))).toHaveLength(10);
  expect(since.some(({ controls }) => controls.has(types.dirSync))).toBe(false);
});

describe('where notifications are refused', () => {
  test.each([
    ['because they are unwelcome', 53],
    ['because there are too many on the connection', 11],
  ])('%s it looks every ten seconds, and says so', (_, code) => {
    ad.refused = { notification: code };
    kept.start();
    expect(kept.manner).toContain('every 10 s, as change notifications are refused');
    ad.alter(2, { telephonenumber: ['8003'] });
    kept.pass(10_000);
    expectInStep(kept);
  });

  test('later on, it looks more often from then on', () => {
    kept.start();
    const id = ad.asked.find(({ controls }) => controls.has(types.notification))?.id ?? 0;
    kept.hear(searchDone(id, 51));
    ad.alter(2, { telephonenumber: ['8003'] });
    kept.pass(10_000);
    expectInStep(kept);
    expect(kept.manner).toContain('every 10 s');
  });
});

test.each([
  ['an attribute that is taken away', () => ad.alter(2, { telephonenumber: [] })],
  ['a person who leaves the filter', () => ad.list(2, false)],
  ['a person who is renamed', () => ad.rename(2, `CN=other,OU=Staff,${ad.root}`)],
  ['a person who is deleted', () => ad.remove(2)],
  ['a new person', () => ad.add(4, { telephonenumber: ['8005'] })],
  ['a disabled account', () => (ad.alter(2, { useraccountcontrol: ['514'] }), ad.list(3, true))],
  ['a unit that is renamed', () => ad.renameUnit(1, 'People')],
  ['a unit that is renamed twice', () => (ad.renameUnit(1, 'People'), ad.renameUnit(1, 'Persons'))],
  ['a unit that is added', () => ad.add(9, {}, `OU=New,${ad.root}`)],
])('%s is followed', (what, act) => {
  kept.start();
  act();
  kept.pass(minute);
  if (what === 'a disabled account') expect([...kept.persons.keys()]).toEqual([keyText(3)]);
  else expectInStep(kept);
});

test('a unit that is moved into the base brings its people, and one that is renamed is read no further than it reaches', () => {
  ad.add(5, {}, `OU=Base,${ad.root}`);
  kept = new Kept(ad, { base: `OU=Base,${ad.root}` });
  kept.start();
  expect(kept.persons.size).toBe(0);
  ad.moveUnit(1, `OU=Staff,OU=Base,${ad.root}`);
  const before = ad.asked.length;
  kept.pass(minute);
  expectInStep(kept);
  const pages = ad.asked.slice(before).filter(({ controls }) => controls.has(types.paged));
  expect(pages.map(({ base }) => base)).toEqual([`OU=Staff,OU=Base,${ad.root}`]);
});

test('a unit that was moved on before it could be read is read where it then is', () => {
  kept.start();
  ad.renameUnit(1, 'People');
  ad.instead = (asked) => {
    if (!asked.base.startsWith('OU=People')) return undefined;
    ad.instead = () => undefined;
    ad.renameUnit(1, 'Persons');
    return undefined;
  };
  kept.pass(2 * minute);
  expect(kept.kinds()).not.toContain('refused');
  expectInStep(kept);
});

test('who is hidden from address lists is left out, unless they are wanted', () => {
  ad.alter(2, { msexchhidefromaddresslists: ['TRUE'] });
  kept.start();
  expect([...kept.persons.keys()]).toEqual([keyText(3)]);
  const other = new Kept(ad, { leaveOut: ['disabled'] });
  other.start();
  expect(other.persons.size).toBe(2);
});

test('a deleted person who is brought back has the same key', () => {
  kept.start();
  ad.remove(2);
  kept.pass(minute);
  ad.undelete(2);
  kept.pass(minute);
  expectInStep(kept);
});

describe('what is no domain controller of ours', () => {
  test('another make of directory is refused, with the kind that would be right', () => {
    ad.capabilities = [];
    kept.start();
    expect(kept.events).toMatchObject([{ kind: 'refused', problem: 'ldap://dc1: the server is not Active Directory' }]);
  });

  test('a base of another domain is refused; where it refers to is not followed', () => {
    kept = new Kept(ad, { base: 'DC=other,DC=test' });
    kept.start();
    expect(kept.events).toMatchObject([
      { kind: 'refused', problem: expect.stringContaining('does not hold DC=other,DC=test') },
    ]);
  });

  test('a base that only another controller holds is a referral, which is refused and not followed', () => {
    ad.instead = (asked) =>
      asked.controls.has(types.paged)
        ? [searchDone(asked.id, 10, '0000202B: RefErr: DSID-0310082F, data 0, 1 access points\0')]
        : undefined;
    kept.start();
    expect(kept.events.at(-1)).toMatchObject({
      kind: 'refused',
      advice: expect.stringContaining('put the address of the server that holds the base first'),
    });
  });

  test('the innermost naming context counts, however the base is written', () => {
    for (const base of [ad.root, 'dc=Example , dc=TEST', `OU=Staff, ${ad.root}`]) {
      kept = new Kept(ad, { base });
      kept.start();
      expect(kept.kinds()[0]).toBe('began');
    }
  });

  test('a root DSE without a number of changes breaks the protocol', () => {
    ad.usn = Number.NaN;
    kept.start();
    expect(kept.events.at(-1)).toMatchObject({ kind: 'lost', problem: expect.stringContaining('highestCommittedUSN') });
  });
});

describe('failures', () => {
  test('a refused bind says why in words, and is not tried again for five minutes', () => {
    const said = '80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 533, v2580\0';
    ad.instead = (asked) => (asked.tag === 0x60 ? [bindResult(asked.id, 49, said)] : undefined);
    kept.start();
    expect(kept.events).toMatchObject([
      {
        kind: 'refused',
        problem: expect.stringContaining('invalidCredentials (49), the account is disabled: 80090308'),
      },
    ]);
    kept.pass(4 * minute);
    expect(kept.events).toHaveLength(1);
  });

  test('a busy server is tried again, and nobody is swept', () => {
    ad.instead = (asked) => (asked.controls.has(types.dirSync) ? [searchDone(asked.id, 51)] : undefined);
    kept.start();
    expect(kept.kinds()).toEqual(['began', 'lost']);
    ad.instead = () => undefined;
    kept.pass(minute);
    expectInStep(kept);
  });

  test('a base that is not there is refused', () => {
    kept = new Kept(ad, { base: `OU=Gone,${ad.root}` });
    kept.start();
    expect(kept.events.at(-1)).toMatchObject({ kind: 'refused', advice: expect.stringContaining('OU=Gone') });
  });

  test('a question that is never answered gives the connection up after five minutes, heartbeats or not', () => {
    ad.instead = (asked) => (asked.controls.has(types.dirSync) ? [] : undefined);
    kept.start();
    kept.pass(4 * minute);
    expect(kept.kinds()).toEqual(['began']);
    kept.pass(minute);
    expect(kept.kinds()).toContain('lost');
  });

  test('while the host does not read, silence means nothing', () => {
    ad.instead = (asked) => (asked.controls.has(types.dirSync) ? [] : undefined);
    kept.start();
    kept.handle({ kind: 'paused' });
    kept.pass(60 * minute);
    kept.handle({ kind: 'resumed' });
    kept.pass(4 * minute);
    expect(kept.kinds()).toEqual(['began']);
  });

  test('an objectGUID of another length, or none, breaks the protocol', () => {
    for (const attributes of [{ objectGUID: ['short'] }, {}]) {
      ad.instead = (asked) =>
        asked.controls.has(types.paged) ? [entryMessage(asked.id, { dn: 'CN=x', attributes })] : undefined;
      kept = new Kept(ad);
      kept.start();
      expect(kept.events.at(-1)).toMatchObject({ kind: 'lost', problem: expect.stringContaining('objectGUID') });
    }
  });

  test('answers to what was not asked mean nothing', () => {
    kept.start();
    const before = kept.events.length;
    kept.hear(searchDone(4711), entryMessage(4711, { dn: 'CN=x' }));
    expect(kept.events).toHaveLength(before);
  });
});

test('a slow controller is asked more seldom, so that it has nine tenths of its time for others', () => {
  kept.start();
  ad.alter(2, { telephonenumber: ['8003'] });
  kept.hear(...ad.notice());
  ad.instead = (asked) => {
    if (asked.controls.has(types.dirSync)) kept.now = (kept.now + 200) as typeof kept.now;
    return undefined;
  };
  kept.pass(500);
  const before = dirSyncs();
  ad.alter(2, { telephonenumber: ['8004'] });
  kept.hear(...ad.notice());
  kept.pass(1000);
  expect(dirSyncs()).toBe(before);
  kept.pass(1500);
  expect(dirSyncs()).toBe(before + 1);
  expectInStep(kept);
});

test('a limit that the controller names is advised about in its own words', () => {
  ad.instead = (asked) => (asked.controls.has(types.paged) ? [searchDone(asked.id, 3)] : undefined);
  kept.start();
  expect(kept.events.at(-1)).toMatchObject({ kind: 'refused', advice: expect.stringContaining('MaxQueryDuration') });
});

test('answers with octets changed never throw: they are followed, or the connection is given up', () =>
  fc.assert(anyHarmedAnswers.property, { numRuns: 1000 }));
