// Tips say what a button without words does. They are of the kit that comes after the first picture, so a button stands
// there without one for a moment.

import { lazy, Suspense, type ReactElement, type ReactNode } from 'react';
import { Guard } from '../shell/broken.tsx';
import { soon } from './soon.ts';

const KitTip = lazy(() => soon(() => import('./kit-tip.tsx')));

export interface TipProps {
  readonly text: string;
  readonly keys?: readonly string[] | undefined;
  readonly children: ReactElement<Record<string, unknown>>;
}

export function Tip(props: TipProps): ReactNode {
  return (
    <Guard as={{ instead: props.children }}>
      <Suspense fallback={props.children}>
        <KitTip {...props} />
      </Suspense>
    </Guard>
  );
}
