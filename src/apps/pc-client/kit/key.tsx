import type { ReactNode } from 'react';
import css from './button.module.css';

/** A key, as it is on the keyboard. */
export const Key = ({ children }: { readonly children: ReactNode }): ReactNode => (
  <kbd className={css.key}>{children}</kbd>
);
