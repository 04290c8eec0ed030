// How what the administrator's own book says of persons becomes changes: as with any source, beside what directories say of
// the same persons.

import type { WallTime } from '../base/time.ts';
import type { Change } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Photo } from '../book/photo.ts';
import { sourceKey, type ChangeLog, type Link, type SourceKey } from './change-log.ts';
import { embeddedSource } from './embedded-source.ts';
import { matchesOf, type Match, type Matching, type MatchRule } from './match.ts';
import { changeBy, noPriority, shownAs, shownOf, type Priority, type Shown } from './merge.ts';
import { Turns } from './turns.ts';

export interface EmbeddedWritingOptions {
  readonly changeLog: ChangeLog;
  readonly wallClock: () => WallTime;
  /** Called for each commit that has changes, once it is durable. */
  readonly announce: (list: ChangeList) => void;
  /** Shared with the stages of directories whose persons may be in this book too; its own where absent. */
  readonly turns?: Pick<Turns, 'inTurn'>;
  /** Whose word counts of a person whom a directory knows too. */
  readonly priority?: Priority;
  /** By what a directory's person is known when one is added here. */
  readonly rules?: readonly MatchRule[];
}

/** What the book says of a person from now on; undefined where it does not have this person any longer. */
export interface Said {
  readonly person: PersonId;
  readonly fields: Fields | undefined;
}

export interface Written {
  readonly list: ChangeList;
  /** Who each of them is, where a directory knew this person already. */
  readonly persons: ReadonlyMap<PersonId, PersonId>;
}

interface Identified extends Said {
  readonly shown: Shown | undefined;
}

export class EmbeddedWriting {
  readonly #options: EmbeddedWritingOptions;
  readonly #turns: Pick<Turns, 'inTurn'>;

  constructor(options: EmbeddedWritingOptions) {
    this.#options = options;
    this.#turns = options.turns ?? new Turns();
  }

  /** Writes all of `said` as one commit. Whoever is new and has an ambiguous number is a person of their own. */
  write(said: readonly Said[], photos: readonly Photo[] = []): Promise<ChangeList> {
    return this.#turns.inTurn(async () => (await this.#write(said, await this.#matches(said), photos)).list);
  }

  /** Adds one person; undefined where it is ambiguous who that is, and nothing was written. */
  add(said: Said, photos: readonly Photo[]): Promise<PersonId | undefined> {
    return this.#turns.inTurn(async () => {
      const matches = await this.#matches([said]);
      if ([...matches.values()].some(({ kind }) => kind === 'ambiguous')) return undefined;
      const { persons } = await this.#write([said], matches, photos);
      return persons.get(said.person) ?? said.person;
    });
  }

  /** Somebody who left, or whom others know, is of this book from now on. */
  restore(said: Said): Promise<ChangeList> {
    return this.#turns.inTurn(async () => {
      const candidate = await this.#options.changeLog.candidate(said.person);
      const matches = candidate === undefined ? [] : [[keyOf(said.person), { kind: 'one', candidate }] as const];
      return (await this.#write([said], new Map(matches), [])).list;
    });
  }

  /** Of those who are new to this book, whom a directory may know. */
  async #matches(said: readonly Said[]): Promise<ReadonlyMap<SourceKey, Match>> {
    const { changeLog, rules = [] } = this.#options;
    if (rules.length === 0) return new Map();
    const known = await changeLog.known(
      embeddedSource,
      said.map(({ person }) => keyOf(person)),
    );
    const fresh = said.flatMap(({ person, fields }) => {
      const key = keyOf(person);
      return fields === undefined || known.has(key) ? [] : [{ kind: 'person', key, fields, place: '' } as const];
    });
    const matching: Omit<Matching, 'rule'> = { changeLog, source: embeddedSource, standing: () => 'here' };
    const all = await Promise.all(rules.map((rule) => matchesOf(fresh, { ...matching, rule })));
    return new Map(all.toReversed().flatMap((matches) => [...matches]));
  }

  async #write(
    said: readonly Said[],
    matches: ReadonlyMap<SourceKey, Match>,
    photos: readonly Photo[],
  ): Promise<Written> {
    const { priority = noPriority } = this.#options;
    const identified = await this.#identified(said, matches);
    const persons = new Map(said.map(({ person }, at) => [person, identified[at]?.person ?? person] as const));
    const changes: Change[] = [];
    const links: Link[] = [];
    for (const { person, shown, fields: given } of identified) {
      const manager = given?.manager as PersonId | undefined;
      const fields = manager === undefined ? given : { ...given, manager: persons.get(manager) ?? manager };
      const change: Change | undefined =
        shown === undefined
          ? fields && { kind: 'added', person, fields }
          : changeBy(shown, { source: embeddedSource, fields }, priority);
      if (change !== undefined) changes.push(change);
      const several = shown !== undefined && shown.others.length > 0;
      if (fields !== undefined) links.push({ ...linkOf(person), ...(several && { fields }) });
    }
    const left = said.filter(({ fields }) => fields === undefined).map(({ person }) => keyOf(person));
    const at = this.#options.wallClock();
    const commit = { source: embeddedSource, at, changes, links, left, photos, approved: true } as const;
    const list = await this.#options.changeLog.append(commit);
    if (list.changes.length > 0) this.#options.announce(list);
    return { list, persons };
  }

  async #identified(said: readonly Said[], matches: ReadonlyMap<SourceKey, Match>): Promise<readonly Identified[]> {
    const known = await this.#options.changeLog.known(
      embeddedSource,
      said.map(({ person }) => keyOf(person)),
    );
    return said.map((each): Identified => {
      const before = known.get(keyOf(each.person));
      if (before !== undefined) return { ...each, shown: shownOf(before) };
      const match = matches.get(keyOf(each.person));
      if (match?.kind === 'one') return { ...each, person: match.candidate.person, shown: shownAs(match.candidate) };
      if (match?.kind === 'anew') return { ...each, person: match.before.person, shown: shownOf(match.before) };
      return { ...each, shown: undefined };
    });
  }
}

/** The book's own key of a person is the person ID, which never changes. */
export const keyOf = (person: PersonId): SourceKey => sourceKey(person);

export const linkOf = (person: PersonId): Link => ({ key: keyOf(person), person, place: '' });
