// A directory and a stage that follows it, for the tests of the stage: what the directory holds, what
// it says of it, and what the change log makes of that.

import { instant, wallTime, type WallTime } from '../../src/base/time.ts';
import { revision } from '../../src/book/change.ts';
import type { ChangeList } from '../../src/book/change-list.ts';
import type { Fields } from '../../src/book/person.ts';
import { altered } from '../../src/book/person.ts';
import { personId, type PersonId } from '../../src/book/person-id.ts';
import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';
import { defaultBrakeLimits } from '../../src/server/brake.ts';
import { holdId, sourceKey, sourceName, type ChangeLog, type SourceKey } from '../../src/server/change-log.ts';
import type { SourceEvent, SourcePerson } from '../../src/server/source.ts';
import { createStage } from '../../src/server/stage.ts';
import type { Stage } from '../../src/server/stage-options.ts';
import type { StageFact } from '../../src/server/stage-fact.ts';

export const source = sourceName('headquarters');
export const key = (name: string): SourceKey => sourceKey(name);

export const person = (name: string, fields: Fields = {}, more: Partial<SourcePerson> = {}): SourcePerson => ({
  kind: 'person',
  key: key(name),
  fields: { name, ...fields },
  place: `cn=${name}`,
  ...more,
});

export const many = (count: number, from = 0): readonly SourcePerson[] =>
  Array.from({ length: count }, (_, index) => person(`p${from + index}`));

export const refresh = (cookie: string | undefined, ...events: readonly SourceEvent[]): readonly SourceEvent[] => [
  { kind: 'began' },
  ...events,
  { kind: 'refreshed', sweep: true, cookie },
];

export const gone = (...names: readonly string[]): SourceEvent => ({ kind: 'gone', keys: names.map(key) });

/** A stage with its log, a clock that stands until it is moved, and what was announced and reported. */
export class Bench {
  readonly log: ChangeLog;
  stage: Stage;
  now: WallTime = wallTime(1_700_000_000_000);
  /** By how much the wall clock was set back. */
  setBack = 0;
  announced: ChangeList[] = [];
  facts: StageFact[] = [];
  #ids = 0;
  #holds = 0;

  private constructor(log: ChangeLog, stage: (bench: Bench) => Promise<Stage>) {
    this.log = log;
    this.stage = undefined as never;
    this.restart = async () => {
      this.stage = await stage(this);
    };
  }

  /** Another process takes the log over. */
  restart: () => Promise<void>;

  static async open({ path = ':memory:', brake = defaultBrakeLimits, byPlace = false } = {}): Promise<Bench> {
    const log = openSqliteChangeLog({ path });
    const bench = new Bench(log, (self) =>
      createStage({
        atOnce: 500,
        source,
        changeLog: log,
        brake,
        byPlace,
        newPersonId: () =>
          personId(
            `n${(self.#ids += 1)
              .toString(5)
              .replaceAll(/\d/g, (digit) => 'abcde'.charAt(Number(digit)))
              .padStart(9, 'a')}`,
          ),
        newHoldId: () => holdId(`hold-${(self.#holds += 1)}`),
        wallClock: () => wallTime(self.now - self.setBack),
        clock: () => instant(self.now),
        announce: (list) => self.announced.push(list),
        report: (fact) => self.facts.push(fact),
      }),
    );
    await bench.restart();
    return bench;
  }

  take(...events: readonly SourceEvent[]): Promise<void> {
    return this.stage.take(events);
  }

  /** Lets time go by, waking the stage whenever it asked. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.now + milliseconds;
    for (let due = this.stage.deadline(); due !== undefined && due <= until; due = this.stage.deadline()) {
      this.now = wallTime(Math.max(due, this.now));
      await this.stage.wake();
    }
    this.now = wallTime(until);
  }

  /** The living, by the source's key. */
  async living(): Promise<Map<SourceKey, Fields>> {
    const found = new Map<SourceKey, Fields>();
    for await (const page of this.log.living(source)) {
      const known = await this.log.known(
        source,
        page.map((each) => each.key),
      );
      for (const each of known.values()) found.set(each.key, each.fields);
    }
    return found;
  }

  /** The living who are not held, without the fields that are. */
  async settled(): Promise<Map<SourceKey, Fields>> {
    const living = await this.living();
    for (const { removals } of await this.log.holds()) for (const { key: held } of removals) living.delete(held);
    return this.withoutHeld(living);
  }

  async withoutHeld(persons: ReadonlyMap<SourceKey, Fields>): Promise<Map<SourceKey, Fields>> {
    const found = new Map(persons);
    for (const { field, persons: keeping } of await this.log.heldFields())
      for (const { key: held } of keeping) {
        const { [field]: _, ...others } = found.get(held) ?? {};
        if (found.has(held)) found.set(held, others);
      }
    return found;
  }

  async names(): Promise<readonly string[]> {
    return [...(await this.living()).keys()].sort();
  }

  async idOf(name: string): Promise<PersonId | undefined> {
    return (await this.log.known(source, [key(name)])).get(key(name))?.person;
  }

  async fieldsOf(name: string): Promise<Fields | undefined> {
    return (await this.living()).get(key(name));
  }

  async revision(): Promise<number> {
    return (await this.log.head()).revision;
  }

  /** Everyone, as one gets them by following the log from its begin. */
  async replayed(): Promise<Map<PersonId, Fields>> {
    const persons = new Map<PersonId, Fields>();
    const since = await this.log.since(revision(0), 1_000_000);
    if (since.kind === 'too-old') throw new Error('the log was purged');
    for (const change of since.list.changes)
      if (change.kind === 'added') persons.set(change.person, change.fields);
      else if (change.kind === 'removed') persons.delete(change.person);
      else persons.set(change.person, altered(persons.get(change.person) ?? {}, change));
    return persons;
  }
}
