// Runs in the browser, at an address of the server's that is not the page's: fills the personal address book by the page's
// own terminal, as one act. To keep 10,000 one by one is nobody's wont.

import { connectTerminal, type Removed } from '../src/browser/browser.ts';

declare global {
  interface Window {
    fill: (people: Removed) => Promise<number>;
  }
}

/** Gives how many are held then. */
window.fill = async (people) => {
  await using terminal = await connectTerminal({ store: 'rollcall', online: false });
  await terminal.putBack(people);
  return (await terminal.entries()).length;
};
