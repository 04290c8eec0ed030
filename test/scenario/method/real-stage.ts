// Real sockets and a real directory as a stage for the scenarios of the method. Here nothing goes wrong by itself:
// what may go wrong between two steps is in `restarts.test.ts`.

import { expect } from 'vitest';
import type { PersonId } from '../../../src/book/person-id.ts';
import type { Own, PersonalEntry } from '../../../src/book/personal-entry.ts';
import { openSqliteAddressBook } from '../../../src/node/sqlite-address-book.ts';
import type { LadderStep } from '../../../src/terminal/ladder.ts';
import type { StoredPrompt } from '../../../src/terminal/personal-address-book.ts';
import { personEntrySchema } from '../../../src/wire/http.ts';
import type { Slapd } from '../../peers/slapd.ts';
import { newTelephone } from '../directory.ts';
import { Tap } from '../tap.ts';
import { until } from '../waiting.ts';
import { enterThrough, newStore, type Watched } from '../watched.ts';
import type { World } from '../world.ts';
import { field, textsOf, type Passing } from './passing.ts';
import type { Choice, Place, Stage } from './stage.ts';

/** Six persons to be kept, and two employees, are each scenario's own. */
export const personsOfOne = 8;

export interface RealStageParts {
  readonly slapd: Slapd;
  readonly world: World;
  readonly choice: Choice;
  readonly transport: 'udp' | 'tcp';
  /** The number of the first of its persons. */
  readonly first: number;
}

export class RealStage implements Stage, AsyncDisposable {
  readonly choice: Choice;
  readonly places: readonly [RealPlace, RealPlace];
  readonly #parts: RealStageParts;
  /** What the log is to have. */
  readonly #altered = new Map<number, string>();

  private constructor(parts: RealStageParts, places: readonly [RealPlace, RealPlace]) {
    this.choice = parts.choice;
    this.places = places;
    this.#parts = parts;
  }

  static async open(parts: RealStageParts): Promise<RealStage> {
    const { first } = parts;
    const ben = await RealPlace.open(parts, first + personsOfOne - 2);
    try {
      return new RealStage(parts, [ben, await RealPlace.open(parts, first + personsOfOne - 1)]);
    } catch (fault) {
      await ben[Symbol.asyncDispose]();
      throw fault;
    }
  }

  person(number: number): Promise<PersonId> {
    return this.#parts.world.person(this.#parts.first + number);
  }

  async telephone(number: number): Promise<string | undefined> {
    return (await this.#parts.world.find(this.#parts.first + number))?.fields.officeTelephone;
  }

  async alter(telephones: ReadonlyMap<number, string>): Promise<void> {
    const { slapd, first } = this.#parts;
    const changes = [...telephones].map(([number, telephone]) => newTelephone(slapd, first + number, telephone));
    for (const [number, telephone] of telephones) this.#altered.set(number, telephone);
    await slapd.change(changes.join(''));
  }

  async revision(): Promise<number> {
    const answer = (await (await fetch(`${this.#parts.world.url}/health`)).json()) as { readonly revision: number };
    return answer.revision;
  }

  async storm(work: () => Promise<void>): Promise<void> {
    await work();
    await this.inStep();
  }

  async inStep(): Promise<void> {
    for (const [number, telephone] of this.#altered)
      await until(
        'the alteration in the log',
        () => this.telephone(number),
        (now) => now === telephone,
      );
    const head = await this.revision();
    for (const place of this.places)
      await until(
        `in step with ${head}`,
        () => place.lag(head, this.choice),
        (lag) => lag === undefined,
      );
    for (const place of this.places) await this.#expectTrue(place);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const place of this.places) await place[Symbol.asyncDispose]();
  }

  async #expectTrue(place: RealPlace): Promise<void> {
    for (const { person, base, state } of await place.entries()) {
      const path = `/v1/persons/${person}`;
      const { fields } = await this.#parts.world.admin.ask({ method: 'GET', path, answer: personEntrySchema });
      expect([state, base]).toEqual(['held', fields]);
    }
  }
}

class RealPlace implements Place, AsyncDisposable {
  readonly #tap: Tap;
  readonly #store: string;
  #watched: Watched;
  readonly #steps: LadderStep[] = [];

  private constructor(tap: Tap, store: string, watched: Watched) {
    this.#tap = tap;
    this.#store = store;
    this.#watched = watched;
  }

  static async open({ world, choice, transport }: RealStageParts, employee: number): Promise<RealPlace> {
    const tap = await Tap.open(world);
    const store = newStore(world);
    try {
      return new RealPlace(tap, store, await enterThrough(tap, world, { employee, store, transport, ...choice }));
    } catch (fault) {
      await tap[Symbol.asyncDispose]();
      throw fault;
    }
  }

  get passed(): readonly Passing[] {
    return this.#tap.passed.all;
  }

  get steps(): readonly LadderStep[] {
    return [...this.#steps, ...this.#watched.steps];
  }

  get state(): string {
    return this.#watched.terminal.state.kind;
  }

  keep(...people: readonly PersonId[]): Promise<void> {
    return this.#watched.hold(...people);
  }

  async remove(person: PersonId): Promise<void> {
    await this.#watched.terminal.remove(person);
  }

  async write(person: PersonId, own: Partial<Own>): Promise<void> {
    await this.#watched.terminal.writeOwn(person, own);
  }

  entries(): Promise<readonly PersonalEntry[]> {
    return this.#watched.terminal.entries();
  }

  prompts(): Promise<readonly StoredPrompt[]> {
    return this.#watched.terminal.prompts();
  }

  async restart(): Promise<void> {
    await this.#watched[Symbol.asyncDispose]();
    this.#steps.push(...this.#watched.steps);
    this.#watched = await this.#watched.again();
  }

  async ask(path: string, body?: unknown): Promise<unknown> {
    await using book = openSqliteAddressBook(this.#store);
    const token = (await book.session())?.session.token ?? '';
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const question = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
    return (await fetch(this.#tap.url + path, question)).json();
  }

  /** Why it is not yet in step with `head`; undefined where it is. */
  async lag(head: number, { delivery }: Choice): Promise<string | undefined> {
    const notified = textsOf(this.passed, 'S304').at(-1);
    const entries = await this.entries();
    if (notified !== undefined && !this.#hasAnswered(notified)) return 'the last NOTIFY is not answered';
    if (entries.length === 0) {
      const over = notified === undefined || field(notified, 'Subscription-State')?.startsWith('terminated') === true;
      return over && this.state === 'offline' ? undefined : 'it is still subscribed';
    }
    if (this.state !== 'live') return `it is ${this.state}`;
    if (delivery === 'held') return undefined;
    if (field(notified ?? '', 'SIP-ETag')?.endsWith(`.${head}`) !== true) return 'it was not told of the newest';
    await using book = openSqliteAddressBook(this.#store);
    const { mark } = await book.holdings();
    return mark?.revision === head ? undefined : `it is at ${mark?.revision}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watched[Symbol.asyncDispose]();
    await this.#tap[Symbol.asyncDispose]();
  }

  #hasAnswered(notify: string): boolean {
    const same = (text: string): boolean =>
      field(text, 'CSeq') === field(notify, 'CSeq') && field(text, 'Call-ID') === field(notify, 'Call-ID');
    return textsOf(this.passed, 'S305').some(same);
  }
}
