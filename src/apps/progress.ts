// How far long work is, on one line of a screen that is drawn anew. Own code, since the progress bar of
// @clack/prompts takes the keyboard meanwhile: what is typed ahead is lost, and Ctrl-C ends with status 0
// without the clean stop.

import { printable, widthOf } from './screen.ts';

export interface Progress {
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

const unseen: Progress = { show: () => undefined };

/**
 * What `work` gives. While it lasts, what it shows is drawn on `screen`, and then taken away; nothing is written
 * into a file or a pipe.
 */
export async function during<T>(screen: Screen | undefined, work: (progress: Progress) => Promise<T>): Promise<T> {
  if (screen?.isTTY !== true) return work(unseen);
  const line = new Line(screen);
  try {
    return await work(line);
  } finally {
    line.end();
  }
}

class Line implements Progress {
  readonly #screen: Screen;
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout;
  #since = performance.now();
  #stage: Parameters<Progress['show']> = [''];
  #drawnAt: number | undefined;

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#timer = setInterval(() => this.#draw(), redrawMilliseconds);
  }

  show(...stage: Parameters<Progress['show']>): void {
    if (stage[0] !== this.#stage[0]) this.#since = performance.now();
    this.#stage = stage;
    // Work that does not let timers run is drawn by its own telling.
    if (performance.now() - (this.#drawnAt ?? 0) >= redrawMilliseconds) this.#draw();
  }

  end(): void {
    clearInterval(this.#timer);
    if (this.#drawnAt !== undefined) this.#screen.write('\r\u001b[K');
  }

  /** A screen that does not know how wide it is says 0. */
  get #columns(): number {
    const { columns } = this.#screen;
    return columns === undefined || columns === 0 ? 80 : columns;
  }

  #draw(): void {
    const now = performance.now();
    if (now - this.#began < quietMilliseconds || this.#stage[0] === '') return;
    this.#drawnAt = now;
    const text = lineOf(this.#stage, Math.floor((now - this.#since) / 1000));
    this.#screen.write(`\r${cut(text, this.#columns - 1)}\u001b[K`);
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
