// What happens in the directory, and what stands there, by the directory's own tools.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { programPath } from '../peers/installed.ts';
import { personLdif, testPerson } from '../peers/people.ts';
import type { Slapd } from '../peers/slapd.ts';

const run = promisify(execFile);

export const dnOf = (slapd: Slapd, number: number): string =>
  `uid=${testPerson(number, slapd.people).uid},${slapd.people}`;

/** LDIF that gives a person another office telephone. */
export const newTelephone = (slapd: Slapd, number: number, telephone: string): string =>
  `dn: ${dnOf(slapd, number)}\nchangetype: modify\nreplace: telephoneNumber\ntelephoneNumber: ${telephone}\n\n`;

export const setTelephone = (slapd: Slapd, number: number, telephone: string): Promise<void> =>
  slapd.change(newTelephone(slapd, number, telephone));

export const deletion = (slapd: Slapd, number: number): string => `dn: ${dnOf(slapd, number)}\nchangetype: delete\n\n`;

export const remove = (slapd: Slapd, ...numbers: readonly number[]): Promise<void> =>
  slapd.change(numbers.map((number) => deletion(slapd, number)).join(''));

/** As they were at first, with a new entryUUID. */
export const addAgain = (slapd: Slapd, ...numbers: readonly number[]): Promise<void> =>
  slapd.change(numbers.map((number) => addition(slapd, number)).join(''));

const addition = (slapd: Slapd, number: number): string =>
  personLdif(testPerson(number, slapd.people), slapd.people).replace('\n', '\nchangetype: add\n');

export const numbers = (from: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, at) => from + at);

/** By employee number. */
export async function telephones(slapd: Slapd): Promise<ReadonlyMap<string, string>> {
  const as = ['-x', '-LLL', '-o', 'ldif-wrap=no', '-H', slapd.url, '-D', slapd.admin.dn, '-w', slapd.admin.password];
  const what = ['-b', slapd.people, '(objectClass=inetOrgPerson)', 'employeeNumber', 'telephoneNumber'];
  const { stdout } = await run(programPath('ldapsearch') ?? 'ldapsearch', [...as, ...what], { maxBuffer: 1 << 26 });
  const found = new Map<string, string>();
  for (const entry of stdout.split('\n\n')) {
    const employeeNumber = /^employeeNumber: (.*)$/m.exec(entry)?.[1];
    if (employeeNumber !== undefined) found.set(employeeNumber, /^telephoneNumber: (.*)$/m.exec(entry)?.[1] ?? '');
  }
  return found;
}
