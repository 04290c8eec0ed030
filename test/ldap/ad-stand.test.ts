import { beforeEach, describe, expect, test } from 'vitest';
import { milliseconds } from '../../src/base/time.ts';
import { syncCookie } from '../../src/ldap/sync.ts';
import { expectInStep, Kept, minute, smallDomain } from './ad-kept.ts';
import { type PlayedAd, types } from './played-ad.ts';
import { searchDone } from './server-messages.ts';

let ad: PlayedAd;
let kept: Kept;
beforeEach(() => {
  ad = smallDomain();
  kept = new Kept(ad);
});

const refreshes = () => kept.events.filter((event) => event.kind === 'refreshed');

describe('once a day', () => {
  const day = 24 * 60 * minute;

  test('everything is read, as a right to read that was taken away is told by nothing', () => {
    kept.start();
    const hidden = ad.objects.get(2);
    if (hidden !== undefined) hidden.listed = false;
    kept.pass(day - minute);
    expect(kept.persons.size).toBe(2);
    kept.pass(minute);
    expectInStep(kept);
  });

  test('also by a process that is started anew each night', () => {
    kept.start();
    kept.pass(day - 2 * minute);
    kept.stop();
    kept.pass(2 * minute);
    const hidden = ad.objects.get(2);
    if (hidden !== undefined) hidden.listed = false;
    kept.start();
    expectInStep(kept);
  });

  test('however often it is wanted', () => {
    kept = new Kept(ad, { compareEvery: milliseconds(10 * minute) });
    kept.start();
    kept.pass(60 * minute);
    expect(refreshes().length).toBeGreaterThanOrEqual(6);
  });
});

describe('another domain controller', () => {
  test('is read as a whole from a cookie of its own, and who is not there yet is not taken for gone', () => {
    kept.start();
    kept.lose();
    ad.server = ad.server.replace('DC1', 'DC2');
    ad.invocation = 2;
    ad.usn = 7000;
    const missing = ad.objects.get(3);
    if (missing !== undefined) missing.listed = false;
    kept.pass(1000);
    expect(refreshes().at(-1)).toMatchObject({ sweep: false });
    expect(kept.persons.size).toBe(2);
    const [first] = ad.asked.slice(-20).filter(({ controls }) => controls.has(types.dirSync));
    expect(first?.attributes).toEqual(['isDeleted']);
    // What is still not there after a quarter of an hour is.
    kept.pass(15 * minute);
    expectInStep(kept);
  });

  test('the same one after a restore from a backup has another invocationId: everything is read and swept', () => {
    kept.start();
    kept.lose();
    ad.invocation = 2;
    const lost = ad.objects.get(3);
    if (lost !== undefined) lost.listed = false;
    kept.pass(1000);
    expectInStep(kept);
    expect(refreshes().at(-1)).toMatchObject({ sweep: true });
  });

  test('the same one with smaller numbers was put back: everything is read, while it is followed as well', () => {
    kept.start();
    const { usn } = ad;
    ad.alter(2, { telephonenumber: ['8003'] });
    kept.pass(minute);
    ad.forgetAfter(usn);
    const object = ad.objects.get(2);
    if (object !== undefined) object.attributes = { telephonenumber: ['8001'] };
    kept.pass(minute);
    expectInStep(kept);
  });

  test('one whose settings cannot be read has no invocationId, which is the same each time', () => {
    ad.instead = (asked) => (asked.base === ad.server ? [searchDone(asked.id, 32)] : undefined);
    kept.start();
    kept.stop();
    kept.start();
    expect(refreshes().at(-1)).toMatchObject({ sweep: false });
  });
});

describe('a cookie', () => {
  test.each([
    ['damaged in one character', (given: string) => given.replace('true', 'trua')],
    ['cut short', (given: string) => given.slice(0, -3)],
    ['empty', () => ''],
    ['of a follower of RFC 4533', () => 'abc@1795673564 rid=000,csn=20260101000000.000000Z#000000#001#000000'],
    ['of another search', (given: string) => `0${given.slice(1)}1`],
  ])('that is %s is not used', (_, spoil) => {
    kept.start();
    kept.stop();
    ad.list(2, false);
    kept.cookie = syncCookie(spoil(kept.cookie ?? ''));
    kept.start();
    expectInStep(kept);
    expect(refreshes().at(-1)).toMatchObject({ sweep: true });
  });

  test('of another base or account is not used, nor where others are left out, or something else is made of what is read', () => {
    kept.start();
    for (const options of [
      { base: `OU=Staff,${ad.root}` },
      { dn: 'other@example.test' },
      { leaveOut: [] },
      { filter: '(a=b)' },
      { madeInto: 'x' },
    ]) {
      const other = new Kept(ad, options);
      other.cookie = kept.cookie;
      other.start();
      expect(other.events.find((event) => event.kind === 'refreshed')).toMatchObject({ sweep: true });
    }
  });
});
