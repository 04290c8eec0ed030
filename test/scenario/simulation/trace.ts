import { createHash } from 'node:crypto';
import type { Timeline } from './timeline.ts';

/** What happened, a line each: `  12.345  ben       applied ...`. */
export class Trace {
  readonly lines: string[] = [];
  readonly #timeline: Timeline;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  note(who: string, what: string): void {
    this.lines.push(`${(this.#timeline.elapsed / 1000).toFixed(3).padStart(10)}  ${who.padEnd(10)} ${what}`);
  }

  digest(): string {
    return createHash('sha256').update(this.lines.join('\n')).digest('hex');
  }
}
