// Loaded into the measured server beside the product, with `--import`: tells what the process used when asked, and when
// the log's last transaction was committed.

import { DatabaseSync } from 'node:sqlite';
import { monotonic } from './clock.ts';

interface Usage {
  /** User and system time of all threads. */
  readonly cpuMicroseconds: number;
  /** Live objects and buffers, after a collection. */
  readonly heapBytes: number;
  readonly residentBytes: number;
  readonly peakResidentBytes: number;
  /** Of the change log, by `monotonic`; 0 where nothing was committed yet. */
  readonly committedAt: number;
}

export type UsageTold = { readonly kind: 'usage' } & Usage;

let committedAt = 0;
// oxlint-disable-next-line typescript/unbound-method -- called with its own database below
const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (this: DatabaseSync, words: string): void {
  exec.call(this, words);
  if (words === 'commit' && this.location()?.endsWith('book.sqlite') === true) committedAt = monotonic();
};

process.on('message', (message: { readonly kind: string }) => {
  const { user, system } = process.cpuUsage();
  if (message.kind === 'collect') globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const told: UsageTold = {
    kind: 'usage',
    cpuMicroseconds: user + system,
    heapBytes: heapUsed + external,
    residentBytes: rss,
    peakResidentBytes: process.resourceUsage().maxRSS * 1024,
    committedAt,
  };
  process.send?.(told);
});
// To be asked must not keep the server alive.
process.channel?.unref();
