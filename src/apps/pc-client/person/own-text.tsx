import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import rows from './field-row.module.css';
import css from './person.module.css';

interface OwnTextProps {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly lines?: boolean;
  /** Gives whether it came about. */
  readonly write: (value: string) => Promise<boolean>;
}

/** A text of the employee's own, written where it stands: kept when the field is left, or at Enter; Escape leaves it as it was. */
export function OwnText({ id, label, hint, value, lines = false, write }: OwnTextProps): ReactNode {
  const [draft, setDraft] = useState<string>();
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    // As high as what is in it.
    if (area.current === null) return;
    area.current.style.height = 'auto';
    area.current.style.height = `${area.current.scrollHeight}px`;
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [draft, value]);

  async function leave(): Promise<void> {
    const left = draft;
    // What could not be kept stays in the field, to be tried again when it is left the next time.
    if (left !== undefined && left.trim() !== value && !(await write(left.trim()))) return;
    setDraft((now) => (now === left ? undefined : now));
  }
  function hear(event: KeyboardEvent<HTMLElement>): void {
    // Enter that ends the choice of a character is the input method's.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') {
      setDraft(undefined);
      event.preventDefault();
      // The field has to know first that there is nothing to write.
      requestAnimationFrame(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
    }
    if (event.key === 'Enter' && (!lines || event.ctrlKey || event.metaKey)) event.currentTarget.blur();
  }
  const common = {
    id,
    className: css.ownField,
    placeholder: hint,
    value: draft ?? value,
    onBlur: () => void leave(),
    onKeyDown: hear,
  };
  return (
    <div className={rows.field}>
      <dt>
        <label className={rows.label} htmlFor={id}>
          {label}
        </label>
      </dt>
      <dd className={rows.values}>
        {lines ? (
          <textarea
            {...common}
            ref={area}
            rows={1}
            maxLength={10_000}
            onChange={({ target }) => setDraft(target.value)}
          />
        ) : (
          <input {...common} maxLength={200} onChange={({ target }) => setDraft(target.value)} />
        )}
      </dd>
    </div>
  );
}
