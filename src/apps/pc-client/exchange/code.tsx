// A person as a code that a telephone scans: large, and dark on light in the dark too, since many scanners read nothing else.

import { Download } from 'lucide-react';
import { useMemo, type ReactNode } from 'react';
import { nameOf, type PersonalEntry, type PersonId } from '../../../browser/browser.ts';
import { useEntry } from '../engine/use-book.ts';
import { say } from '../kit/say.ts';
import { useTexts } from '../texts/texts.tsx';
import { codeOf, pathOf, pngOf } from './card-code.ts';
import { fileName, save } from './file.ts';
import { Over } from './over.tsx';
import buttons from '../kit/button.module.css';
import css from './exchange.module.css';

export default function Code({ person }: { readonly person: PersonId }): ReactNode {
  const entry = useEntry(person);
  return entry === undefined ? null : <Shown entry={entry} />;
}

function Shown({ entry }: { readonly entry: PersonalEntry }): ReactNode {
  const { exchange } = useTexts();
  const { squares, said } = useMemo(() => codeOf(entry), [entry]);
  const name = nameOf(entry);
  const picture = async (): Promise<void> => {
    const file = fileName(name, 'png', new Date());
    save(await pngOf(squares), file);
    say(exchange.saved(file));
  };
  return (
    <Over title={exchange.code}>
      <div className={css.code}>
        <svg
          viewBox={`0 0 ${squares.length} ${squares.length}`}
          className={css.squares}
          role="img"
          aria-label={exchange.codeOf(name)}
          shapeRendering="crispEdges"
        >
          <path fill="#fff" d={`M0 0h${squares.length}v${squares.length}H0z`} />
          <path fill="#000" d={pathOf(squares)} />
        </svg>
        <div className={css.said}>
          <p className={css.hint}>{exchange.codeHint}</p>
          <ul>
            {said.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <button type="button" className={buttons.plain} onClick={() => void picture()}>
            <Download size={17} aria-hidden />
            {exchange.savePicture}
          </button>
        </div>
      </div>
    </Over>
  );
}
