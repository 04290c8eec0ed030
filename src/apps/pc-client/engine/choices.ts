// What the employee chose for this browser alone: how the page looks, not what it holds. Where the browser keeps nothing,
// a choice lasts as long as the page.

import { deliveries, type Delivery } from '../../../browser/browser.ts';

type ChoiceName = 'language' | 'theme' | 'folded' | 'delivery' | 'ways' | 'outside' | 'told-outside';

const unkept = new Map<ChoiceName, string>();

export const choices = {
  read(name: ChoiceName): string | undefined {
    try {
      return localStorage.getItem(`rollcall.${name}`) ?? unkept.get(name);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      return unkept.get(name);
    }
  },
  write(name: ChoiceName, value: string): void {
    unkept.set(name, value);
    try {
      localStorage.setItem(`rollcall.${name}`, value);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  },
};

/** `broadcast` unless the employee chose otherwise: the server then learns nothing of who is kept. */
export function deliveryChosen(): Delivery {
  const chosen = choices.read('delivery');
  return deliveries.find((delivery) => delivery === chosen) ?? 'broadcast';
}
