// All files of a folder together as one source: what they say, told as a refresh.
//
//   look -> files that stand otherwise are read -> their keys -> keys that two rows have -> began, persons, refreshed
//
// - A file that cannot be read, or is not well-formed to its end, leaves everybody as they are: the refresh ends as lost, which
//   sweeps nobody, and what the other files say flows.
// - Of two rows with one key none is taken: whoever is known by it stays as they are.
// - Of a file that is as it was, it is only said that its persons are there.

import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Milliseconds } from '../base/time.ts';
import type { SourceKey } from '../server/change-log.ts';
import { fileRows, type FileReading } from '../server/file-persons.ts';
import type { SourceEvent } from '../server/source.ts';
import { readingBy } from '../server/telephone.ts';
import { sha256 } from './chance.ts';
import { decodeGb18030, type Reading } from './directory-reading.ts';
import type { FilesConfig } from './files-config.ts';
import { bad, good, SeenPersons, type Finding } from './seen-persons.ts';
import { contentOf, decoded, formatOf, lookInto, wordsOf, type Stand } from './watched-file.ts';

interface Known {
  readonly digest: string;
  /** The line of each, from 1. */
  readonly keys: ReadonlyMap<SourceKey, number>;
  /** Rows that name nobody, or somebody whom an earlier one names. */
  readonly unclear: readonly { readonly line: number; readonly key: SourceKey | undefined }[];
  /** Absent once what it says is said, and held. */
  readonly text?: string | undefined;
  /** Not as it stands now, which cannot be read. */
  readonly problem?: string;
}

/** Rows that are not taken, and why: of two with one key, one word for both. */
interface PassedOver {
  readonly rows: number;
  readonly words: readonly string[];
}

/** What was passed over, and how it ended. `moved`: a file was written to meanwhile; nothing was told. */
export type Told =
  | { readonly kind: 'moved' }
  | { readonly kind: 'told'; readonly problem?: string; readonly passedOver: PassedOver };

type Take = (events: readonly SourceEvent[]) => Promise<void>;

const atOnce = 500;

export class FolderReading {
  readonly #config: FilesConfig;
  readonly #reading: FileReading;
  #known = new Map<string, Known>();
  /** Keys of which a row was passed over at the last refresh. */
  #doubled: ReadonlySet<SourceKey> = new Set();

  constructor(config: FilesConfig) {
    this.#config = config;
    const { attributes: own, classes, labels, keyAttribute, telephone, departmentSeparator: separator } = config;
    this.#reading = {
      own,
      labels,
      keyAttribute,
      decodeGb18030,
      sha256,
      units: { below: '', ...(separator !== undefined && { separator }) },
      ...(classes !== undefined && { classes }),
      ...(telephone !== undefined && { telephoneUri: readingBy(telephone) }),
    };
  }

  /** What was told was not held: all is to be told again. */
  forget(): void {
    this.#known.clear();
  }

  /** Tells what the folder says, as it was looked at. @throws whatever `take` throws; then `forget` */
  async tell(looked: ReadonlyMap<string, Stand>, retry: Milliseconds, take: Take): Promise<Told> {
    const files = new Map<string, Known>();
    for (const [name, stand] of looked) {
      const known = await this.#read(name, stand);
      if (known === 'moved') return { kind: 'moved' };
      files.set(name, known);
    }
    const { doubled, words } = this.#unclear(files);
    // A row that stood aside counts once the other is away.
    const freed = [...this.#doubled].filter((key) => !doubled.has(key));
    for (const [name, file] of files)
      if (file.text === undefined && freed.some((key) => file.keys.has(key))) {
        this.#known.delete(name);
        const again = await this.#read(name, looked.get(name) ?? { kind: 'odd', problem: 'it is gone' });
        if (again === 'moved') return { kind: 'moved' };
        files.set(name, again);
      }
    await take([{ kind: 'began' }, { kind: 'manner', words: 'by its files, which are read when they change' }]);
    for (const [name, file] of files) await this.#tellFile(name, file, { doubled, take });
    const problem = [...files].flatMap(([name, file]) =>
      file.problem === undefined ? [] : [`${name}${file.problem}`],
    );
    const [first] = problem;
    if (first === undefined) await take([{ kind: 'refreshed', sweep: true, cookie: undefined }]);
    else await take([{ kind: 'lost', problem: first, retryInMilliseconds: retry }]);
    // What a refresh said that did not end is said again.
    this.#known = new Map(
      [...files].map(([name, file]) => [name, first === undefined ? { ...file, text: undefined } : file]),
    );
    this.#doubled = doubled;
    const passedOver = { rows: words.length + doubled.size, words };
    return { kind: 'told', passedOver, ...(first !== undefined && { problem: first }) };
  }

  async #read(name: string, stand: Stand): Promise<Known | 'moved'> {
    const before = this.#known.get(name);
    const kept = (problem: string): Known => ({ ...nothing, ...before, text: undefined, problem });
    if (stand.kind === 'odd') return kept(`: ${stand.problem}`);
    const content = await contentOf(join(this.#config.folder, name), stand.stand);
    if (content.kind === 'moved') return 'moved';
    if (content.kind === 'odd') return kept(`: ${content.problem}`);
    const digest = sha256(content.bytes);
    if (before?.digest === digest && before.problem === undefined) return before;
    const text = decoded(content.bytes, this.#config.encoding);
    if (typeof text === 'object') return kept(` line ${text.line}: ${text.problem}`);
    const found = await this.#keysOf(name, text);
    if ('problem' in found) return kept(` line ${found.line}: ${found.problem}`);
    return { digest, text, ...found };
  }

  /** All of it is read before anything is said of it. */
  async #keysOf(
    name: string,
    text: string,
  ): Promise<Pick<Known, 'keys' | 'unclear'> | { line: number; problem: string }> {
    const keys = new Map<SourceKey, number>();
    const unclear: { line: number; key: SourceKey | undefined }[] = [];
    const rows = fileRows(formatOf(name) ?? 'csv', text, this.#reading);
    for (let count = 1; ; count += 1) {
      const next = rows.next();
      if (next.done) return next.value ?? { keys, unclear };
      const { line, key } = next.value;
      if (key === undefined || keys.has(key)) unclear.push({ line, key });
      else keys.set(key, line);
      if (count % atOnce === 0) await setImmediate();
    }
  }

  /** Keys that more than one row has, and what to say of rows that are not taken. */
  #unclear(files: ReadonlyMap<string, Known>): {
    readonly doubled: ReadonlySet<SourceKey>;
    readonly words: readonly string[];
  } {
    const doubled = new Set<SourceKey>();
    const words: string[] = [];
    const first = new Map<SourceKey, string>();
    const twice = (key: SourceKey, place: string): void => {
      doubled.add(key);
      words.push(`${place} and ${first.get(key)} are both ${JSON.stringify(key)}: none of them is taken`);
    };
    for (const [name, { keys, unclear }] of files) {
      for (const [key, line] of keys) {
        if (first.has(key)) twice(key, `${name} line ${line}`);
        else first.set(key, `${name} line ${line}`);
      }
      for (const { line, key } of unclear) {
        if (key === undefined) words.push(`${name} line ${line} does not say who it is`);
        else twice(key, `${name} line ${line}`);
      }
    }
    return { doubled, words };
  }

  async #tellFile(
    name: string,
    { text, keys }: Known,
    { doubled, take }: { readonly doubled: ReadonlySet<SourceKey>; readonly take: Take },
  ): Promise<void> {
    const there = text === undefined ? [...keys.keys()] : [...keys.keys()].filter((key) => doubled.has(key));
    for (let at = 0; at < there.length; at += atOnce) {
      await take([{ kind: 'present', keys: there.slice(at, at + atOnce) }]);
      await setImmediate();
    }
    if (text === undefined) return;
    let batch: SourceEvent[] = [];
    for (const { key, person } of fileRows(formatOf(name) ?? 'csv', text, this.#reading)) {
      if (key === undefined || doubled.has(key)) continue;
      batch.push(person(key));
      if (batch.length < atOnce) continue;
      await take(batch);
      batch = [];
      // Who asks the thread is answered in between.
      await setImmediate();
    }
    await take(batch);
  }
}

const nothing: Known = { digest: '', keys: new Map(), unclear: [] };

export const nobodyThere = (folder: string): string =>
  `there is no file *.csv, *.ldif or *.vcf in ${folder}; nobody is removed for that`;

/** Reads everything once, as it stands. */
export async function readFolder(
  config: FilesConfig,
  take: Take,
): Promise<Reading & { readonly passedOver?: PassedOver }> {
  try {
    const looked = await lookInto(config.folder);
    if (looked.size === 0) return { kind: 'lost', problem: nobodyThere(config.folder) };
    const told = await new FolderReading(config).tell(looked, config.every, take);
    if (told.kind === 'moved') return { kind: 'lost', problem: `a file in ${config.folder} is being written` };
    if (told.problem !== undefined) return { kind: 'lost', problem: told.problem };
    return { kind: 'read', passedOver: told.passedOver };
  } catch (fault) {
    return { kind: 'lost', problem: wordsOf(fault) };
  }
}

const mostWords = 20;

/** As `testSource` of a directory. */
export async function* testFolder(config: FilesConfig, counted: (seen: SeenPersons) => void): AsyncGenerator<Finding> {
  const seen = new SeenPersons();
  const reading = await readFolder(config, async (events) => {
    seen.take(events);
    counted(seen);
  });
  if (reading.kind !== 'read') return yield bad('reading', reading.problem);
  const { rows = 0, words = [] } = reading.passedOver ?? {};
  const more = words.length > mostWords ? ['...'] : [];
  const which = [...words.slice(0, mostWords), ...more].join('\n  ');
  yield rows === 0
    ? good('reading', 'all files read; they are read again when they change')
    : { check: 'reading', verdict: 'odd', says: `all files read; ${rows} rows are passed over:\n  ${which}` };
  yield* seen.findings(`in ${config.folder}`, 'see that its files have rows');
}
