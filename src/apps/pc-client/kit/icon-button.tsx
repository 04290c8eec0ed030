import type { LucideIcon } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { classes } from './classes.ts';
import { Tip } from './tip.tsx';
import css from './button.module.css';

interface IconButtonProps extends ComponentProps<'button'> {
  readonly icon: LucideIcon;
  /** What it does: for whoever cannot see the icon, and in a tip. */
  readonly label: string;
  readonly keys?: readonly string[];
}

export function IconButton({ icon: Icon, label, keys, className, ...rest }: IconButtonProps): ReactNode {
  return (
    <Tip text={label} keys={keys}>
      <button type="button" aria-label={label} className={classes(css.icon, className)} {...rest}>
        <Icon size={18} strokeWidth={1.75} aria-hidden />
      </button>
    </Tip>
  );
}
