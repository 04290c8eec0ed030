import { Dialog } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import { classes } from '../kit/classes.ts';
import { CloseButton } from '../kit/close-button.tsx';
import { Key } from '../kit/key.tsx';
import { useTexts } from '../texts/texts.tsx';
import { keyNames, keyTable, printedKeys, type KeyGroup } from './keys.ts';
import floating from '../kit/floating.module.css';
import css from './key-sheet.module.css';

const groups: readonly KeyGroup[] = ['anywhere', 'list', 'person'];

export default function KeySheet({ close }: { readonly close: () => void }): ReactNode {
  const { keys: texts } = useTexts();
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={floating.backdrop} />
        <Dialog.Popup className={classes(floating.dialog, css.sheet)}>
          <div className={floating.dialogHead}>
            <Dialog.Title className={floating.dialogTitle}>{texts.title}</Dialog.Title>
            <Dialog.Close render={<CloseButton label={texts.close} />} />
          </div>
          <div className={css.groups}>
            {groups.map((group) => (
              <section key={group} className={css.group}>
                <h3 className={css.heading}>{texts.groups[group]}</h3>
                <dl>
                  {keyNames
                    .filter((name) => keyTable[name].group === group)
                    .map((name) => (
                      <div key={name} className={css.line}>
                        <dt>{texts[name]}</dt>
                        <dd className={css.keys}>
                          {printedKeys(name).map((key) => (
                            <Key key={key}>{key}</Key>
                          ))}
                        </dd>
                      </div>
                    ))}
                </dl>
              </section>
            ))}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
