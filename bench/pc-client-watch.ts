// What a page is watched with, from before its first script. Each function runs in the page, and so refers to nothing
// outside of itself.

import type { Page } from 'playwright-core';

declare global {
  interface Window {
    /** When an element of the first selector that is there was drawn: milliseconds since the page was asked for. */
    drawnAt: (selector: string) => Promise<number>;
    /** The same since now, for one that has `text` in it. */
    drawnWith: (selector: string, text: string) => Promise<number>;
    scrollThrough: (list: string, screens: number) => Promise<Scrolled>;
  }
}

export interface Scrolled {
  readonly screens: number;
  /** Between one frame and the next, in milliseconds. */
  readonly frames: readonly number[];
}

export const watch = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    /** A frame after what is there now has been drawn. */
    const drawn = async (): Promise<number> => {
      await frame();
      await new Promise((resolve) => setTimeout(resolve));
      return performance.now();
    };
    const until = (fits: () => boolean): Promise<number> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!fits()) return;
          observer.disconnect();
          void drawn().then(resolve);
        };
        const observer = new MutationObserver(look);
        observer.observe(document, { subtree: true, childList: true, characterData: true });
        look();
      });
    const firsts = new Map<string, Promise<number>>();
    window.drawnAt = (selector) => {
      const known = firsts.get(selector) ?? until(() => document.querySelector(selector) !== null);
      firsts.set(selector, known);
      return known;
    };
    for (const selector of ['#user', '[role=listitem]']) void window.drawnAt(selector);
    window.drawnWith = async (selector, text) => {
      const since = performance.now();
      const there = (): boolean =>
        [...document.querySelectorAll(selector)].some(({ textContent }) => textContent.includes(text));
      return (await until(there)) - since;
    };
    window.scrollThrough = async (list, screens) => {
      const scroller = document.querySelector(list)?.parentElement;
      if (scroller === null || scroller === undefined) throw new Error('nothing scrolls');
      const frames: number[] = [];
      let before = await frame();
      for (let step = 0; step < screens * 4; step += 1) {
        scroller.scrollTop += scroller.clientHeight / 4;
        const now = await frame();
        frames.push(now - before);
        before = now;
      }
      return { screens, frames };
    };
  });
