// Follows who is new in the employee's department: gives `hourly` a clock, and looks. What is asked for is what changed of anybody,
// or of the employee; so the server learns nothing of who is held, whatever the delivery. With `broadcast` the notifications have
// it all, and nothing is asked for while none is missed.

import { runBy, type Clock, type Running } from '../base/machine.ts';
import { seconds, type WallTime } from '../base/time.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { Fields, Person } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import { httpQuestion, readAnswer, type Question, type Reading, type Trouble } from './acquisition.ts';
import type { EnterpriseQuestions } from './enterprise-questions.ts';
import { Hourly, type HourlyHeard } from './hourly.ts';
import type { HttpMessage, HttpOutcome } from './http-exchange.ts';
import { arrivedBy, departmentOf, type Newcomer, type OwnDepartment } from './newcomers.ts';
import type { PersonalAddressBookStore, StoredPrompt } from './personal-address-book.ts';
import { isOfHost, TerminalFault } from './terminal-fault.ts';

export interface NewcomersOptions {
  readonly store: Pick<PersonalAddressBookStore, 'ownDepartment' | 'welcome'>;
  readonly clock: Clock;
  readonly wallTime: () => WallTime;
  readonly seed: number;
  /** The employee; undefined where that is nobody of the book, or nobody is logged in. */
  readonly me: () => PersonId | undefined;
  readonly ask: (message: HttpMessage) => Promise<HttpOutcome>;
  readonly enterprise: Pick<EnterpriseQuestions, 'person' | 'personAt' | 'organisation'>;
  readonly tell: (prompts: readonly StoredPrompt[]) => void;
}

/** Of 10,000 changes each. Who was away for longer is not told of newcomers who are none any more. */
const mostAnswers = 4;
/** So many who moved are asked about one by one; of more the department is read, as far as that many pages. */
const fewPersons = 10;
const mostPages = 25;

export class NewcomersFollowing implements Disposable {
  readonly #options: NewcomersOptions;
  readonly #running: Running<HourlyHeard>;
  /** One look after another. */
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: NewcomersOptions) {
    this.#options = options;
    this.#running = runBy(options.clock, new Hourly(options.seed), () => this.#inTurn(() => this.#look()));
  }

  follow(online: boolean): void {
    this.#running.tell({ kind: online ? 'online' : 'offline' });
  }

  /** A list of all that changed, which came with a notification. */
  overhear(list: ChangeList): void {
    this.#inTurn(() => this.#hear(list));
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#running.stop();
  }

  #inTurn(act: () => Promise<HourlyHeard | undefined>): void {
    this.#last = this.#last.then(async () => {
      if (this.#closed) return;
      const heard = await act().catch(heardOfFault);
      if (heard !== undefined) this.#running.tell(heard);
    });
  }

  async #hear(list: ChangeList): Promise<HourlyHeard | undefined> {
    const own = await this.#options.store.ownDepartment();
    // The first look is still to come.
    if (own === undefined || own.person !== this.#options.me()) return undefined;
    if (list.book === own.at.book && list.upTo <= own.at.revision) return undefined;
    if (list.book !== own.at.book || list.after !== own.at.revision) return { kind: 'missed' };
    await this.#take(list, own);
    return undefined;
  }

  async #look(): Promise<HourlyHeard> {
    const me = this.#options.me();
    if (me === undefined) return { kind: 'not-let-in' };
    const known = await this.#options.store.ownDepartment();
    let own = known?.person === me ? known : undefined;
    for (let answers = 0; own !== undefined && answers < mostAnswers; answers += 1) {
      const reading = await this.#changesSince(own);
      if (reading.kind === 'nothing-new') return { kind: 'looked' };
      if (reading.kind === 'refused') return { kind: 'not-let-in' };
      if (reading.kind === 'trouble') return { kind: 'not-now', retryAfter: reading.retryAfter };
      if (reading.kind !== 'entries' || reading.list.book !== own.at.book) break;
      if (reading.list.upTo === reading.list.after) return { kind: 'looked' };
      own = await this.#take(reading.list, own);
    }
    await this.#begin(me, own ?? known);
    return { kind: 'looked' };
  }

  async #changesSince({ at }: OwnDepartment): Promise<Reading> {
    const question: Question = { kind: 'entries', after: at.revision };
    const outcome = await this.#options.ask(httpQuestion(question, { unless: at, head: undefined }));
    if (outcome.kind === 'answered') return readAnswer(question, outcome.answer);
    throw new TerminalFault(outcome.trouble);
  }

  /** Nothing is known, or nothing that the book can go on from: who is there now is no newcomer. */
  async #begin(me: PersonId, from: OwnDepartment | undefined): Promise<void> {
    const to = departmentOf(me, await this.#options.enterprise.personAt(me));
    await this.#options.store.welcome({ from, to, newcomers: [] }, this.#options.wallTime());
  }

  async #take(list: ChangeList, from: OwnDepartment): Promise<OwnDepartment> {
    const { to, arrived } = arrivedBy(list, from);
    const newcomers = await this.#named(arrived, to);
    const prompts = await this.#options.store.welcome({ from, to, newcomers }, this.#options.wallTime());
    if (prompts.length > 0) this.#options.tell(prompts);
    return to;
  }

  /** Of whom only the department was altered, the list says no name. */
  async #named(
    arrived: ReadonlyMap<PersonId, Fields | undefined>,
    { name: department }: OwnDepartment,
  ): Promise<readonly Newcomer[]> {
    const nameless = [...arrived].filter(([, fields]) => fields === undefined).map(([person]) => person);
    const few = nameless.length <= fewPersons;
    const asked = await (few ? this.#personsOf(nameless) : this.#membersOf(department ?? ''));
    const fieldsOf = new Map(asked.map(({ id, fields }) => [id, fields]));
    return [...arrived].flatMap(([person, known]) => {
      const fields = known ?? fieldsOf.get(person);
      // Gone on meanwhile.
      if (fields === undefined || fields.department !== department) return [];
      return [{ person, name: fields.name ?? fields.chineseName ?? person }];
    });
  }

  async #personsOf(people: readonly PersonId[]): Promise<readonly Person[]> {
    const found: Person[] = [];
    for (const id of people)
      try {
        found.push(await this.#options.enterprise.person(id));
      } catch (fault) {
        if (!isNotThere(fault)) throw fault;
      }
    return found;
  }

  async #membersOf(department: string): Promise<readonly Person[]> {
    const found: Person[] = [];
    for (let after: string | undefined = '', pages = 0; after !== undefined && pages < mostPages; pages += 1) {
      const { persons, next } = await this.#options.enterprise.organisation({ department }, { limit: 200, after });
      found.push(...persons);
      after = next;
    }
    return found;
  }
}

const isNotThere = (fault: unknown): boolean => fault instanceof TerminalFault && fault.trouble.kind === 'not-allowed';

function heardOfFault(fault: unknown): HourlyHeard {
  if (fault instanceof TerminalFault) return refusals.has(fault.trouble.kind) ? { kind: 'not-let-in' } : notNow;
  if (!isOfHost(fault)) throw fault;
  // The store has no room, or is another's: at the next look.
  return { kind: 'not-now', retryAfter: seconds(60) };
}

const refusals: ReadonlySet<Trouble['kind']> = new Set(['log-in-again', 'not-allowed']);
const notNow: HourlyHeard = { kind: 'not-now', retryAfter: undefined };
