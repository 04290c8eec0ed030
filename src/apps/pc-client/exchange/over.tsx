import { Dialog } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import { CloseButton } from '../kit/close-button.tsx';
import { useTexts } from '../texts/texts.tsx';
import { close } from './opened.ts';
import floating from '../kit/floating.module.css';

interface OverProps {
  readonly title: string;
  readonly children: ReactNode;
}

/** A dialog of this folder: there while it is open. */
export function Over({ title, children }: OverProps): ReactNode {
  const { exchange } = useTexts();
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={floating.backdrop} />
        <Dialog.Popup className={floating.dialog}>
          <div className={floating.dialogHead}>
            <Dialog.Title className={floating.dialogTitle}>{title}</Dialog.Title>
            <Dialog.Close render={<CloseButton label={exchange.close} />} />
          </div>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
