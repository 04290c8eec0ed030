// A menu behind a button. What it is made of comes after the first picture.

import type { LucideIcon } from 'lucide-react';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { IconButton } from './icon-button.tsx';
import { soon } from './soon.ts';

const KitMenu = lazy(() => soon(() => import('./kit-menu.tsx')));

export type MenuItem =
  | {
      readonly kind: 'act';
      readonly icon: LucideIcon;
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
}

export function Menu(props: MenuProps): ReactNode {
  // Whoever is faster than the kit finds the menu open once it is here.
  const [pressed, press] = useState(false);
  const early = <IconButton icon={props.icon} label={props.label} aria-haspopup="menu" onClick={() => press(true)} />;
  return (
    <Suspense fallback={early}>
      <KitMenu {...props} openAtFirst={pressed} />
    </Suspense>
  );
}
