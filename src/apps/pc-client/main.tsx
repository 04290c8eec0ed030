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
import { createRoot, type Root } from 'react-dom/client';
import { HostFault, returnedLogIn, shareTerminal, TerminalFault } from '../../browser/browser.ts';
import { Book } from './engine/book.ts';
import { choices, deliveryChosen } from './engine/choices.ts';
import { storeName } from './engine/store-name.ts';
import { BookContext } from './engine/use-book.ts';
import { Guard } from './shell/broken.tsx';
import { hearOffer } from './shell/installing.ts';
import { arrive } from './shell/place.ts';
import { Shell } from './shell/shell.tsx';
import { themeChosen, wearTheme } from './shell/theme.ts';
import type { Texts } from './texts/en.ts';
import { languageToSpeak, loadTexts, SpeechContext, type LanguageChoice } from './texts/texts.tsx';
// oxlint-disable-next-line import/no-unassigned-import -- a style sheet
import './theme.css';

interface PageProps {
  readonly book: Book;
  readonly first: Texts;
  /** Why a log-in that began before the page was here did not come about. */
  readonly notLetIn: string | undefined;
}

function Page({ book, first, notLetIn }: PageProps): ReactNode {
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
        <Guard as="page">
          <Shell notLetIn={notLetIn} />
        </Guard>
      </BookContext>
    </SpeechContext>
  );
}

/** What tells the code of tabs apart is the address of this script, which has the hash of it. */
async function open(root: Root): Promise<void> {
  hearOffer();
  wearTheme(themeChosen());
  const language = languageToSpeak();
  document.documentElement.lang = language;
  const [texts, terminal] = await Promise.all([
    loadTexts(language),
    shareTerminal({ store: storeName, version: import.meta.url, delivery: deliveryChosen() }),
  ]);
  const book = await Book.over(terminal);
  const notLetIn = (await logInReturned(book)) ? undefined : texts.logIn.providerNo;
  root.render(
    <StrictMode>
      <Page book={book} first={texts} notLetIn={notLetIn} />
    </StrictMode>,
  );
}

/** Where the identity provider has just sent the browser back here. Gives false where that let nobody in. */
async function logInReturned(book: Book): Promise<boolean> {
  const returned = returnedLogIn();
  if (returned === undefined) return true;
  // The address is again the one that the employee left.
  arrive();
  try {
    await book.logIn(returned);
    return true;
  } catch (fault) {
    if (!(fault instanceof TerminalFault)) throw fault;
    return false;
  }
}

const place = document.getElementById('page');
if (place === null) throw new Error('the page has no place for itself');
const root = createRoot(place);
// Not awaited here: whatever is fetched later has parts of this very file, and would wait for its end.
open(root).catch(async (fault: unknown) => {
  if (!(fault instanceof HostFault)) throw fault;
  const { sayWhyNot } = await import('./shell/cannot-start.tsx');
  await sayWhyNot(root, fault, languageToSpeak());
});
