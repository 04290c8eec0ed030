import { expect, test } from 'vitest';
import { sampleEnterprise } from '../../src/server/sample-enterprise.ts';

const people = sampleEnterprise(2000);

test('the sample is the same each time, and a larger one begins with a smaller one', () => {
  expect(sampleEnterprise(2000)).toEqual(people);
  expect(sampleEnterprise(100)).toEqual(people.slice(0, 100));
});

test('Ada has office telephone 8001 and no manager; Ben is one of her reports', () => {
  expect(people[0]).toMatchObject({ logIn: 'ada', fields: { name: 'Ada Lovelace', officeTelephone: '8001' } });
  expect(people[0]?.manager).toBeUndefined();
  expect(people[1]).toMatchObject({ logIn: 'ben', manager: 0, fields: { name: 'Ben Carter' } });
});

test('nobody shares a log-in name or an employee number, and each manager comes before the reports', () => {
  expect(new Set(people.map((person) => person.logIn)).size).toBe(people.length);
  expect(new Set(people.map((person) => person.fields.employeeNumber)).size).toBe(people.length);
  for (const [at, person] of people.entries()) if (at > 0) expect(person.manager).toBeLessThan(at);
});

test('about half have Chinese names, with their surname readings', () => {
  const chinese = people.filter((person) => person.fields.chineseName !== undefined);
  expect(chinese.length).toBeGreaterThan(800);
  expect(chinese.length).toBeLessThan(1200);
  const zeng = chinese.filter((person) => person.fields.surname === '曾');
  expect(zeng.length).toBeGreaterThan(0);
  for (const person of zeng) expect(person.fields.pinyin).toMatch(/^Zeng /);
});

test('log-in names are fit for a SIP address and a mail address', () => {
  for (const person of people) expect(person.logIn).toMatch(/^[a-z.]+\d*$/);
});
