// What is only the employee's: nickname, note, private numbers, groups. No server hears of it.

import { Plus, Trash2, X } from 'lucide-react';
import { lazy, Suspense, useRef, useState, type ReactNode } from 'react';
import type { Own, PersonalEntry } from '../../../browser/browser.ts';
import { useActs } from '../engine/acts.ts';
import { IconButton } from '../kit/icon-button.tsx';
import { soon } from '../kit/soon.ts';
import { Link } from '../shell/link.tsx';
import { useTexts } from '../texts/texts.tsx';
import { CopiedValue } from './field-row.tsx';
import { OwnText } from './own-text.tsx';
import rows from './field-row.module.css';
import css from './person.module.css';

const GroupPicker = lazy(() => soon(() => import('./group-picker.tsx')));

export function OwnPart({ entry }: { readonly entry: PersonalEntry }): ReactNode {
  const { person: texts } = useTexts();
  const { write } = useActs();
  const { own } = entry;
  return (
    <section className={css.group} aria-labelledby="group-own">
      <h2 id="group-own" className={css.groupTitle}>
        {texts.own}
      </h2>
      <dl className={css.fields}>
        <OwnText
          id="nickname"
          label={texts.nickname}
          hint={texts.nicknameHint}
          value={own.nickname}
          write={(nickname) => write([entry], () => ({ nickname }))}
        />
        <Numbers entry={entry} />
        <Groups entry={entry} />
        <OwnText
          id="note"
          label={texts.note}
          hint={texts.noteHint}
          value={own.note}
          lines
          write={(note) => write([entry], () => ({ note }))}
        />
      </dl>
    </section>
  );
}

function Numbers({ entry }: { readonly entry: PersonalEntry }): ReactNode {
  const { person: texts } = useTexts();
  const { write } = useActs();
  const [adding, setAdding] = useState(false);
  const { numbers } = entry.own;
  const without =
    (at: number) =>
    (own: Own): Partial<Own> => ({ numbers: own.numbers.filter((_, each) => each !== at) });
  return (
    <>
      {numbers.map(({ label, number }, at) => (
        <div key={`${label} ${number}`} className={rows.field}>
          <dt className={rows.label}>{label === '' ? texts.ownNumber : label}</dt>
          <dd className={rows.line}>
            <div className={rows.grow}>
              <CopiedValue label={label === '' ? texts.ownNumber : label} value={number} />
            </div>
            <IconButton
              icon={Trash2}
              label={texts.removeNumber(label === '' ? number : label)}
              className={rows.pencil}
              onClick={() => void write([entry], without(at))}
            />
          </dd>
        </div>
      ))}
      <div className={rows.field}>
        <dt className={rows.label}>{numbers.length === 0 ? texts.ownNumber : ''}</dt>
        <dd className={rows.values}>
          {adding ? (
            <NewNumber
              write={(added) => write([entry], (own) => ({ numbers: [...own.numbers, added] }))}
              done={() => setAdding(false)}
            />
          ) : (
            <button type="button" className={css.addButton} onClick={() => setAdding(true)}>
              <Plus size={16} aria-hidden />
              {texts.addNumber}
            </button>
          )}
        </dd>
      </div>
    </>
  );
}

interface NewNumberProps {
  /** Gives whether it came about. */
  readonly write: (added: Own['numbers'][number]) => Promise<boolean>;
  readonly done: () => void;
}

function NewNumber({ write, done }: NewNumberProps): ReactNode {
  const { person: texts } = useTexts();
  const [label, setLabel] = useState('');
  const [number, setNumber] = useState('');
  const writing = useRef(false);
  async function end(): Promise<void> {
    // What is taken out of the page loses the focus, which would be heard as leaving it.
    if (writing.current) return;
    writing.current = true;
    // What could not be kept stays, to be tried again.
    if (number.trim() === '' || (await write({ label: label.trim(), number: number.trim() }))) done();
    else writing.current = false;
  }
  return (
    // What it hears comes from its fields.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      className={css.newNumber}
      onSubmit={(event) => {
        event.preventDefault();
        void end();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        writing.current = true;
        done();
      }}
      // Whoever goes elsewhere with a number written wants it kept.
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) void end();
      }}
    >
      <input
        className={rows.editor}
        aria-label={texts.numberLabel}
        placeholder={texts.numberLabel}
        value={label}
        maxLength={100}
        autoFocus
        onChange={({ target }) => setLabel(target.value)}
      />
      <input
        className={rows.editor}
        type="tel"
        aria-label={texts.number}
        placeholder={texts.number}
        value={number}
        maxLength={100}
        onChange={({ target }) => setNumber(target.value)}
      />
      <button type="submit" className="unseen-by-eye" tabIndex={-1}>
        {texts.addNumber}
      </button>
    </form>
  );
}

function Groups({ entry }: { readonly entry: PersonalEntry }): ReactNode {
  const texts = useTexts();
  const { write } = useActs();
  const { groups } = entry.own;
  return (
    <div className={rows.field}>
      <dt className={rows.label}>{texts.person.groups}</dt>
      <dd className={css.groups}>
        {groups.map((name) => (
          <span key={name} className={css.chip}>
            <Link to={{ kind: 'group', name }}>{name}</Link>
            <button
              type="button"
              className={css.chipEnd}
              aria-label={texts.person.leaveGroup(name)}
              onClick={() =>
                void write(
                  [entry],
                  (own) => ({ groups: own.groups.filter((each) => each !== name) }),
                  texts.did.ungrouped(name),
                )
              }
            >
              <X size={14} aria-hidden />
            </button>
          </span>
        ))}
        <Suspense>
          <GroupPicker entries={[entry]} />
        </Suspense>
      </dd>
    </div>
  );
}
