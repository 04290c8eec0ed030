// What a scenario of the method is played on: a server, its directory, and terminals. There are two: real
// sockets and a real directory (`real-stage`), and the simulated network (`simulation/method-stage`).

import type { PersonId } from '../../../src/book/person-id.ts';
import type { Own, PersonalEntry } from '../../../src/book/personal-entry.ts';
import type { Acquire } from '../../../src/terminal/acquisition.ts';
import type { LadderStep } from '../../../src/terminal/ladder.ts';
import type { StoredPrompt } from '../../../src/terminal/personal-address-book.ts';
import type { Delivery } from '../../../src/wire/interest.ts';
import type { Passing } from './passing.ts';

export interface Choice {
  readonly delivery: Delivery;
  readonly acquire: Acquire;
}

/** A terminal, logged in, and its employee. */
export interface Place {
  readonly passed: readonly Passing[];
  /** As the terminal itself saw them. */
  readonly steps: readonly LadderStep[];
  /** `offline`, `live`, ... */
  readonly state: string;
  /** Resolves when it is in step with them. */
  keep(...people: readonly PersonId[]): Promise<void>;
  remove(person: PersonId): Promise<void>;
  write(person: PersonId, own: Partial<Own>): Promise<void>;
  entries(): Promise<readonly PersonalEntry[]>;
  prompts(): Promise<readonly StoredPrompt[]>;
  /** The program ends, and starts over the same book. */
  restart(): Promise<void>;
  /** Something that its employee may ask over HTTP. */
  ask(path: string, body?: unknown): Promise<unknown>;
}

export interface Stage {
  readonly choice: Choice;
  /** The terminal `ben`, and another. */
  readonly places: readonly [Place, Place];
  /** Persons of the directory, from 0 to 5, as the enterprise address book knows them. */
  person(number: number): Promise<PersonId>;
  /** As the enterprise address book has it. */
  telephone(number: number): Promise<string | undefined>;
  /** S303: what the directory's administrator does, in one go. */
  alter(telephones: ReadonlyMap<number, string>): Promise<void>;
  /** Of the log. */
  revision(): Promise<number>;
  /** Does `work` while all goes wrong that goes wrong here; then all is well again, and everyone is in step. */
  storm(work: () => Promise<void>): Promise<void>;
  /** Resolves when every terminal that has an entry is in step with the log. */
  inStep(): Promise<void>;
}
