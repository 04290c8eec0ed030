// The sample enterprise, put into the embedded book of a new store with two accounts to try.

import type { WallTime } from '../base/time.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Config } from '../node/config.ts';
import { passwords } from '../node/passwords.ts';
import type { AccountStore } from '../server/account-store.ts';
import type { ChangeLog } from '../server/change-log.ts';
import { embeddedSource } from '../server/embedded-source.ts';
import { linkOf } from '../server/embedded-writing.ts';
import { sampleEnterprise } from '../server/sample-enterprise.ts';

export interface SampleAccount {
  readonly user: string;
  readonly password: string;
  readonly person: PersonId;
  /** An office telephone that the person has not yet: to try what a change does, at each start. */
  readonly otherTelephone: string;
}

/** Known to everybody who reads this, so they are made only beside persons who do not exist. */
const samplePasswords: Readonly<Record<string, string>> = { ada: 'lovelace', ben: 'carter123' };

const sampleSize = 2000;

interface Parts {
  readonly config: Config;
  readonly changeLog: ChangeLog;
  readonly accountStore: AccountStore;
  readonly newPersonId: () => PersonId;
  readonly at: WallTime;
}

/** Loads the sample where the store is new and has no other source; gives its accounts where they still are as they were made. */
export async function loadSample(parts: Parts): Promise<readonly SampleAccount[]> {
  const { config, changeLog, accountStore } = parts;
  const isNew = (await changeLog.head()).revision === 0;
  if (isNew && config.sample && config.sources.length === 0) await load(parts);
  const accounts: SampleAccount[] = [];
  for (const [user, password] of Object.entries(samplePasswords)) {
    const account = await accountStore.account(user);
    if (account?.person === undefined || !(await passwords.verify(password, account.passwordHash))) continue;
    const { person } = account;
    const { officeTelephone } = (await changeLog.persons([person])).persons[0]?.fields ?? {};
    accounts.push({ user, password, person, otherTelephone: officeTelephone === '8002' ? '8003' : '8002' });
  }
  return accounts;
}

async function load({ changeLog, accountStore, newPersonId, at }: Parts): Promise<void> {
  const people = sampleEnterprise(sampleSize).map((person) => ({ ...person, id: newPersonId() }));
  for (const { logIn, id } of people) {
    const password = samplePasswords[logIn];
    if (password === undefined) continue;
    await accountStore.putAccount({
      user: logIn,
      person: id,
      passwordHash: await passwords.hash(password),
      createdAt: at,
    });
  }
  await changeLog.append({
    source: embeddedSource,
    at,
    changes: people.map(({ id, fields, manager }) => {
      const above = manager === undefined ? undefined : people[manager]?.id;
      return { kind: 'added', person: id, fields: above === undefined ? fields : { ...fields, manager: above } };
    }),
    links: people.map(({ id }) => linkOf(id)),
  });
}
