// The employee before one terminal: keeps, removes, writes, answers what is asked, logs in when sent away.

import { HostFault } from '../../../src/node/host-fault.ts';
import type { PersonId } from '../../../src/book/person-id.ts';
import type { Own } from '../../../src/book/personal-entry.ts';
import { readAnswer } from '../../../src/terminal/acquisition.ts';
import type { PersonalAddressBookStore } from '../../../src/terminal/personal-address-book.ts';
import type { TerminalTold } from '../../../src/terminal/terminal.ts';
import { sessionSchema } from '../../../src/wire/http.ts';
import { parseJson } from '../../../src/wire/problem.ts';
import type { Chance } from './chance.ts';
import type { History } from './history.ts';
import type { TerminalHost } from './terminal-host.ts';
import type { Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';

export interface EmployeeParts {
  readonly name: string;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly trace: Trace;
  readonly history: History;
  readonly terminal: TerminalHost;
}

const keepTries = 4;

export class Employee {
  readonly #parts: EmployeeParts;
  #busy = false;

  constructor(parts: EmployeeParts) {
    this.#parts = parts;
  }

  /** What the terminal shows. */
  see(told: TerminalTold): void {
    if (told.kind !== 'state') return;
    const { timeline, chance } = this.#parts;
    if (told.state.kind === 'asks') timeline.after(chance.between(1000, 60_000), () => this.#answerBrake());
    if (told.state.kind === 'refused') timeline.after(chance.between(1000, 10_000), () => this.logIn());
  }

  act(): void {
    const act = this.#parts.chance.oneOf([
      'keep',
      'keep',
      'keep',
      'remove',
      'remove',
      'write',
      'write',
      'undo',
      'own',
      'sync',
      'offline',
      'log-out',
    ] as const);
    switch (act) {
      case 'keep':
        return this.keep();
      case 'remove':
        return this.#withEntry((store, person) => this.#remove(store, person));
      case 'write':
        return this.#withEntry(async (store, person) => void (await store.writeOwn(person, this.#something())));
      case 'undo':
        return this.#atStore((store) => this.#undo(store));
      case 'own':
        return this.#withEntry(async (store, person) => void (await store.keepAsOwn(person)));
      case 'sync':
        return this.#tell({ kind: 'sync' });
      case 'log-out':
        return this.#logOut();
      case 'offline':
        this.#tell({ kind: 'go-offline' });
        return this.#parts.timeline.after(this.#parts.chance.between(1000, 200_000), () => this.goOnline());
    }
  }

  goOnline(): void {
    this.#tell({ kind: 'go-online' });
  }

  /** Until it succeeds. */
  logIn(): void {
    const { terminal, timeline, trace, name } = this.#parts;
    if (this.#busy) return;
    if (terminal.running === undefined) return timeline.after(2000, () => this.logIn());
    if (terminal.loggedIn && terminal.state.kind !== 'refused') return;
    this.#busy = true;
    const body = JSON.stringify({ user: name, password: `${name}'s password` });
    const again = timeline.elapsed;
    // The process may be killed while it asks; then nobody answers.
    timeline.after(70_000, () => {
      if (this.#busy && timeline.elapsed - again >= 70_000) this.#tryAgain();
    });
    terminal.ask({ method: 'POST', path: '/v1/session', body }, (answer) => {
      this.#busy = false;
      if (answer?.status !== 200) return timeline.after(5000, () => this.logIn());
      const session = parseJson(sessionSchema, answer.text, 'session');
      trace.note(name, 'is logged in');
      this.#atStore(async (store) => {
        const holdings = await store.keepSession({ server: 'https://book.example.com/', user: name, session });
        this.#tell({ kind: 'holdings', holdings });
        terminal.enter(session);
      });
    });
  }

  /** Somebody who is in the enterprise address book; often one of those few who change often. */
  keep(): void {
    const { chance, history } = this.#parts;
    const living = history.living();
    const person = chance.oneOf(chance.is(0.6) ? living.slice(0, 3) : living);
    if (person !== undefined) this.keepPerson(person);
  }

  keepPerson(person: PersonId): void {
    this.#keep(person, keepTries);
  }

  remove(person: PersonId): void {
    this.#atStore((store) => this.#remove(store, person));
  }

  write(person: PersonId, own: Partial<Own>): void {
    this.#atStore(async (store) => void (await store.writeOwn(person, own)));
  }

  /** Everybody, one by one: the last one ends the subscription. */
  removeAll(): void {
    this.#atStore(async (store) => {
      for (const { person } of await store.entries()) await this.#remove(store, person);
    });
  }

  /** And in again, after a while. */
  #logOut(): void {
    const { terminal, timeline, chance, trace, name } = this.#parts;
    if (terminal.running === undefined || !terminal.loggedIn) return;
    trace.note(name, 'logs out');
    this.#tell({ kind: 'logged-out' });
    this.#atStore(async (store) => void (await store.keepSession(undefined)));
    terminal.leave();
    timeline.after(chance.between(1000, 100_000), () => this.logIn());
  }

  #tryAgain(): void {
    this.#busy = false;
    this.logIn();
  }

  #keep(person: PersonId, tries: number): void {
    const { terminal, trace, name } = this.#parts;
    const question = { kind: 'persons', question: { ids: [person] }, expected: new Set([person]) } as const;
    terminal.ask({ method: 'POST', path: '/v1/persons', body: JSON.stringify(question.question) }, (answer) => {
      const reading = answer && readAnswer(question, answer);
      const found = reading?.kind === 'persons' ? reading.answer.persons[0] : undefined;
      if (reading?.kind !== 'persons' || found === undefined) return;
      const { book, revision } = reading.answer;
      this.#atStore(async (store) => {
        const kept = await store.keep({ person, fields: found.fields, at: { book, revision } });
        trace.note(name, `keeps ${person} as of ${revision}: ${kept.kind}`);
        if (kept.kind === 'kept') return this.#tell({ kind: 'holdings', holdings: kept.holdings });
        if (kept.kind === 'another-book') this.#tell({ kind: 'sync' });
        if (tries > 1) this.#keep(person, tries - 1);
      });
    });
  }

  async #remove(store: PersonalAddressBookStore, person: PersonId): Promise<void> {
    const { holdings } = await store.remove([person]);
    this.#parts.trace.note(this.#parts.name, `removes ${person}`);
    this.#tell({ kind: 'holdings', holdings });
  }

  async #undo(store: PersonalAddressBookStore): Promise<void> {
    const prompt = this.#parts.chance.oneOf(await store.prompts({ unseenOnly: true }));
    if (prompt !== undefined) await store.undoAll([prompt.id]);
  }

  #answerBrake(): void {
    this.#atStore(async (store) => {
      const proceed = this.#parts.chance.is(0.5);
      this.#parts.trace.note(this.#parts.name, `answers the brake: ${proceed ? 'remove them' : 'keep them'}`);
      const revised = await store.decideWithheld(proceed, this.#parts.timeline.wall);
      this.#tell({ kind: 'decided', revised });
    });
  }

  #something(): Partial<Own> {
    const { chance, timeline } = this.#parts;
    const word = `word ${timeline.elapsed}`;
    return chance.oneOf<Partial<Own>>([
      { note: word },
      { nickname: word },
      { groups: [word] },
      { favourite: true },
      { numbers: [{ label: 'private', number: '555' }] },
      { values: { officeTelephone: '555' } },
      { values: { mobileTelephone: '777', title: word } },
    ]);
  }

  #tell(input: Parameters<NonNullable<TerminalHost['running']>['driven']['tell']>[0]): void {
    this.#parts.terminal.running?.driven.tell(input);
  }

  #withEntry(act: (store: PersonalAddressBookStore, person: PersonId) => Promise<void>): void {
    this.#atStore(async (store) => {
      const entry = this.#parts.chance.oneOf(await store.entries());
      if (entry !== undefined) await act(store, entry.person);
    });
  }

  #atStore(act: (store: PersonalAddressBookStore) => Promise<void>): void {
    const { terminal, trace, name, timeline } = this.#parts;
    const running = terminal.running;
    if (running === undefined) return;
    running.life.begin(async () => {
      try {
        await act(running.store);
      } catch (fault) {
        if (!(fault instanceof HostFault)) throw fault;
        trace.note(name, 'cannot: the disk failed');
        if (terminal.state.kind === 'asks') timeline.after(5000, () => this.#answerBrake());
        if (!terminal.loggedIn) timeline.after(5000, () => this.logIn());
      }
    });
  }
}
