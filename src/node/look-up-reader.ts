// Answers look-ups, and who is where in the organisation, out of an index in memory, which follows the log of one SQLite file: it is made of all persons, page by
// page, and brought up by the log's changes before each answer, so that what another process writes is found as well. It
// never waits; whoever owns it calls `work` between the questions.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { departmentSortKey, findableOf } from '../book/findable.ts';
import { folded } from '../book/folding.ts';
import { bookId, revision } from '../book/change.ts';
import { fieldNames, fields as table, type FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import { personId, type PersonId } from '../book/person-id.ts';
import type {
  DepartmentsAnswer,
  DepartmentsQuestion,
  Grouping,
  Head,
  LookUpAnswer,
  LookUpQuestion,
  OrganisationAnswer,
  OrganisationQuestion,
  PersonAt,
  PersonInOrganisation,
} from '../server/change-log.ts';
import type {
  GroupsAnswer,
  GroupsQuestion,
  MembersAnswer,
  MembershipsAnswer,
  MembershipsQuestion,
  MembersQuestion,
} from '../server/group.ts';
import { departmentsBelow } from '../server/department-tree.ts';
import { LookUpIndex, type Asked, type FoundPage } from '../server/look-up-index.ts';
import { OrganisationIndex } from '../server/organisation-index.ts';
import { GroupReader } from './group-reader.ts';
import { inTransaction } from './sqlite-file.ts';

const personsAtOnce = 500;
const changesAtOnce = 1000;
/** How long an answer waits for the index, which is longer than 10,000 persons take; then it says that it is not complete. */
const patienceMilliseconds = 1000;

/** Of a chain of managers: nobody has more above. */
const mostManagers = 64;

/** Fields by which nobody is looked up, unless told. */
const restricted: readonly FieldName[] = fieldNames.filter((name) => table[name].class === 'restricted');

/** What can be asked, and its answer. */
export interface Answering {
  readonly lookUp: (question: LookUpQuestion) => LookUpAnswer;
  readonly organisation: (question: OrganisationQuestion) => OrganisationAnswer;
  readonly departments: (question: DepartmentsQuestion) => DepartmentsAnswer;
  readonly groups: (question: GroupsQuestion) => GroupsAnswer;
  readonly members: (question: MembersQuestion) => MembersAnswer;
  readonly memberships: (question: MembershipsQuestion) => MembershipsAnswer;
}

/** An index and the revision that it has come to. */
interface Reading {
  readonly index: LookUpIndex;
  readonly organisation: OrganisationIndex;
  revision: number;
  /** The last person read, by number. */
  last: number;
}

const statements = {
  head: 'select book, revision, oldest from meta',
  page: 'select number, id, fields from person where left_at is null and number > ? order by number limit ?',
  changes: 'select revision, person from change where revision > ? order by revision limit ?',
  person: 'select number, id, left_at, fields from person where id = ?',
  shown: 'select id, revision, fields from person where number = ? and left_at is null',
} as const;

type Statements = Readonly<Record<keyof typeof statements, StatementSync>>;
type Row = Readonly<Record<string, unknown>>;

const fieldsOf = (row: Row): Fields => JSON.parse(String(row['fields'])) as Fields;

export class LookUpReader implements Answering {
  readonly #db: DatabaseSync;
  readonly #ask: Statements;
  readonly #groups: GroupReader;
  readonly #patience: number;
  readonly #hidden: readonly FieldName[];
  #made: Reading | undefined;
  /** The one that is being made: the first, or in place of one that is worn or too far behind. */
  #making: Reading | undefined;

  /** @param options `hidden`: fields by which nobody is to be found; those that are restricted unless told */
  constructor(
    db: DatabaseSync,
    {
      patience = patienceMilliseconds,
      hidden = restricted,
    }: { readonly patience?: number; readonly hidden?: readonly FieldName[] } = {},
  ) {
    this.#db = db;
    this.#groups = new GroupReader(db);
    this.#patience = patience;
    this.#hidden = hidden;
    const prepared = Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)] as const);
    this.#ask = Object.fromEntries(prepared) as Statements;
  }

  lookUp(question: LookUpQuestion): LookUpAnswer {
    return this.#answer((head, reading) => {
      const found = reading?.index.find(this.#asked(question)) ?? nobody;
      return {
        head,
        total: found.total,
        asTyped: found.asTyped,
        persons: found.numbers.flatMap((number) => this.#shown(number) ?? []),
        ...(found.next !== undefined && { next: found.next }),
        complete: this.#made?.revision === head.revision,
      };
    });
  }

  organisation({ list, limit, after }: OrganisationQuestion): OrganisationAnswer {
    return this.#answer((head, reading) => {
      const complete = this.#made?.revision === head.revision;
      if (reading === undefined) return { head, managers: [], total: 0, persons: [], complete };
      const managers = 'person' in list ? this.#managersOf(list.person) : [];
      const numbers = this.#listed(list, managers[0]?.id, reading.organisation);
      const { page, next } = pageOf(reading.index.inOrder(numbers, after), limit);
      const persons = page.flatMap(({ number }) => this.#shown(number) ?? []);
      const counts = reading.organisation.reportCounts([...managers, ...persons].map(({ id }) => id));
      const all = [...managers, ...persons].map((person, at): PersonInOrganisation => ({
        ...person,
        reports: counts[at] ?? 0,
      }));
      return {
        head,
        managers: all.slice(0, managers.length),
        total: numbers.length,
        persons: all.slice(managers.length),
        ...(next !== undefined && { next }),
        complete,
      };
    });
  }

  departments({ limit, after = '', below }: DepartmentsQuestion): DepartmentsAnswer {
    return this.#answer((head, reading) => {
      const flat = reading?.organisation.departments() ?? [];
      const all = (below === undefined ? flat : departmentsBelow(flat, below)).map((department) => ({
        department,
        key: `${departmentSortKey(department.name)}\u0000${department.name}`,
      }));
      const { page, next } = pageOf(all.filter(({ key }) => key > after).sort(byKey), limit);
      return {
        head,
        total: all.length,
        departments: page.map(({ department }) => department),
        ...(next !== undefined && { next }),
        complete: this.#made?.revision === head.revision,
      };
    });
  }

  /** As they are in the file: no index of them is kept. */
  groups({ limit, after = '', person }: GroupsQuestion): GroupsAnswer {
    return inTransaction(this.#db, 'deferred', () => {
      const all = this.#groups.named(person);
      const { page, next } = pageOf(all.filter(({ key }) => key > after).sort(byKey), limit);
      const groups = page.map((each) => this.#groups.counted(each));
      return { head: this.#head(), total: all.length, groups, ...(next !== undefined && { next }) };
    });
  }

  members({ group: id, limit, after }: MembersQuestion): MembersAnswer {
    return this.#answer((head, reading) => {
      const complete = this.#made?.revision === head.revision;
      const named = this.#groups.one(id);
      if (named === undefined) return { head, group: undefined, persons: [], complete };
      const numbers = this.#groups.members(named);
      const group = { id, name: named.name, persons: numbers.length };
      if (reading === undefined) return { head, group, persons: [], complete };
      const { page, next } = pageOf(reading.index.inOrder(numbers, after), limit);
      const persons = page.flatMap(({ number }) => this.#shown(number) ?? []);
      return { head, group, persons, ...(next !== undefined && { next }), complete };
    });
  }

  memberships({ groups }: MembershipsQuestion): MembershipsAnswer {
    return inTransaction(this.#db, 'deferred', () => ({
      at: this.#groups.at(),
      memberships: this.#groups.memberships(groups),
    }));
  }

  #answer<Answer>(make: (head: Head, reading: Reading | undefined) => Answer): Answer {
    const until = performance.now() + this.#patience;
    return inTransaction(this.#db, 'deferred', () => {
      const head = this.#head();
      while (this.#step(head, 'for an answer') && performance.now() < until);
      return make(head, this.#made ?? this.#making);
    });
  }

  #listed(list: Grouping, manager: PersonId | undefined, organisation: OrganisationIndex): readonly number[] {
    switch (list.kind) {
      case 'top':
        return organisation.top();
      case 'department':
        return organisation.members(list.name);
      case 'reports':
        return organisation.reports(list.person);
      case 'peers': {
        const own = this.#numberOf(list.person);
        return manager === undefined ? [] : organisation.reports(manager).filter((number) => number !== own);
      }
    }
  }

  /** From the nearest up; it ends before whoever was met already. */
  #managersOf(person: PersonId): readonly PersonAt[] {
    const met = new Set<string>([person]);
    const chain: PersonAt[] = [];
    for (let below = this.#living(person); below !== undefined && chain.length < mostManagers;) {
      const { manager } = this.#visible(below.fields);
      below = manager === undefined || met.has(manager) ? undefined : this.#living(manager as PersonId);
      if (below !== undefined) chain.push(below);
      met.add(manager ?? '');
    }
    return chain;
  }

  /** Brings the index on by one page; false where there is nothing to do. */
  work(): boolean {
    return inTransaction(this.#db, 'deferred', () => this.#step(this.#head(), 'at leisure'));
  }

  #step(head: Head, when: 'for an answer' | 'at leisure'): boolean {
    const made = this.#made;
    if (made !== undefined && reaches(made, head)) {
      if (made.revision < head.revision) return this.#bringUp(made);
      if (!made.index.worn || when === 'for an answer') return false;
    } else this.#made = undefined;
    if (this.#making !== undefined && !reaches(this.#making, head)) this.#making = undefined;
    this.#making ??= {
      index: new LookUpIndex(),
      organisation: new OrganisationIndex((person) => this.#numberOf(person)),
      revision: head.revision,
      last: -1,
    };
    return this.#make(this.#making);
  }

  /** As of its revision or later; the changes after it then come a second time, which does no harm. */
  #make(making: Reading): true {
    const rows = this.#ask.page.all(making.last, personsAtOnce);
    for (const row of rows) {
      making.last = Number(row['number']);
      this.#put(making, making.last, row);
    }
    if (rows.length < personsAtOnce) [this.#made, this.#making] = [making, undefined];
    return true;
  }

  #bringUp(made: Reading): true {
    const rows = this.#ask.changes.all(made.revision, changesAtOnce);
    for (const id of new Set(rows.map((row) => String(row['person'])))) {
      const person = this.#ask.person.get(id);
      if (person === undefined) continue;
      const number = Number(person['number']);
      if (person['left_at'] === null) this.#put(made, number, person);
      else {
        made.index.remove(number);
        made.organisation.remove(number, personId(id));
      }
    }
    made.revision = Number(rows.at(-1)?.['revision']);
    return true;
  }

  #put({ index, organisation }: Reading, number: number, row: Row): void {
    const fields = this.#visible(fieldsOf(row));
    index.put(number, findableOf(fields));
    organisation.put(number, personId(String(row['id'])), fields);
  }

  #visible(fields: Fields): Fields {
    if (this.#hidden.every((name) => fields[name] === undefined)) return fields;
    return Object.fromEntries(Object.entries(fields).filter(([name]) => !this.#hidden.includes(name as FieldName)));
  }

  #numberOf(person: PersonId): number | undefined {
    const row = this.#ask.person.get(person);
    return row === undefined || row['left_at'] !== null ? undefined : Number(row['number']);
  }

  #living(person: PersonId): PersonAt | undefined {
    const number = this.#numberOf(person);
    return number === undefined ? undefined : this.#shown(number);
  }

  #asked({ text, limit, after, reader }: LookUpQuestion): Asked {
    const fields = reader === undefined ? undefined : this.#ask.person.get(reader);
    const { department = '', manager = '' } = fields === undefined ? {} : fieldsOf(fields);
    const above = manager === '' ? undefined : this.#ask.person.get(manager);
    const near = { department: folded(department), manager: above === undefined ? undefined : Number(above['number']) };
    return { text, limit, after, near };
  }

  #shown(number: number): PersonAt | undefined {
    const row = this.#ask.shown.get(number);
    if (row === undefined) return undefined;
    return { id: personId(String(row['id'])), revision: revision(Number(row['revision'])), fields: fieldsOf(row) };
  }

  #head(): Head {
    const row = this.#ask.head.get() ?? {};
    return {
      book: bookId(String(row['book'])),
      revision: revision(Number(row['revision'])),
      oldest: revision(Number(row['oldest'])),
    };
  }
}

const byKey = (one: { readonly key: string }, other: { readonly key: string }): number =>
  one.key < other.key ? -1 : 1;

function pageOf<Item extends { readonly key: string }>(
  all: readonly Item[],
  limit: number,
): { readonly page: readonly Item[]; readonly next?: string } {
  const page = all.slice(0, limit);
  const last = page.at(-1);
  return all.length > limit && last !== undefined ? { page, next: last.key } : { page };
}

const nobody: FoundPage = { total: 0, asTyped: 0, numbers: [] };

const reaches = (reading: Reading, head: Head): boolean =>
  reading.revision >= head.oldest && reading.revision <= head.revision;
