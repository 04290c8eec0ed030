import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import css from './field-row.module.css';

interface ValueEditorProps {
  readonly label: string;
  readonly value: string;
  /** Several values, a line each. */
  readonly lines: boolean;
  /** Gives whether it came about. */
  readonly write: (written: string) => Promise<boolean>;
  readonly done: () => void;
}

/** A value while it is written: Enter, or leaving it, keeps what is written; Escape leaves it as it was. */
export function ValueEditor({ label, value, lines, write, done }: ValueEditorProps): ReactNode {
  const [draft, setDraft] = useState(value);
  const ended = useRef(false);
  async function endOnce(written = value): Promise<void> {
    // What is taken out of the page loses the focus, which would be heard as leaving it.
    if (ended.current) return;
    ended.current = true;
    // What could not be kept stays, to be tried again.
    if (written === value || (await write(written))) done();
    else ended.current = false;
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
      void endOnce();
    }
    if (event.key === 'Enter' && (!lines || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void endOnce(tidy());
    }
  }
  const common = {
    'aria-label': label,
    className: css.editor,
    value: draft,
    autoFocus: true,
    onBlur: () => void endOnce(tidy()),
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
