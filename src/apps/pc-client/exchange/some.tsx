import { useState, type ReactNode } from 'react';
import { useTexts } from '../texts/texts.tsx';
import buttons from '../kit/button.module.css';

interface SomeProps<Item> {
  readonly of: readonly Item[];
  readonly className: string | undefined;
  readonly children: (item: Item, at: number) => ReactNode;
}

const page = 50;

/** A list of which thousands would be too many to draw: the first, and more of them by a button. */
export function Some<Item>({ of, className, children }: SomeProps<Item>): ReactNode {
  const { exchange } = useTexts();
  const [shown, setShown] = useState(page);
  return (
    <>
      <ul className={className}>{of.slice(0, shown).map(children)}</ul>
      {shown < of.length && (
        <button type="button" className={buttons.quiet} onClick={() => setShown(shown + page * 4)}>
          {exchange.more(of.length - shown)}
        </button>
      )}
    </>
  );
}
