// Audiences: who sees whom, and what of them.
//
//   change log of the book --> Roster: whom does it concern? --> AudienceLog (one each) --> its tail --> its readers
//
// Each audience that does not see all, or each circle of its readers (see `circles`), has a log of its own, made of the
// book's by its rule (see `audience-log`). A reader is given the view of one and nothing else, so that who is outside is
// not there: not hidden by a condition somewhere, but absent from the file that is read. The look-up, the photos, the counts
// and the errors follow from that.
//
// These logs are derived. One that does not fit any more (another rule, another book, too far behind) is made anew, with
// a new book ID; its terminals then compare what they hold, as with any new book, and so learn of additions and removals. The
// same happens to a reader who comes to belong to another audience.

import { Fault } from '../base/fault.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import type { AudienceRule } from './audience.ts';
import { takeSome, type At } from './audience-log.ts';
import type { News } from './change-log.ts';
import { Circles, type CirclesOptions, type CirclesSurroundings } from './circles.ts';
import { Memberships, type UnclearGroup } from './memberships.ts';
import { Roster } from './roster.ts';
import type { Tail } from './tail.ts';
import type { View } from './view.ts';

export interface AudiencesOptions extends CirclesOptions {
  /** In this order the first one is a reader's whose conditions hold; the last has none. */
  readonly rules: readonly AudienceRule[];
  /** Lets the host do other things in between: SIP's answers must not wait for a first load in many logs. */
  readonly turn: () => Promise<void>;
}

interface Surroundings extends CirclesSurroundings {
  /** An audience's log was appended to. */
  readonly tell: (list: ChangeList, tail: Tail) => void;
  /** These readers belong to another audience from now on. */
  readonly moved: (readers: readonly PersonId[]) => void;
}

export class Audiences {
  readonly #surroundings: Surroundings;
  readonly #turn: () => Promise<void>;
  readonly #memberships: Memberships;
  readonly #roster: Roster;
  readonly #circles: Circles;
  /** Who changed, and was not looked at yet. */
  readonly #heard = new Set<PersonId>();
  #head: At;
  #working: Promise<void> | undefined;

  private constructor(
    parts: {
      readonly memberships: Memberships;
      readonly roster: Roster;
      readonly circles: Circles;
      readonly head: At;
      readonly turn: () => Promise<void>;
    },
    surroundings: Surroundings,
  ) {
    this.#memberships = parts.memberships;
    this.#roster = parts.roster;
    this.#circles = parts.circles;
    this.#head = parts.head;
    this.#turn = parts.turn;
    this.#surroundings = surroundings;
  }

  /**
   * Brings each audience's log to where the book is. What is appended to the book meanwhile is to be taken afterwards.
   * @throws HostFault when a store cannot be read or written
   */
  static async open(options: AudiencesOptions, surroundings: Surroundings): Promise<Audiences> {
    const { rules, turn } = options;
    const memberships = new Memberships(surroundings.changeLog, rules);
    for (const group of (await memberships.refresh()).turned) surroundings.report({ kind: 'group-turned', ...group });
    const roster = new Roster(rules, memberships);
    const { head, pages } = await surroundings.changeLog.book();
    for await (const page of pages) for (const { id, fields } of page) roster.put(id, fields);
    const circles = new Circles(roster, options, surroundings);
    await circles.open(head);
    return new Audiences({ memberships, roster, circles, head, turn }, surroundings);
  }

  /** What this person may see; undefined: somebody who is nobody of the book. */
  viewOf(reader: PersonId | undefined): View {
    return this.#circles.viewOf(this.#roster.circleOf(reader));
  }

  /** The book was appended to. */
  take({ book, upTo, changes, added = [] }: News): void {
    for (const { person } of changes) this.#heard.add(person);
    for (const person of added) this.#heard.add(person);
    if (upTo > this.#head.revision) this.#head = { book, revision: upTo };
    this.#go();
  }

  /** To be called when somebody may be in other groups than before. @throws HostFault when the log cannot be read */
  async regroup(): Promise<void> {
    if (await this.#memberships.moved()) this.#go();
  }

  /** When all that was heard has reached every audience, or cannot for now; where they stand is written down for the next start. */
  async settled(): Promise<void> {
    await this.#working;
    await this.#attempt(async () => {
      for (const log of this.#circles.logs) await log.writeMark();
    });
  }

  /** The logs have forgotten their oldest changes. What failed is tried again. */
  async tidy(): Promise<void> {
    this.#go();
    await this.#working;
    for (const log of this.#circles.logs) await log.tidy();
  }

  /** Some see less than all. */
  get apart(): boolean {
    return this.#circles.logs.length > 0;
  }

  /** Groups that rules name and nobody is in, since there is none of the name or more than one. */
  get unclear(): readonly UnclearGroup[] {
    return this.#memberships.unclear;
  }

  /** See `Circles`. */
  get full(): readonly string[] {
    return this.#circles.full;
  }

  #go(): void {
    this.#working ??= this.#work().finally(() => (this.#working = undefined));
  }

  async #work(): Promise<void> {
    let done = true;
    do
      done = await this.#attempt(async () => {
        const head = this.#head;
        await this.#hearGroups();
        while (this.#heard.size > 0) {
          await this.#look(takeSome(this.#heard));
          await this.#turn();
        }
        for (const log of this.#circles.logs) await log.bring(head, this.#surroundings.tell);
      });
    while (done && this.#heard.size > 0);
  }

  async #hearGroups(): Promise<void> {
    const { moved, turned } = await this.#memberships.refresh();
    for (const person of moved) this.#heard.add(person);
    for (const group of turned) this.#surroundings.report({ kind: 'group-turned', ...group });
  }

  /** False where a store fails: what was not done is still owed, and is tried again with the next change, or within the hour. */
  async #attempt(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      this.#surroundings.report({ kind: 'unavailable', path: 'the audiences', fault: thrown });
      return false;
    }
  }

  /** Puts these persons as they are now into the roster, and finds out whom else, and which audiences, that concerns. */
  async #look(people: readonly PersonId[]): Promise<void> {
    const now = await this.#read(people);
    const moved: PersonId[] = [];
    const { logs } = this.#circles;
    for (const person of people) {
      const reads = this.#roster.circleOf(person);
      const before = logs.map(({ circle }) => this.#roster.shows(circle, person));
      this.#roster.put(person, now.get(person));
      if (this.#roster.circleOf(person) !== reads) moved.push(person);
      for (const [at, log] of logs.entries()) {
        const [did, does] = [before[at] === true, this.#roster.shows(log.circle, person)];
        if (did || does) log.owe([person]);
        if (did !== does) log.owe(this.#roster.naming(person));
      }
    }
    if (moved.length > 0) this.#surroundings.moved(moved);
  }

  /** As they are now; what those of them read by is there. */
  async #read(people: readonly PersonId[]): Promise<ReadonlyMap<PersonId, Fields>> {
    try {
      const { persons } = await this.#surroundings.changeLog.persons(people);
      for (const { id, fields } of persons) await this.#circles.admit(this.#roster.circleFor(id, fields), this.#head);
      return new Map(persons.map(({ id, fields }) => [id, fields]));
    } catch (thrown) {
      for (const person of people) this.#heard.add(person);
      throw thrown;
    }
  }
}
