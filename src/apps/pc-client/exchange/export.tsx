// Entries into a file of vCards, what is one's own with them.

import { Download } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { printOwnCard, shown, type PersonId, type VCardVersion } from '../../../browser/browser.ts';
import type { Book } from '../engine/book.ts';
import { useTheBook } from '../engine/use-book.ts';
import { attempt, say } from '../kit/say.ts';
import { useTexts } from '../texts/texts.tsx';
import { fileName, save } from './file.ts';
import { close } from './opened.ts';
import { Over } from './over.tsx';
import { paced } from './pace.ts';
import buttons from '../kit/button.module.css';
import css from './exchange.module.css';

interface ExportProps {
  readonly people: readonly PersonId[];
  readonly name: string;
}

interface HowToPrint {
  readonly version: VCardVersion;
  readonly photos: boolean;
  readonly progress: (done: number) => void;
}

const versions: readonly VCardVersion[] = ['4.0', '3.0'];

export default function Export({ people, name }: ExportProps): ReactNode {
  const texts = useTexts();
  const { exchange } = texts;
  const book = useTheBook();
  const [version, setVersion] = useState<VCardVersion>('4.0');
  const [photos, setPhotos] = useState(true);
  const [done, setDone] = useState<number>();
  const act = async (): Promise<void> => {
    setDone(0);
    const file = fileName(name, 'vcf', new Date());
    const saved = await attempt(texts, async () =>
      save(await cardsOf(book, people, { version, photos, progress: setDone }), file),
    );
    close();
    if (saved) say(exchange.saved(file));
  };
  return (
    <Over title={exchange.exportTitle(people.length)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void act();
        }}
      >
        <fieldset className={css.choices}>
          <legend className={css.legend}>{exchange.version}</legend>
          {versions.map((one) => (
            <label key={one} className={css.choice}>
              <input type="radio" name="version" checked={version === one} onChange={() => setVersion(one)} />
              <span>
                vCard {one} <span className={css.quiet}>{exchange.versions[one]}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <label className={css.choice}>
          <input type="checkbox" checked={photos} onChange={() => setPhotos(!photos)} />
          {exchange.withPhotos}
        </label>
        <p className={css.hint}>{exchange.exportHint}</p>
        {done !== undefined && people.length > 100 && (
          <progress className={css.progress} max={people.length} value={done} aria-label={exchange.exporting} />
        )}
        <div className={css.acts}>
          <button type="submit" className={buttons.primary} disabled={done !== undefined}>
            <Download size={17} aria-hidden />
            {exchange.export}
          </button>
        </div>
      </form>
    </Over>
  );
}

/** Who is not in the book any more is left out. */
async function cardsOf(
  { terminal, snapshot }: Book,
  people: readonly PersonId[],
  { version, photos, progress }: HowToPrint,
): Promise<Blob> {
  const rest = paced();
  const cards: string[] = [];
  for (const [at, person] of people.entries()) {
    const entry = snapshot.entries.get(person);
    if (entry === undefined) continue;
    const withPhoto = photos && shown(entry).photo !== undefined;
    cards.push(printOwnCard(entry, version, withPhoto ? await terminal.photo(person) : undefined));
    if (at % 100 === 0) progress(at);
    await rest();
  }
  return new Blob(cards, { type: 'text/vcard;charset=utf-8' });
}
