// Forgetting the book on this device: the one act that cannot be undone, so it is asked about, and a copy offered first.

import { Dialog } from '@base-ui/react/dialog';
import { useState, type ReactNode } from 'react';
import { forgetAddressBook, printOwnCard } from '../../../browser/browser.ts';
import type { Book } from '../engine/book.ts';
import { storeName } from '../engine/store-name.ts';
import { useBook, useTheBook } from '../engine/use-book.ts';
import { save } from '../exchange/file.ts';
import { attempt } from '../kit/say.ts';
import { useSeldomTexts, useTexts } from '../texts/texts.tsx';
import buttons from '../kit/button.module.css';
import floating from '../kit/floating.module.css';
import css from './settings.module.css';

export function Forget(): ReactNode {
  const texts = useTexts();
  const { settings } = useSeldomTexts();
  const book = useTheBook();
  const count = useBook(({ entries }) => entries.size);
  const [asked, ask] = useState(false);
  return (
    <div className={css.act}>
      <button type="button" className={buttons.plain} aria-describedby="forget-long" onClick={() => ask(true)}>
        {settings.forget}
      </button>
      <p id="forget-long" className={css.long}>
        {settings.forgetLong}
      </p>
      <Dialog.Root open={asked} onOpenChange={ask}>
        <Dialog.Portal>
          <Dialog.Backdrop className={floating.backdrop} />
          <Dialog.Popup className={floating.dialog}>
            <Dialog.Title className={floating.dialogTitle}>{settings.forgetTitle}</Dialog.Title>
            <Dialog.Description className={css.ask}>{settings.forgetAsk(count)}</Dialog.Description>
            <div className={css.answers}>
              <button
                type="button"
                className={buttons.plain}
                onClick={() => void attempt(texts, () => saveCopy(book, settings.copyName))}
              >
                {settings.saveCopy}
              </button>
              <Dialog.Close className={buttons.plain}>{settings.cancel}</Dialog.Close>
              <button type="button" className={css.wrong} onClick={() => void attempt(texts, () => forget(book))}>
                {settings.forgetAct}
              </button>
            </div>
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
    </div>
  );
}

async function saveCopy({ terminal }: Book, name: string): Promise<void> {
  const entries = await terminal.entries();
  const cards = await Promise.all(
    entries.map(async (entry) => printOwnCard(entry, '4.0', await terminal.photo(entry.person))),
  );
  save(new Blob(cards, { type: 'text/vcard' }), name);
}

async function forget(book: Book): Promise<void> {
  await book.logOut();
  await forgetAddressBook(storeName);
  location.assign('/');
}
