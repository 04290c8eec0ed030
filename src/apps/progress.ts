// How far long work is, on one line of a screen that is drawn anew. Own code, since the progress bar of
// @clack/prompts takes the keyboard meanwhile: what is typed ahead is lost, and Ctrl-C ends with status 0
// without the clean stop.

import { printable, widthOf } from './screen.ts';

export interface Progress extends Disposable {
  /** What is done now; `done` of `total` where that can be counted. */
  show(words: string, done?: number, total?: number): void;
}

export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const redrawMilliseconds = 100;
/** Work that is over by then shows nothing. */
const quietMilliseconds = 300;
const barWidth = 24;

const none: Progress = { show: () => undefined, [Symbol.dispose]: () => undefined };

/** Draws on `screen` where it is one; nothing is written into a file or a pipe. */
export function progressOn(screen: Screen | undefined): Progress {
  return screen?.isTTY === true ? new Line(screen) : none;
}

class Line implements Progress {
  readonly #screen: Screen;
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout;
  #since = performance.now();
  #stage: Parameters<Progress['show']> = [''];
  #drawn = false;

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#timer = setInterval(() => this.#draw(), redrawMilliseconds);
  }

  show(...stage: Parameters<Progress['show']>): void {
    if (stage[0] !== this.#stage[0]) this.#since = performance.now();
    this.#stage = stage;
    this.#draw();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (this.#drawn) this.#screen.write('\r\u001b[K');
  }

  #draw(): void {
    const now = performance.now();
    if (now - this.#began < quietMilliseconds || this.#stage[0] === '') return;
    this.#drawn = true;
    const text = lineOf(this.#stage, Math.floor((now - this.#since) / 1000));
    this.#screen.write(`\r${cut(text, (this.#screen.columns ?? 80) - 1)}\u001b[K`);
  }
}

/** `####------  42 %  loading persons, 42,000 of 100,000`, or `comparing 100,000 rows, 3 s` where there is nothing to count. */
export function lineOf([words, done, total]: Parameters<Progress['show']>, elapsedSeconds: number): string {
  if (done === undefined || total === undefined || total === 0)
    return `${printable(words)}${done === undefined ? '' : `, ${done.toLocaleString('en')}`}, ${elapsedSeconds} s`;
  const part = Math.min(1, done / total);
  const full = Math.floor(part * barWidth);
  const percent = String(Math.floor(part * 100)).padStart(3);
  const count = `${done.toLocaleString('en')} of ${total.toLocaleString('en')}`;
  return `${'#'.repeat(full)}${'-'.repeat(barWidth - full)} ${percent} %  ${printable(words)}, ${count}`;
}

/** A line that breaks could not be drawn over. */
function cut(text: string, columns: number): string {
  let width = 0;
  let kept = '';
  for (const each of text) {
    width += widthOf(each);
    if (width > columns) break;
    kept += each;
  }
  return kept;
}
