import { useEffect } from 'react';
import { useTexts } from '../texts/texts.tsx';

/** What the tab, and a screen reader on arriving, says is open. */
export function useTitle(words: string): void {
  const { product } = useTexts();
  useEffect(() => {
    document.title = words === '' ? product : `${words} · ${product}`;
  }, [product, words]);
}
