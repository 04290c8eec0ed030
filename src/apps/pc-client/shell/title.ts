import { useEffect } from 'react';
import { useBook } from '../engine/use-book.ts';
import { unseenTellings } from '../notices/unseen.ts';
import { useTexts } from '../texts/texts.tsx';

/** What the tab, and a screen reader on arriving, says is open, after how much is not seen yet. */
export function useTitle(words: string): void {
  const { product } = useTexts();
  const unseen = useBook(({ prompts }) => unseenTellings(prompts).length);
  useEffect(() => {
    const title = words === '' ? product : `${words} · ${product}`;
    document.title = unseen > 0 ? `(${unseen}) ${title}` : title;
  }, [product, unseen, words]);
}
