// A first load with photos: how much longer it takes for them, and that memory does not grow with them.

import { openSession } from '../src/node/ldap-session.ts';
import { practiceAdministrator, practiceDn, type PracticeDirectory } from '../src/node/practice-directory.ts';
import { practicePeople } from '../src/apps/practice-people.ts';
import { loaded, slapdMissing, startDirectory } from './directory.ts';
import { median, type Bench, type Figure } from './figure.ts';
import { scratch } from './scratch.ts';
import { startServerProcess } from './server-process.ts';

const sizes = {
  short: { persons: 100, bytes: 2_000, rounds: 1 },
  // Twenty kilobytes are a usual thumbnail.
  full: { persons: 2_000, bytes: 20_000, rounds: 5 },
};

interface Load {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly megabytes: number;
}

export const bench: Bench = {
  name: 'photos',
  what: 'a new server reads persons from OpenLDAP into its log, without photos and with them',
  missing: slapdMissing,
  measure: (round) => measure(sizes[round]),
};

async function* measure({ persons, bytes, rounds }: (typeof sizes)['full']): AsyncGenerator<Figure> {
  await using stack = new AsyncDisposableStack();
  const { folder } = stack.use(await scratch());
  const { directory, configFile } = stack.use(await startDirectory(folder, persons));
  for (const photos of [false, true]) {
    if (photos) await givePhotos(directory, persons, bytes);
    const loads: Load[] = [];
    for (let round = 0; round < rounds; round += 1)
      loads.push(await load(`${folder}/data-${photos}-${round}`, { configFile, persons }));
    const what = `${persons} ${photos ? `with photos of ${bytes / 1000} kB` : 'without photos'}`;
    const note = `median of ${rounds}`;
    const of = (value: (load: Load) => number): number => median(loads.map(value));
    yield { figure: `${what}: until it follows`, value: of(({ seconds }) => seconds), unit: 's', note };
    yield { figure: `${what}: server CPU, all threads`, value: of(({ cpuSeconds }) => cpuSeconds), unit: 's', note };
    yield { figure: `${what}: peak memory`, value: of(({ megabytes }) => megabytes), unit: 'MB', note };
  }
}

async function givePhotos(directory: PracticeDirectory, persons: number, size: number): Promise<void> {
  await using session = await openSession({ url: directory.url });
  await session.bind(practiceAdministrator.dn, practiceAdministrator.password);
  for (const [number, { uid }] of practicePeople(persons).entries()) {
    const values = [picture(number, size)];
    await session.modify(practiceDn(uid), [{ kind: 'replace', attribute: 'jpegPhoto', values }]);
  }
}

/** The head of a JPEG, and bytes that differ by `number`. */
function picture(number: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 1) bytes[at] = (Math.imul(at + 1, number * 2 + 2_654_435_761) >>> 13) & 0xff;
  bytes.set([0xff, 0xd8, 0xff, 0xe0]);
  new DataView(bytes.buffer).setUint32(4, number);
  return bytes;
}

async function load(
  data: string,
  { configFile, persons }: { readonly configFile: string; readonly persons: number },
): Promise<Load> {
  await using server = await startServerProcess(data, ['--config', configFile]);
  const at = await loaded(data, persons);
  const { cpuMicroseconds, peakResidentBytes } = await server.usage();
  const seconds = (at - server.startedAt) / 1000;
  return { seconds, cpuSeconds: cpuMicroseconds / 1e6, megabytes: peakResidentBytes / 1e6 };
}
