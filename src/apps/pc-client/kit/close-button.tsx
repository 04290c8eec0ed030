import { X } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import css from './button.module.css';

interface CloseButtonProps extends ComponentProps<'button'> {
  readonly label: string;
}

/** Closes what lies over the page. It has no tip: it is where the focus goes first, and Escape would close the tip alone. */
export const CloseButton = ({ label, ...rest }: CloseButtonProps): ReactNode => (
  <button type="button" aria-label={label} className={css.icon} {...rest}>
    <X size={18} strokeWidth={1.75} aria-hidden />
  </button>
);
