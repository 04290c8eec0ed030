import { Search } from 'lucide-react';
import type { ReactNode } from 'react';
import css from './search-field.module.css';

interface SearchFieldProps {
  readonly label: string;
  /** Where it says more than the label. */
  readonly hint?: string;
  readonly text: string;
  readonly seek: (text: string) => void;
}

/** Narrows what is on the page already. */
export const SearchField = ({ label, hint = label, text, seek }: SearchFieldProps): ReactNode => (
  <label className={css.search}>
    <Search size={17} aria-hidden />
    <input
      type="search"
      className={css.field}
      value={text}
      aria-label={label}
      placeholder={hint}
      maxLength={200}
      spellCheck={false}
      onChange={({ target }) => seek(target.value)}
    />
  </label>
);
