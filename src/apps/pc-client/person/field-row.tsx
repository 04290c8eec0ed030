// One field: a label, and values that a click copies. Of somebody who is held each may be covered by a value of one's own,
// which bears a mark, with the company's value beside it; and what changed lately says what it was.

import { Copy, PenLine, Pencil } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { fields as table, nameOf, TerminalFault } from '../../../browser/browser.ts';
import type { FieldName, PersonalEntry, PersonId } from '../../../browser/browser.ts';
import { useActs } from '../engine/acts.ts';
import { useBook, useEntry, useFieldLabel, useTheBook } from '../engine/use-book.ts';
import { copied } from '../kit/copy.ts';
import { IconButton } from '../kit/icon-button.tsx';
import { say } from '../kit/say.ts';
import { Tip } from '../kit/tip.tsx';
import { Link } from '../shell/link.tsx';
import { everyone } from '../shell/place.ts';
import { useTexts } from '../texts/texts.tsx';
import type { FieldChange } from './changes.ts';
import { ValueEditor } from './value-editor.tsx';
import css from './field-row.module.css';

interface FieldRowProps {
  readonly field: FieldName;
  readonly value: string | undefined;
  /** Where it is held, and so may be written. */
  readonly entry?: PersonalEntry;
  readonly change?: FieldChange | undefined;
  /** Whether it is being written from the start: it was just added. */
  readonly begun?: boolean;
  /** Writing it has ended. */
  readonly done?: () => void;
}

export function FieldRow({ field, value, entry, change, begun = false, done }: FieldRowProps): ReactNode {
  const texts = useTexts();
  const label = useFieldLabel()(field);
  const { write } = useActs();
  const [writing, setWriting] = useState(begun);
  const editable = entry !== undefined && mayWrite(field);
  const writeOver = async (written: string): Promise<boolean> => {
    if (entry === undefined) return true;
    // What the company says already is nothing of one's own.
    const own = written === entry.base[field] ? '' : written;
    return write([entry], ({ values }) => ({ values: { ...values, [field]: own } }));
  };
  return (
    <div className={css.field}>
      <dt className={css.label}>{label}</dt>
      <dd className={css.values}>
        {writing ? (
          <ValueEditor
            label={texts.person.editing(label)}
            value={value ?? ''}
            lines={table[field].kind === 'list'}
            write={writeOver}
            done={() => {
              setWriting(false);
              done?.();
            }}
          />
        ) : (
          <div className={css.line}>
            <div className={css.grow}>
              <Values field={field} label={label} value={value} />
            </div>
            {editable && (
              <IconButton
                icon={Pencil}
                label={texts.person.edit(label)}
                className={css.pencil}
                onClick={() => setWriting(true)}
              />
            )}
          </div>
        )}
        {entry?.own.values[field] !== undefined && entry.state !== 'own' && <Covered entry={entry} field={field} />}
        {change !== undefined && (
          <Was change={change} field={field} label={label} covered={entry?.own.values[field] !== undefined} />
        )}
      </dd>
    </div>
  );
}

/** Not whom somebody reports to, nor a picture, which is a hash; nor what is made of another field. */
export const mayWrite = (field: FieldName): boolean => !['person', 'photo', 'uris'].includes(table[field].kind);

function Values({
  field,
  label,
  value,
}: {
  readonly field: FieldName;
  readonly label: string;
  readonly value: string | undefined;
}): ReactNode {
  if (value === undefined) return <span className={css.none}>–</span>;
  if (table[field].kind === 'person') return <OtherPerson person={value as PersonId} />;
  return value.split('\n').map((line) => <CopiedValue key={line} label={label} value={line.replace(/^sips?:/i, '')} />);
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

/** The mark of what is one's own, what the company says, and the way back to it. */
function Covered({ entry, field }: { readonly entry: PersonalEntry; readonly field: FieldName }): ReactNode {
  const texts = useTexts();
  const { write } = useActs();
  const companys = entry.base[field];
  const says =
    companys === undefined ? texts.person.companyNothing : texts.person.companySays(companys.replaceAll('\n', ', '));
  const take = (): void =>
    void write(
      [entry],
      ({ values }) => ({ values: { ...values, [field]: '' } }),
      companys === undefined ? undefined : texts.did.companyAgain,
    );
  return (
    <p className={css.under}>
      <Tip text={says}>
        <span className={css.yours}>
          <PenLine size={12} aria-hidden /> {texts.person.yours}
        </span>
      </Tip>
      <span>{says}</span>
      <button type="button" className={css.act} onClick={take}>
        {companys === undefined ? texts.person.takeAway : texts.person.takeCompanys}
      </button>
    </p>
  );
}

interface WasProps {
  readonly change: FieldChange;
  readonly field: FieldName;
  readonly label: string;
  readonly covered: boolean;
}

/** *was 8001 until today 14:02 · undo* */
function Was({ change, field, label, covered }: WasProps): ReactNode {
  const { person: texts } = useTexts();
  const { undoChange } = useActs();
  const { from, to, at, prompt } = change;
  const isText = mayWrite(field);
  const words =
    from === undefined
      ? texts.isNew(at)
      : !isText
        ? texts.isOther(at)
        : to === undefined
          ? `${texts.isGone(at)}: ${from}`
          : texts.was(from.replaceAll('\n', ', '), at);
  return (
    <p className={css.under}>
      <span>{words}</span>
      {isText && from !== undefined && !covered && (
        <button
          type="button"
          className={css.act}
          aria-label={`${texts.undo}: ${label}`}
          onClick={() => void undoChange(prompt)}
        >
          {texts.undo}
        </button>
      )}
    </p>
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
