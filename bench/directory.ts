// A real OpenLDAP with the sample enterprise, and a configuration of the product that follows it.

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { configurationFor } from '../src/apps/practice-command.ts';
import { practicePeople } from '../src/apps/practice-people.ts';
import { AdminClient } from '../src/apps/admin-client.ts';
import { canPractise, startPracticeDirectory, type PracticeDirectory } from '../src/node/practice-directory.ts';
import { sourcesSchema } from '../src/wire/admin.ts';
import { monotonic } from './clock.ts';

const path = process.env['PATH'] ?? '';

export const slapdMissing = (): string | undefined => (canPractise(path) ? undefined : 'slapd is not installed');

export interface Directory extends AsyncDisposable {
  readonly directory: PracticeDirectory;
  /** For `rollcall serve --config`. */
  readonly configFile: string;
}

export async function startDirectory(folder: string, persons: number): Promise<Directory> {
  const directory = await startPracticeDirectory({ people: practicePeople(persons), port: await freePort(), path });
  const configFile = join(folder, 'config.yaml');
  await writeFile(configFile, stringify(configurationFor(directory)));
  return { directory, configFile, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() };
}

/** Waits until the server of `data` follows its directory and has read all of it; gives when it saw that. */
export async function loaded(data: string, persons: number): Promise<number> {
  const admin = new AdminClient({ data });
  for (;;) {
    const { sources } = await admin.ask({ method: 'GET', path: '/v1/admin/sources', answer: sourcesSchema });
    const count = sources.reduce((sum, each) => sum + each.persons, 0);
    if (count >= persons && sources.some(({ state }) => state === 'following')) return monotonic();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
