// What any part of the page says to the employee of what was done, or did not come about.

import { HostFault, TerminalFault } from '../../../browser/browser.ts';
import { go } from '../shell/place.ts';
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
export function wordsOf(fault: unknown, { trouble, live }: Texts): string {
  if (fault instanceof TerminalFault) return trouble[fault.trouble.kind];
  // Else another tab has renewed the book, or deleted it.
  if (fault instanceof HostFault) return isFull(fault) ? trouble.store : live.reloadLong;
  throw fault;
}

const isEnded = (fault: unknown): boolean => fault instanceof TerminalFault && fault.trouble.kind === 'log-in-again';

const isFull = ({ cause }: HostFault): boolean => cause instanceof DOMException && cause.name === 'QuotaExceededError';

/** Does `act`; where it fails says why. Gives whether it came about. */
export async function attempt(texts: Texts, act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (fault) {
    const again = { label: texts.live.refused, act: () => go({ kind: 'log-in' }) };
    say(wordsOf(fault, texts), isEnded(fault) ? again : undefined);
    return false;
  }
}
