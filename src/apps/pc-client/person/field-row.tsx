import { Copy } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { nameOf, TerminalFault, type FieldName, type PersonId } from '../../../browser/browser.ts';
import { useBook, useEntry, useFieldLabel, useTheBook } from '../engine/use-book.ts';
import { copied } from '../kit/copy.ts';
import { say } from '../kit/say.ts';
import { Link } from '../shell/link.tsx';
import { everyone } from '../shell/place.ts';
import { useTexts } from '../texts/texts.tsx';
import css from './person.module.css';

interface FieldRowProps {
  readonly field: FieldName;
  readonly value: string;
}

/** A label, and a value that a click copies; several values of one field stand below each other. */
export function FieldRow({ field, value }: FieldRowProps): ReactNode {
  const label = useFieldLabel()(field);
  return (
    <div className={css.field}>
      <dt className={css.label}>{label}</dt>
      <dd className={css.values}>
        {field === 'manager' ? (
          <OtherPerson person={value as PersonId} />
        ) : (
          value.split('\n').map((line) => <CopiedValue key={line} label={label} value={line.replace(/^sips?:/i, '')} />)
        )}
      </dd>
    </div>
  );
}

export function CopiedValue({ label, value }: { readonly label: string; readonly value: string }): ReactNode {
  const texts = useTexts();
  const copy = async (): Promise<void> =>
    say((await copied(value)) ? texts.person.copied(value) : texts.person.notCopied);
  return (
    <button type="button" className={css.value} onClick={() => void copy()} title={texts.person.copy(label)}>
      <span className={css.valueText}>{value}</span>
      <Copy size={14} className={css.copy} aria-hidden />
    </button>
  );
}

/** Told by name, held or not, and a click away. */
function OtherPerson({ person }: { readonly person: PersonId }): ReactNode {
  const book = useTheBook();
  const entry = useEntry(person);
  const found = useBook((snapshot) => snapshot.found.get(person));
  const known = entry !== undefined || found !== undefined;
  useEffect(() => {
    // Without a server there is no name; the link still says where it leads.
    if (!known) book.look(person).catch((fault: unknown) => ignoreTrouble(fault));
  }, [book, known, person]);
  return (
    <Link to={{ kind: 'person', person, list: everyone }} className={css.personLink}>
      {entry === undefined ? (found?.fields.name ?? person) : nameOf(entry)}
    </Link>
  );
}

function ignoreTrouble(fault: unknown): void {
  if (!(fault instanceof TerminalFault)) throw fault;
}
