// The session has ended: logs in again over what is open, which stays as it is, half written or not.

import { Dialog } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import { useBook } from '../engine/use-book.ts';
import { CloseButton } from '../kit/close-button.tsx';
import { useSeldomTexts } from '../texts/texts.tsx';
import { LogInForm } from './log-in-form.tsx';
import floating from '../kit/floating.module.css';
import css from './log-in.module.css';

export default function LogInAgain({ leave }: { readonly leave: () => void }): ReactNode {
  const { matter } = useSeldomTexts();
  const user = useBook(({ me }) => me?.user ?? '');
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && leave()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={floating.backdrop} />
        <Dialog.Popup className={floating.dialog}>
          <div className={floating.dialogHead}>
            <Dialog.Title className={floating.dialogTitle}>{matter.againTitle}</Dialog.Title>
            <Dialog.Close render={<CloseButton label={matter.later} />} />
          </div>
          <Dialog.Description className={css.lead}>{matter.againLead}</Dialog.Description>
          <LogInForm user={user} done={leave} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
