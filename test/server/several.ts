// Two directories, each with its stage, over one change log.

import { instant, wallTime, type WallTime } from '../../src/base/time.ts';
import type { Change } from '../../src/book/change.ts';
import type { ChangeList } from '../../src/book/change-list.ts';
import type { Fields } from '../../src/book/person.ts';
import { personId, type PersonId } from '../../src/book/person-id.ts';
import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';
import { defaultBrakeLimits, type BrakeLimits } from '../../src/server/brake.ts';
import { holdId, sourceName, type ChangeLog, type Known, type SourceName } from '../../src/server/change-log.ts';
import { embeddedSource } from '../../src/server/embedded-source.ts';
import type { Priority } from '../../src/server/merge.ts';
import type { SourceEvent, SourcePerson } from '../../src/server/source.ts';
import { createStage } from '../../src/server/stage.ts';
import type { Stage } from '../../src/server/stage-options.ts';
import type { StageFact } from '../../src/server/stage-fact.ts';
import { Turns } from '../../src/server/turns.ts';
import { key, person } from './directory.ts';

export const ldap: SourceName = sourceName('ldap');
export const windows: SourceName = sourceName('windows');

export const entry = (name: string, fields: Fields = {}, more: Partial<SourcePerson> = {}): SourcePerson =>
  person(name, fields, more);

interface Options {
  readonly prefer?: Priority['prefer'];
  readonly among?: readonly SourceName[];
  readonly brake?: BrakeLimits;
}

export class Several implements AsyncDisposable {
  readonly log: ChangeLog = openSqliteChangeLog({ path: ':memory:', matchBy: ['employeeNumber'] });
  readonly changes: Change[] = [];
  readonly facts: StageFact[] = [];
  readonly turns: Turns = new Turns();
  now: WallTime = wallTime(1_700_000_000_000);
  readonly #options: Options;
  readonly #stages = new Map<SourceName, Stage>();
  #holds = 0;
  #ids = 0;

  readonly announce = (list: ChangeList): void => void this.changes.push(...list.changes);

  readonly newPersonId = (): PersonId => {
    const digits = (this.#ids += 1).toString(5).padStart(9, '0');
    return personId(`n${digits.replaceAll(/\d/g, (digit) => 'abcde'.charAt(Number(digit)))}`);
  };

  private constructor(options: Options) {
    this.#options = options;
  }

  static async open(options: Options = {}): Promise<Several> {
    const several = new Several(options);
    await several.restart();
    return several;
  }

  /** Another process takes the log over. */
  async restart(): Promise<void> {
    const { prefer = {}, among = [ldap, windows, embeddedSource], brake = defaultBrakeLimits } = this.#options;
    for (const source of [ldap, windows])
      this.#stages.set(
        source,
        await createStage({
          atOnce: 500,
          source,
          changeLog: this.log,
          brake,
          newPersonId: this.newPersonId,
          newHoldId: () => holdId(`hold-${(this.#holds += 1)}`),
          wallClock: () => this.now,
          clock: () => instant(this.now),
          announce: this.announce,
          report: (fact) => this.facts.push(fact),
          turns: this.turns,
          priority: { order: [ldap, windows, embeddedSource], prefer },
          ...(among.includes(source) && { match: { by: 'employeeNumber', among: new Set(among) } }),
        }),
      );
  }

  stage(source: SourceName): Stage {
    const stage = this.#stages.get(source);
    if (stage === undefined) throw new Error(`no such source: ${source}`);
    return stage;
  }

  take(source: SourceName, ...events: readonly SourceEvent[]): Promise<void> {
    return this.stage(source).take(events);
  }

  /** Lets time go by, waking each stage whenever it asked. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.now + milliseconds;
    for (;;) {
      const due = [...this.#stages.values()].flatMap((stage) => stage.deadline() ?? []);
      const next = Math.min(...due);
      if (next > until) break;
      this.now = wallTime(Math.max(next, this.now));
      for (const stage of this.#stages.values()) await stage.wake();
    }
    this.now = wallTime(until);
  }

  async known(source: SourceName, name: string): Promise<Known | undefined> {
    return (await this.log.known(source, [key(name)])).get(key(name));
  }

  async fieldsOf(source: SourceName, name: string): Promise<Fields | undefined> {
    return (await this.known(source, name))?.fields;
  }

  async personsOf(source: SourceName, names: readonly string[]): Promise<readonly (PersonId | undefined)[]> {
    return Promise.all(names.map(async (name) => (await this.known(source, name))?.person));
  }

  async managerOf(name: string): Promise<PersonId | undefined> {
    const manager = (await this.fieldsOf(ldap, name))?.manager;
    return manager === undefined ? undefined : personId(manager);
  }

  async persons(): Promise<Map<PersonId, Fields>> {
    const persons = new Map<PersonId, Fields>();
    for await (const page of (await this.log.book()).pages) for (const each of page) persons.set(each.id, each.fields);
    return persons;
  }

  async ids(): Promise<readonly PersonId[]> {
    return [...(await this.persons()).keys()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.log[Symbol.asyncDispose]();
  }
}
