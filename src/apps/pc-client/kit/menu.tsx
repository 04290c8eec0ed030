// A menu behind a button. What it is made of comes after the first picture.

import type { LucideIcon } from 'lucide-react';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { soon } from './soon.ts';
import css from './button.module.css';

const KitMenu = lazy(() => soon(() => import('./kit-menu.tsx')));

export type MenuItem =
  | {
      readonly kind: 'act';
      readonly icon?: LucideIcon;
      readonly label: string;
      readonly keys?: readonly string[];
      readonly act: () => void;
    }
  | {
      readonly kind: 'choice';
      readonly label: string;
      readonly chosen: string;
      readonly among: Readonly<Record<string, string>>;
      readonly choose: (one: string) => void;
    }
  | { readonly kind: 'line' };

export interface MenuProps {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly items: readonly MenuItem[];
  /** Whether the label is shown beside the icon. */
  readonly words?: boolean;
}

export function Menu(props: MenuProps): ReactNode {
  // Whoever is faster than the kit finds the menu open once it is here.
  const [pressed, press] = useState(false);
  const { icon: Icon, label, words = false } = props;
  const early = (
    <button
      type="button"
      aria-label={label}
      aria-haspopup="menu"
      className={words ? css.quiet : css.icon}
      onClick={() => press(true)}
    >
      <Icon size={18} strokeWidth={1.75} aria-hidden />
      {words && label}
    </button>
  );
  return (
    <Suspense fallback={early}>
      <KitMenu {...props} openAtFirst={pressed} />
    </Suspense>
  );
}
