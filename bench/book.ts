// A data folder with a book of the sample enterprise in it and sessions that are open, made with the
// product's own stores before the server is started on it.

import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wallTime } from '../src/base/time.ts';
import type { PersonId } from '../src/book/person-id.ts';
import { hash } from '../src/node/chance.ts';
import { makePersonIds } from '../src/node/person-ids.ts';
import { makeDataFolder } from '../src/node/running.ts';
import { openSqliteChangeLog } from '../src/node/sqlite-change-log.ts';
import { openAccountStore } from '../src/node/sqlite-sessions.ts';
import type { Head } from '../src/server/change-log.ts';
import { linkOf } from '../src/server/embedded-writing.ts';
import { embeddedSource } from '../src/server/embedded-source.ts';
import { sampleEnterprise } from '../src/server/sample-enterprise.ts';
import { hashedA1 } from '../src/sip/digest.ts';
import { scratch } from './scratch.ts';

/** As the product's configuration has it unless told. */
const realm = 'rollcall.invalid';

export interface BookMade {
  readonly head: Head;
  readonly persons: readonly PersonId[];
}

export interface Credentials {
  readonly token: string;
  readonly sipUser: string;
  readonly sipPassword: string;
}

/** What the session `number` of a made book is entered with. */
export const credentialsOf = (number: number): Credentials => ({
  token: `token-${number}`,
  sipUser: `terminal${number}`,
  sipPassword: `secret-${number}`,
});

const atOnce = 5000;

export async function makeBook(
  data: string,
  size: { readonly persons: number; readonly sessions: number },
): Promise<BookMade> {
  makeDataFolder(data);
  const at = wallTime(Date.now());
  const newPersonId = makePersonIds(Date.now);
  const people = sampleEnterprise(size.persons).map((person) => ({ ...person, id: newPersonId() }));
  await using changeLog = openSqliteChangeLog({ path: join(data, 'book.sqlite') });
  for (let from = 0; from < people.length; from += atOnce) {
    const part = people.slice(from, from + atOnce);
    await changeLog.append({
      source: embeddedSource,
      at,
      changes: part.map(({ id, fields }) => ({ kind: 'added', person: id, fields })),
      links: part.map(({ id }) => linkOf(id)),
    });
  }
  await openSessions(data, size.sessions);
  return { head: await changeLog.head(), persons: people.map(({ id }) => id) };
}

/** Written where nothing waits for a disk, if there is such a place: each session is a commit of its own, and there may be 100,000. */
async function openSessions(data: string, count: number): Promise<void> {
  const file = join(data, 'accounts.sqlite');
  await using made = await scratch(existsSync('/dev/shm') ? '/dev/shm' : data);
  await writeSessions(join(made.folder, 'accounts.sqlite'), count);
  await copyFile(join(made.folder, 'accounts.sqlite'), file);
}

async function writeSessions(file: string, count: number): Promise<void> {
  const at = wallTime(Date.now());
  await using accounts = openAccountStore(file);
  for (let number = 0; number < count; number += 1) {
    const { token, sipUser: user, sipPassword: password } = credentialsOf(number);
    const of = { username: user, realm, password };
    await accounts.openSession({
      tokenHash: hash('SHA-256', token),
      user,
      name: user,
      sip: { user, md5: hashedA1(hash, 'MD5', of), sha256: hashedA1(hash, 'SHA-256', of) },
      createdAt: at,
      usedAt: at,
    });
  }
}
