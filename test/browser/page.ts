// What the page of these tests runs: the door, and what it told.

import {
  connectTerminal,
  identityProvider,
  leaveToLogIn,
  returnedLogIn,
  shareTerminal,
  type Terminal,
  type TerminalEvent,
} from '../../src/browser/browser.ts';
import { openIndexedDbAddressBook } from '../../src/browser/indexeddb-address-book.ts';
import type { PersonalAddressBookStore } from '../../src/terminal/personal-address-book.ts';
import { pack, unpack } from './packed.ts';

export interface TestPage {
  readonly identityProvider: typeof identityProvider;
  readonly leaveToLogIn: typeof leaveToLogIn;
  readonly returnedLogIn: typeof returnedLogIn;
  readonly open: () => Promise<void>;
  /** As a page of `version` of the code; the server is named where nobody is logged in yet. */
  readonly share: (store: string, version: string) => Promise<void>;
  /** Opens the store of that name; gives by what number `ask` knows it. */
  readonly openStore: (name: string) => Promise<number>;
  readonly ask: (store: number, verb: StoreVerb, given: unknown) => Promise<unknown>;
  terminal: Terminal | undefined;
  readonly events: TerminalEvent[];
}

export type StoreVerb = Exclude<keyof PersonalAddressBookStore, symbol>;

declare global {
  interface Window {
    book: TestPage;
  }
}

const events: TerminalEvent[] = [];
const stores: PersonalAddressBookStore[] = [];

async function follow(terminal: Terminal): Promise<void> {
  window.book.terminal = terminal;
  for await (const event of terminal.events()) events.push(event);
}

window.book = {
  identityProvider,
  leaveToLogIn,
  returnedLogIn,
  openStore: async (name) => stores.push(await openIndexedDbAddressBook(name)) - 1,
  ask: async (number, verb, given) => {
    const act = stores[number]?.[verb] as (...given: unknown[]) => Promise<unknown>;
    return pack(await act.apply(stores[number], unpack(given) as unknown[]));
  },
  terminal: undefined,
  events,
  open: async () => void follow(await connectTerminal({ store: 'people' })),
  share: async (store, version) => void follow(await shareTerminal({ store, version })),
};
