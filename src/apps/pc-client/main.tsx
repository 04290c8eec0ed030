// The PC client: a page that draws a terminal.
//
//   rollcall/browser (terminal, one for all tabs: SIP over WebSocket, IndexedDB) -- events --> engine/book -- snapshot --> components
//
// One folder a concept:
//   engine/   the one store: what the terminal holds, as it is drawn, and how components read it (`useBook`)
//   shell/    panes, addresses (`place`), keys (`keys`), the live dot, a new version of the page
//   log-in/ list/ person/ look-up/   what one sees, each on its own
//   kit/      buttons, and the parts of Base UI in this page's clothes; those come after the first picture (`soon`)
//   texts/    one object a language; the compiler holds them equal
//   theme.css tokens: colours of both themes, type, radii
//   service-worker/  keeps the page's files, so that it opens without a network
//
// The terminal is the truth: nothing here remembers an entry beside it, and what the employee does goes to it first and is
// drawn when it says so. Nothing is asked of any other site; what may run is what the server's Content-Security-Policy lists.

import { StrictMode, useState, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { HostFault, shareTerminal } from '../../browser/browser.ts';
import { Book } from './engine/book.ts';
import { choices, deliveryChosen } from './engine/choices.ts';
import { storeName } from './engine/store-name.ts';
import { BookContext } from './engine/use-book.ts';
import { Guard } from './shell/broken.tsx';
import { Shell } from './shell/shell.tsx';
import { themeChosen, wearTheme } from './shell/theme.ts';
import type { Texts } from './texts/en.ts';
import { languageToSpeak, loadTexts, SpeechContext, type LanguageChoice } from './texts/texts.tsx';
// oxlint-disable-next-line import/no-unassigned-import -- a style sheet
import './theme.css';

interface PageProps {
  readonly book: Book;
  readonly first: Texts;
}

function Page({ book, first }: PageProps): ReactNode {
  const [texts, setTexts] = useState(first);
  const speak = (language: LanguageChoice): void => {
    choices.write('language', language);
    void loadTexts(languageToSpeak()).then((loaded) => {
      document.documentElement.lang = loaded.language;
      setTexts(loaded);
    });
  };
  return (
    <SpeechContext value={{ texts, speak }}>
      <BookContext value={book}>
        <Guard>
          <Shell />
        </Guard>
      </BookContext>
    </SpeechContext>
  );
}

/** What tells the code of tabs apart is the address of this script, which has the hash of it. */
async function open(): Promise<void> {
  const place = document.getElementById('page');
  if (place === null) throw new Error('the page has no place for itself');
  wearTheme(themeChosen());
  const language = languageToSpeak();
  document.documentElement.lang = language;
  const [texts, terminal] = await Promise.all([
    loadTexts(language),
    shareTerminal({ store: storeName, version: import.meta.url, delivery: deliveryChosen() }),
  ]);
  const book = await Book.over(terminal);
  createRoot(place).render(
    <StrictMode>
      <Page book={book} first={texts} />
    </StrictMode>,
  );
}

try {
  await open();
} catch (fault) {
  if (!(fault instanceof HostFault)) throw fault;
  // Without a store there is nothing to draw; the fault says in words what to do.
  document.body.textContent = fault.message;
}
