// Says what was done, at the edge of the page, with a way back where there is one.

import { Toast } from '@base-ui/react/toast';
import type { ReactNode } from 'react';
import { useTexts } from '../texts/texts.tsx';
import { CloseButton } from './close-button.tsx';
import css from './floating.module.css';

export const toasts = Toast.createToastManager();

export default function Toasts(): ReactNode {
  return (
    <Toast.Provider toastManager={toasts} timeout={8000}>
      <Toast.Portal>
        <Toast.Viewport className={css.toasts}>
          <Shown />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function Shown(): ReactNode {
  const texts = useTexts();
  return Toast.useToastManager().toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className={css.toast} data-toast>
      <Toast.Content className={css.toastContent}>
        <Toast.Title className={css.toastText} render={<p />} />
        <Toast.Action className={css.toastAct} />
        <Toast.Close render={<CloseButton label={texts.did.dismiss} />} />
      </Toast.Content>
    </Toast.Root>
  ));
}
