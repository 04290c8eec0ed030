import { useEffect, type ReactNode } from 'react';
import { fields as table, TerminalFault, type FieldName, type PersonId } from '../../../browser/browser.ts';
import { useBook, useTheBook } from '../engine/use-book.ts';
import { useSeldomTexts } from '../texts/texts.tsx';
import { writtenOf } from './sentence.ts';
import css from './notice.module.css';

interface DifferenceProps {
  readonly field: FieldName;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** The old value struck, the new one plain; of several values only those that came or went. */
export function Difference({ field, from, to }: DifferenceProps): ReactNode {
  const { notices } = useSeldomTexts();
  const [old, now] = [from, to].map((value) => value?.split('\n') ?? []) as [string[], string[]];
  const gone = old.filter((value) => !now.includes(value));
  const come = now.filter((value) => !old.includes(value));
  if (gone.length + come.length === 0 && to !== undefined)
    return <span className={css.values}>{notices.asBefore}</span>;
  return (
    <span className={css.values}>
      {gone.map((value) => (
        <del key={value}>
          <span className="unseen-by-eye">{notices.was} </span>
          <Written field={field} value={value} />
        </del>
      ))}
      {come.map((value) => (
        <ins key={value}>
          <span className="unseen-by-eye">{notices.is} </span>
          <Written field={field} value={value} />
        </ins>
      ))}
      {to === undefined && <span className={css.none}>{notices.none}</span>}
    </span>
  );
}

function Written({ field, value }: { readonly field: FieldName; readonly value: string }): ReactNode {
  const book = useTheBook();
  const text = useBook((snapshot) => writtenOf(field, value, snapshot));
  const isUnknown = table[field].kind === 'person' && text === value;
  useEffect(() => {
    if (isUnknown) book.look(value as PersonId).catch(ignoreTrouble);
  }, [book, isUnknown, value]);
  return text;
}

/** Without a server there is no name of who is not held. */
function ignoreTrouble(fault: unknown): void {
  if (!(fault instanceof TerminalFault)) throw fault;
}
