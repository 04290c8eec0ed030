// What the page of these tests runs: the door, and what it told.

import { connectTerminal, type Terminal, type TerminalEvent } from '../../src/browser/browser.ts';

export interface TestPage {
  readonly open: () => Promise<void>;
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
  for await (const event of terminal.events()) events.push(event);
}

window.book = {
  terminal: undefined,
  events,
  open: async () => {
    const terminal = await connectTerminal({ store: 'people' });
    window.book.terminal = terminal;
    void follow(terminal);
  },
};
