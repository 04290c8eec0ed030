// Those whom a source names for the first time: who they are may be open until its refresh ends. A new entry may have the number of
// another one of which nothing was heard so far: then it is known at the end whether that one is gone, so that this is
// the same person made anew, or whether there are two.

import type { ChangeLog, SourceKey, SourceName } from './change-log.ts';
import { matchValue, type Matching, type MatchRule, type Standing } from './match.ts';
import type { Seen } from './seen.ts';
import type { SourcePerson } from './source.ts';

// A directory that was loaded anew, with other keys for all, is such a case. Of some 1.5 kB each, beside photos.
const most = 100_000;
const mostPhotoBytes = 64 * 1024 * 1024;

export interface NewcomersPorts {
  readonly source: SourceName;
  readonly changeLog: ChangeLog;
  /** Absent where the source's persons are nobody else's. */
  readonly match?: MatchRule;
  /** This removal waits, or is held. */
  readonly isGoing: (key: SourceKey) => boolean;
  /** Whom the refresh named that goes on. */
  readonly seen: () => Seen | undefined;
}

export class Newcomers {
  readonly #ports: NewcomersPorts;
  readonly #values = new Map<SourceKey, string>();
  readonly #byValue = new Map<string, Map<SourceKey, SourcePerson>>();
  #photoBytes = 0;

  constructor(ports: NewcomersPorts) {
    this.#ports = ports;
  }

  /** `unseen`: how entries stand of which the refresh has said nothing. */
  matching(unseen: Standing): { readonly matching?: Matching } {
    const { source, changeLog, match: rule, isGoing } = this.#ports;
    if (rule === undefined) return {};
    const seen = this.#ports.seen();
    const standing: Matching['standing'] = ({ key, number }) => {
      if (isGoing(key)) return 'going';
      if (seen === undefined) return 'here';
      if (seen.isFresh(number)) return 'fresh';
      return seen.has(number) || (unseen === 'unseen' && this.#isFull) ? 'here' : unseen;
    };
    return { matching: { changeLog, source, rule, standing } };
  }

  /** Who these are is open until the refresh ends. */
  wait(persons: readonly SourcePerson[]): void {
    for (const person of persons) this.#add(person);
  }

  /** The refresh is none any more: all is said anew. */
  drop(): void {
    this.#values.clear();
    this.#byValue.clear();
    this.#photoBytes = 0;
  }

  get #isFull(): boolean {
    return this.#values.size >= most || this.#photoBytes >= mostPhotoBytes;
  }

  #add(person: SourcePerson): void {
    const { match } = this.#ports;
    const value = (match && matchValue(person.fields, match.by)) ?? '';
    const same = this.#byValue.get(value) ?? new Map<SourceKey, SourcePerson>();
    this.#byValue.set(value, same.set(person.key, person));
    this.#values.set(person.key, value);
    this.#photoBytes += person.photo?.bytes.length ?? 0;
  }

  /** Something newer was said of this one. */
  forget(key: SourceKey): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    const same = this.#byValue.get(value);
    this.#photoBytes -= same?.get(key)?.photo?.bytes.length ?? 0;
    this.#values.delete(key);
    same?.delete(key);
    if (same?.size === 0) this.#byValue.delete(value);
  }

  /** Some `count`, who wait no longer: of each value all, since together they are ambiguous. */
  some(count: number): readonly SourcePerson[] {
    const persons: SourcePerson[] = [];
    for (const same of this.#byValue.values()) {
      if (persons.length >= count) break;
      persons.push(...same.values());
    }
    for (const { key } of persons) this.forget(key);
    return persons;
  }
}
