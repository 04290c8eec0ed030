// A menu behind a button. What it is made of comes after the first picture.

import type { LucideIcon } from 'lucide-react';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { Guard } from '../shell/broken.tsx';
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
  readonly icon?: LucideIcon;
  /** In place of an icon. */
  readonly face?: string;
  readonly label: string;
  readonly items: readonly MenuItem[];
  /** Whether the label is shown beside the icon. */
  readonly words?: boolean;
  /** Items side by side: they are of a letter or two. */
  readonly grid?: boolean;
}

export const menuLook = ({ words = false, face }: MenuProps): string | undefined =>
  face !== undefined ? css.letter : words ? css.quiet : css.icon;

export const MenuFace = ({ icon: Icon, face, words = false, label }: MenuProps): ReactNode => (
  <>
    {Icon !== undefined && <Icon size={18} strokeWidth={1.75} aria-hidden />}
    {face}
    {words && label}
  </>
);

export function Menu(props: MenuProps): ReactNode {
  // Whoever is faster than the kit finds the menu open once it is here.
  const [pressed, press] = useState(false);
  const { label } = props;
  const early = (
    <button
      type="button"
      aria-label={label}
      aria-haspopup="menu"
      className={menuLook(props)}
      onClick={() => press(true)}
    >
      <MenuFace {...props} />
    </button>
  );
  return (
    <Guard as={{ instead: early }}>
      <Suspense fallback={early}>
        <KitMenu {...props} openAtFirst={pressed} />
      </Suspense>
    </Guard>
  );
}
