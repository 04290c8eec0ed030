import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import css from './field-row.module.css';

interface ValueEditorProps {
  readonly label: string;
  readonly value: string;
  /** Several values, a line each. */
  readonly lines: boolean;
  /** With what was written, or with nothing where it stays as it was. */
  readonly end: (written?: string) => void;
}

/** A value while it is written: Enter, or leaving it, keeps what is written; Escape leaves it as it was. */
export function ValueEditor({ label, value, lines, end }: ValueEditorProps): ReactNode {
  const [draft, setDraft] = useState(value);
  const ended = useRef(false);
  function endOnce(written?: string): void {
    // What is taken out of the page loses the focus, which would be heard as leaving it.
    if (ended.current) return;
    ended.current = true;
    end(written);
  }
  const tidy = (): string =>
    draft
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join('\n');
  function hear(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      endOnce();
    }
    if (event.key === 'Enter' && (!lines || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      endOnce(tidy());
    }
  }
  const common = {
    'aria-label': label,
    className: css.editor,
    value: draft,
    autoFocus: true,
    onBlur: () => endOnce(tidy()),
    onKeyDown: hear,
  };
  return lines ? (
    <textarea
      {...common}
      rows={Math.min(6, draft.split('\n').length + 1)}
      maxLength={5000}
      onChange={({ target }) => setDraft(target.value)}
    />
  ) : (
    <input
      {...common}
      maxLength={1000}
      onFocus={({ target }) => target.select()}
      onChange={({ target }) => setDraft(target.value)}
    />
  );
}
