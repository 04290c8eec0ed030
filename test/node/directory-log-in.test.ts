// Log-ins that are tried against a real slapd, which locks an account after five wrong passwords.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as v from 'valibot';
import { textOf } from '../../src/base/bytes.ts';
import { directoryLogIn } from '../../src/node/directory-source.ts';
import { openSession } from '../../src/node/ldap-session.ts';
import { createReport } from '../../src/node/report.ts';
import { directorySchema } from '../../src/node/directory-config.ts';
import type { DirectoryLogIn } from '../../src/server/sessions.ts';
import { skipWithout } from '../peers/installed.ts';
import { testPerson } from '../peers/people.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('log-in by a real slapd', () => {
  let slapd: Slapd;
  beforeAll(async () => {
    const policy = 'cn=policy,dc=example,dc=com';
    slapd = await startSlapd({
      people: 4,
      globalLines: ['moduleload ppolicy'],
      databaseLines: ['overlay ppolicy', `ppolicy_default "${policy}"`],
      ldif:
        `dn: ${policy}\nobjectClass: organizationalRole\nobjectClass: pwdPolicy\ncn: policy\n` +
        'pwdAttribute: userPassword\npwdLockout: TRUE\npwdMaxFailure: 5\npwdFailureCountInterval: 900\n\n',
    });
  });
  afterAll(async () => slapd[Symbol.asyncDispose]());

  const logInAt = (...urls: readonly string[]): DirectoryLogIn =>
    directoryLogIn({
      sources: [
        v.parse(directorySchema, {
          name: 'headquarters',
          kind: 'openldap',
          url: urls,
          bindDn: slapd.sync.dn,
          password: slapd.sync.password,
          base: slapd.people,
          logInAttribute: ['uid', 'mail'],
        }),
      ],
      settings: async () => undefined,
      report: createReport('silent'),
    });

  /** How many wrong passwords the directory has counted, and whether it locked the account. */
  async function counted(number: number): Promise<{ readonly failures: number; readonly locked: boolean }> {
    await using session = await openSession({ url: slapd.url });
    await session.bind(slapd.admin.dn, slapd.admin.password);
    const { entries } = await session.search({
      base: slapd.people,
      scope: 'subtree',
      filter: `(uid=${testPerson(number, slapd.people).uid})`,
      attributes: ['pwdFailureTime', 'pwdAccountLockedTime'],
      sizeLimit: 2,
    });
    const attributes = entries[0]?.attributes;
    return {
      failures: attributes?.get('pwdfailuretime')?.map(textOf).length ?? 0,
      locked: attributes?.has('pwdaccountlockedtime') ?? false,
    };
  }

  test('a client that has an old password, by whatever name, is counted once and locks nobody out', async () => {
    const logIn = logInAt(slapd.url);
    const { uid, password } = testPerson(0, slapd.people);
    for (let time = 0; time < 6; time += 1)
      for (const user of [uid, `${uid}@example.com`])
        expect(await logIn({ user, password: 'of last month' }, undefined)).toBe('wrong');
    expect(await counted(0)).toEqual({ failures: 1, locked: false });
    expect(await logIn({ user: uid, password }, undefined)).toMatchObject({ source: 'headquarters' });
  });

  test('a stranger’s guesses lock nobody out, and the answers to a name that nobody has are the same', async () => {
    const logIn = logInAt(slapd.url);
    const { uid, password } = testPerson(1, slapd.people);
    const answers = await Promise.all(
      [uid, 'nobody'].map(async (user) => {
        const heard = [];
        for (let guess = 0; guess < 8; guess += 1) {
          const answer = await logIn({ user, password: `guess ${guess}` }, undefined);
          heard.push(typeof answer === 'string' ? answer : Object.keys(answer)[0]);
        }
        return heard;
      }),
    );
    expect(answers[0]).toEqual([...Array<string>(4).fill('wrong'), ...Array<string>(4).fill('retryAfter')]);
    expect(answers[1]).toEqual(answers[0]);
    expect(await counted(1)).toEqual({ failures: 4, locked: false });
    // Where the employee has come in before there is room.
    expect(await logIn({ user: uid, password }, '192.0.2.7')).toMatchObject({ source: 'headquarters' });
  });

  test('a directory that is away is nobody’s wrong guess; the next address is tried', async () => {
    const { uid, password } = testPerson(2, slapd.people);
    const away = logInAt('ldap://127.0.0.1:2/');
    for (let time = 0; time < 6; time += 1) expect(await away({ user: uid, password }, undefined)).toBe('unavailable');
    const second = logInAt('ldap://127.0.0.1:2/', slapd.url);
    expect(await second({ user: uid, password }, undefined)).toMatchObject({ source: 'headquarters' });
  });
});
