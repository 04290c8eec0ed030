import { FileDown } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { useTheBook } from '../engine/use-book.ts';
import { go } from '../shell/place.ts';
import { useTexts } from '../texts/texts.tsx';
import { read } from './reading.ts';
import css from './exchange.module.css';

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;

/** A file that is dropped anywhere on the page is read; the browser would open it in place of the page. */
export function Drop(): ReactNode {
  const texts = useTexts();
  const book = useTheBook();
  const [over, setOver] = useState(false);
  useEffect(() => {
    const drag = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = ({ relatedTarget }: DragEvent): void => {
      if (relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      go({ kind: 'import' });
      void read([...(event.dataTransfer?.files ?? [])], { book, language: texts.label });
    };
    addEventListener('dragover', drag);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', drag);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, [book, texts]);
  if (!over) return null;
  return (
    <div className={css.drop}>
      <FileDown size={32} strokeWidth={1.5} aria-hidden />
      {texts.exchange.dropIt}
    </div>
  );
}
