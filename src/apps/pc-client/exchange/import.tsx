// The page on which vCards come in: a file is chosen or dropped, who is in it is shown, and what becomes of those who may be
// in the book already is said by the employee, one by one or for all. Only then is anything written.

import { FileUp } from 'lucide-react';
import { useRef, type ReactNode } from 'react';
import { useTheBook } from '../engine/use-book.ts';
import { Page } from '../shell/page.tsx';
import { useTexts } from '../texts/texts.tsx';
import { Preview } from './preview.tsx';
import { mostCards, mostOctets, read, useReading, type Reading } from './reading.ts';
import buttons from '../kit/button.module.css';
import css from './import.module.css';

export default function ImportPage(): ReactNode {
  const { exchange } = useTexts();
  const reading = useReading();
  return (
    <Page title={exchange.importTitle} {...(reading.kind !== 'read' && { lead: exchange.importLead })}>
      {reading.kind === 'read' ? (
        <Preview cards={reading.cards} unread={reading.unread} />
      ) : (
        <Begin reading={reading} />
      )}
    </Page>
  );
}

function Begin({ reading }: { readonly reading: Exclude<Reading, { kind: 'read' }> }): ReactNode {
  const texts = useTexts();
  const { exchange } = texts;
  const book = useTheBook();
  const input = useRef<HTMLInputElement>(null);
  if (reading.kind === 'reading')
    return (
      <div role="status" className={css.box}>
        <p>{exchange.reading(reading.cards)}</p>
        <progress className={css.progress} aria-label={exchange.importTitle} />
      </div>
    );
  return (
    <>
      <div role="alert">
        {reading.kind === 'refused' && (
          <p className={css.refused}>
            <strong>{reading.file}</strong>{' '}
            {exchange.refused[reading.why](reading.why === 'too-large' ? mostOctets / 1024 / 1024 : mostCards)}
          </p>
        )}
      </div>
      <div className={css.box}>
        <FileUp size={30} strokeWidth={1.5} aria-hidden />
        <button type="button" className={buttons.primary} onClick={() => input.current?.click()}>
          {exchange.chooseFile}
        </button>
        <p className={css.quiet}>{exchange.orDrop}</p>
        <input
          ref={input}
          type="file"
          accept=".vcf,.vcard,text/vcard,text/x-vcard,text/directory"
          multiple
          hidden
          aria-label={exchange.chooseFile}
          onChange={({ target }) => void read([...(target.files ?? [])], { book, language: texts.label })}
        />
      </div>
    </>
  );
}
