// The logs by which readers read, one for each circle of them (see `roster`). Those of audiences by what is the same of reader and
// person are as many as there are values of it among the readers: each is made when the first comes who has it, and there is
// room for so many. Who finds none sees nobody, and that is said.

import type { WallTime } from '../base/time.ts';
import { revision, type Revision } from '../book/change.ts';
import type { FieldName } from '../book/field.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Hash } from '../sip/digest.ts';
import { groupsOf, seesAll, type AudienceRule } from './audience.ts';
import { AudienceLog, type At } from './audience-log.ts';
import type { ChangeLog } from './change-log.ts';
import type { ServerFact } from './fact.ts';
import type { Circle, Roster } from './roster.ts';
import { loadedTail, type View } from './view.ts';

/** Where the audiences' logs are kept. */
export interface AudienceLogs {
  /** As it was left; an empty one where there is none. It is closed with the host. `name`: of an audience, or that and, behind a dot, of a circle of it. */
  open(name: string): Promise<ChangeLog>;
  /** An empty one in place of `old`, with another book ID. */
  anew(name: string, old: ChangeLog): Promise<ChangeLog>;
  /** Others than these are not wanted any more. */
  only(names: readonly string[]): Promise<void>;
}

export interface CirclesOptions {
  readonly rules: readonly AudienceRule[];
  readonly logs: AudienceLogs;
  readonly turn: () => Promise<void>;
  readonly wallClock: () => WallTime;
  /** For how many circles there may be logs, beside one for each audience. */
  readonly mostCircles?: number;
}

export interface CirclesSurroundings {
  readonly changeLog: ChangeLog;
  /** The view of who sees all. */
  readonly whole: View;
  readonly mostTailChanges: number;
  /** What is not seen without audiences. */
  readonly hidden: readonly FieldName[];
  readonly hash: Hash;
  readonly report: (fact: ServerFact) => void;
}

/** A megabyte of memory each. */
const defaultMostCircles = 250;

/** Changes that are read at once, at the start. */
const readAtOnce = 1000;

/** What a log comes of, beside the book; not who its readers are. The number is of the way in which it is made. */
const digested = ({ persons, same, fields }: AudienceRule, { values }: Circle): string =>
  JSON.stringify([1, persons, fields.toSorted(), ...(same.length === 0 ? [] : [same, values])]);

type Missed = ReadonlySet<PersonId> | undefined;

export class Circles {
  readonly #options: CirclesOptions;
  readonly #surroundings: CirclesSurroundings;
  readonly #roster: Roster;
  readonly #views = new Map<Circle, View>();
  readonly #logs: AudienceLog[] = [];
  /** How many of them are beside one for each audience. */
  #beside = 0;
  /** Audiences for whose circles there was no room once. */
  readonly #full = new Set<string>();

  constructor(roster: Roster, options: CirclesOptions, surroundings: CirclesSurroundings) {
    this.#roster = roster;
    this.#options = options;
    this.#surroundings = surroundings;
  }

  get logs(): readonly AudienceLog[] {
    return this.#logs;
  }

  /** Audiences for some of whose readers there is no room: they see nobody. */
  get full(): readonly string[] {
    return [...this.#full];
  }

  viewOf(circle: Circle): View {
    const view = this.#views.get(circle) ?? this.#views.get(this.#roster.nobodysCircle(circle.rule));
    if (view === undefined) throw new Error(`rule ${circle.rule} has no log`);
    return view;
  }

  /** Of all who are in the book by now, which is at `head`. */
  async open(head: At): Promise<void> {
    const missed = new Map<Revision, Promise<Missed>>();
    const names: string[] = [];
    for (const [number, rule] of this.#options.rules.entries()) {
      const circles = rule.same.length === 0 ? [] : this.#roster.circlesOf(number);
      let made: number | undefined;
      for (const circle of new Set([this.#roster.nobodysCircle(number), ...circles])) {
        const more = await this.admit(circle, head, missed);
        if (more !== undefined) made = (made ?? 0) + more;
        if (this.#views.has(circle)) names.push(this.#nameOf(circle));
      }
      if (made !== undefined) this.#surroundings.report({ kind: 'audience-made', audience: rule.name, persons: made });
    }
    await this.#options.logs.only(names);
  }

  /** Makes sure that it can be read, where there is room; gives how many persons are in it, where it was made anew. */
  async admit(
    circle: Circle,
    head: At,
    missed: Map<Revision, Promise<Missed>> = new Map(),
  ): Promise<number | undefined> {
    const rule = this.#options.rules[circle.rule];
    if (rule === undefined || this.#views.has(circle)) return undefined;
    if (seesAll(rule, this.#surroundings.hidden)) return void this.#views.set(circle, this.#surroundings.whole);
    const { mostCircles = defaultMostCircles } = this.#options;
    const beside = circle !== this.#roster.nobodysCircle(circle.rule);
    if (beside && this.#beside >= mostCircles) return this.#tellFull(rule, mostCircles);
    const { log, made } = await this.#open(circle, rule, { head, missed });
    if (beside) this.#beside += 1;
    this.#logs.push(log);
    this.#views.set(circle, log.view);
    return made;
  }

  #tellFull({ name }: AudienceRule, most: number): undefined {
    if (!this.#full.has(name)) this.#surroundings.report({ kind: 'audience-full', audience: name, most });
    this.#full.add(name);
  }

  async #open(
    circle: Circle,
    rule: AudienceRule,
    { head, missed }: { readonly head: At; readonly missed: Map<Revision, Promise<Missed>> },
  ): Promise<{ readonly log: AudienceLog; readonly made: number | undefined }> {
    const { logs, wallClock, turn } = this.#options;
    const { changeLog: book, mostTailChanges, hash } = this.#surroundings;
    const digest = hash('SHA-256', digested(rule, circle));
    const over = async (own: ChangeLog): Promise<AudienceLog> => {
      const tail = await loadedTail(own, mostTailChanges, (change) => change);
      return new AudienceLog({ rule, circle, digest, roster: this.#roster, book, own, tail, wallClock, turn });
    };
    const name = this.#nameOf(circle);
    const own = await logs.open(name);
    const log = await over(own);
    const changed = await this.#changedAfter(await log.reached(head), head, missed);
    if (changed === undefined) {
      const anew = await over(await logs.anew(name, own));
      return { log: anew, made: rule.same.length === 0 ? await anew.fill(head) : await anew.fillShown(head) };
    }
    // Who came into a group meanwhile, or went out of it, is in no change; and of most changes a circle sees nothing.
    const comparing = rule.same.length > 0 || groupsOf(rule.persons).length > 0;
    log.owe(comparing ? await log.astray(changed) : changed);
    await log.bring(head, (list, tail) => tail.take(list));
    return { log, made: undefined };
  }

  #nameOf({ rule, values }: Circle): string {
    const { name = '' } = this.#options.rules[rule] ?? {};
    const digest = this.#surroundings.hash('SHA-256', JSON.stringify(values));
    return values.length === 0 ? name : `${name}.${digest.slice(0, 24)}`;
  }

  /** Who changed in the book since; undefined where that cannot be told. Logs that stand at the same mark ask once. */
  async #changedAfter(mark: Revision | undefined, head: At, known: Map<Revision, Promise<Missed>>): Promise<Missed> {
    if (mark === undefined) return undefined;
    const asked = known.get(mark) ?? this.#changesAfter(mark, head);
    known.set(mark, asked);
    return asked;
  }

  async #changesAfter(mark: Revision, head: At): Promise<Missed> {
    const people = new Set<PersonId>();
    for (let at = mark; at < head.revision;) {
      const found = await this.#surroundings.changeLog.since(at, readAtOnce);
      if (found.kind === 'too-old') return undefined;
      for (const { person } of found.list.changes) {
        people.add(person);
        // A manager who is seen from now on, or no more, changes what is seen of who names this one.
        for (const each of this.#roster.naming(person)) people.add(each);
      }
      at = revision(found.list.upTo);
    }
    return mark > head.revision ? undefined : people;
  }
}
