import { UsersRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTheBook } from '../engine/use-book.ts';
import { useSeldomTexts } from '../texts/texts.tsx';
import { peopleIn, useKeeping } from './keeping.ts';
import buttons from '../kit/button.module.css';

/** Keeps everybody of a department; says how far it is meanwhile. */
export function KeepAll({ department }: { readonly department: string }): ReactNode {
  const { organisation } = useSeldomTexts();
  const { terminal } = useTheBook();
  const { keepAll, under } = useKeeping();
  return (
    <button
      type="button"
      className={buttons.plain}
      disabled={under !== undefined}
      onClick={() => void keepAll(() => peopleIn(terminal, department))}
    >
      <UsersRound size={17} aria-hidden />
      {under === undefined ? organisation.keepAll(department) : organisation.keeping(under.done, under.of)}
    </button>
  );
}
