// What any part of the page says to the employee of what was done, or did not come about.

import { HostFault, TerminalFault } from '../../../browser/browser.ts';
import type { Texts } from '../texts/en.ts';
import { soon } from './soon.ts';

export interface WayBack {
  readonly label: string;
  readonly act: () => void;
}

/** `back` takes it back; whatever is said goes by itself after a while. */
export function say(text: string, back?: WayBack): void {
  void soon(() => import('./toasts.tsx')).then(({ toasts }) => {
    // One at a time: what was done before is past.
    toasts.close();
    const id = toasts.add({
      title: text,
      ...(back !== undefined && {
        actionProps: {
          children: back.label,
          onClick: () => {
            toasts.close(id);
            back.act();
          },
        },
      }),
    });
  });
}

/** Why something did not come about, in the employee's words; what is no fault of the server's or the browser's is our own, and thrown. */
export function wordsOf(fault: unknown, { trouble }: Texts): string {
  if (fault instanceof TerminalFault) return trouble[fault.trouble.kind];
  if (fault instanceof HostFault) return trouble.store;
  throw fault;
}

/** Does `act`; where it fails says why. Gives whether it came about. */
export async function attempt(texts: Texts, act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (fault) {
    say(wordsOf(fault, texts));
    return false;
  }
}
