import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Replica, until } from '../ldap/replica.ts';
import { skipWithout } from '../peers/installed.ts';
import { slapdIsInstalled, startSlapdPair, type Slapd } from '../peers/slapd.ts';

const modify = (dn: string, value: string): string =>
  `dn: ${dn}\nchangetype: modify\nreplace: telephoneNumber\ntelephoneNumber: ${value}\n`;

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('two slapds that replicate each other', () => {
  let one: Slapd;
  let two: Slapd;
  beforeAll(async () => {
    [one, two] = await startSlapdPair({ people: 40 });
  });
  afterAll(async () => {
    await one[Symbol.asyncDispose]();
    await two[Symbol.asyncDispose]();
  });
  const person = (number: number): string => `uid=p${String(number).padStart(6, '0')},${one.people}`;

  test('trap 1: a cookie of the one hides no change of that one when the other is followed', async () => {
    const replica = new Replica();
    const first = replica.follow(one);
    await until('refreshed', () => replica.count('refreshed') === 1);
    await first[Symbol.asyncDispose]();
    await using _second = replica.follow(two);
    await until('refreshed', () => replica.count('refreshed') === 2);
    await one.change(modify(person(1), 'written on one'));
    await until('arrived', () => replica.values('telephonenumber').includes('written on one'));
    await two.change(modify(person(2), 'written on two'));
    await until('arrived', () => replica.values('telephonenumber').includes('written on two'));
  });

  test('trap 2: after a change by each, failing over sends the changes and not everybody', async () => {
    const replica = new Replica();
    const first = replica.follow(one);
    await until('refreshed', () => replica.count('refreshed') === 1);
    await one.change(modify(person(3), 'three'));
    await two.change(modify(person(4), 'four'));
    await until('both', () => ['three', 'four'].every((value) => replica.values('telephonenumber').includes(value)));
    await until('checkpoint', () => replica.cookie?.split(';').length === 2);
    await first[Symbol.asyncDispose]();
    await two.change(`dn: ${person(5)}\nchangetype: delete\n`);
    replica.events.length = 0;
    await using _second = replica.follow(two);
    await until('refreshed', () => replica.count('refreshed') === 1);
    expect(replica.count('entry')).toBe(0);
    expect(replica.entries.size).toBe(39);
  });

  test('when the one is killed the other is followed, and nothing is missed', async () => {
    const replica = new Replica();
    await using _following = replica.follow(one, { urls: [one.url, two.url] });
    await until('refreshed', () => replica.count('refreshed') === 1);
    await one.kill();
    await two.change(modify(person(6), 'after the kill'));
    await until('arrived', () => replica.values('telephonenumber').includes('after the kill'));
    expect(replica.count('lost')).toBeGreaterThan(0);
    await one.start();
  });
});
