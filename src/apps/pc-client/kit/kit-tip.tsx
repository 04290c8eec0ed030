import { Tooltip } from '@base-ui/react/tooltip';
import type { ReactNode } from 'react';
import { inMain } from './in-main.ts';
import { Key } from './key.tsx';
import type { TipProps } from './tip.tsx';
import css from './floating.module.css';

export default function KitTip({ text, keys = [], children }: TipProps): ReactNode {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger delay={500} render={children} />
      <Tooltip.Portal container={inMain}>
        <Tooltip.Positioner sideOffset={6} className={css.over}>
          <Tooltip.Popup className={css.tip}>
            {text}
            {keys.map((key) => (
              <Key key={key}>{key}</Key>
            ))}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
