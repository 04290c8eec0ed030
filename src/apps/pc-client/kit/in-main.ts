// Where menus and tips are put. All that is shown belongs to a part of the page that has a name (a landmark), by which those
// who hear the page find their way; at the end of the body, where the kit puts them by itself, they belong to none.

import type { RefObject } from 'react';

/** The page's main part; what a dialog opens stays in the dialog. */
export const inMain: RefObject<HTMLElement | null> = {
  get current() {
    return document.querySelector('[role=dialog]:not([data-toast])') === null ? document.querySelector('main') : null;
  },
};
