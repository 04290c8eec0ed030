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

export interface TestPage {
  readonly identityProvider: typeof identityProvider;
  readonly leaveToLogIn: typeof leaveToLogIn;
  readonly returnedLogIn: typeof returnedLogIn;
  readonly open: () => Promise<void>;
  /** As a page of `version` of the code; the server is named where nobody is logged in yet. */
  readonly share: (store: string, version: string) => Promise<void>;
  terminal: Terminal | undefined;
  readonly events: TerminalEvent[];
}

declare global {
  interface Window {
    book: TestPage;
  }
}

const events: TerminalEvent[] = [];

async function follow(terminal: Terminal): Promise<void> {
  window.book.terminal = terminal;
  for await (const event of terminal.events()) events.push(event);
}

window.book = {
  identityProvider,
  leaveToLogIn,
  returnedLogIn,
  terminal: undefined,
  events,
  open: async () => void follow(await connectTerminal({ store: 'people' })),
  share: async (store, version) => void follow(await shareTerminal({ store, version })),
};
