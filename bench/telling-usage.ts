// Loaded into the measured server beside the product, with `--import`: tells what the process used when asked.

interface Usage {
  /** User and system time of all threads. */
  readonly cpuMicroseconds: number;
  /** Live objects and buffers, after a collection. */
  readonly heapBytes: number;
  readonly residentBytes: number;
  readonly peakResidentBytes: number;
}

export type UsageTold = { readonly kind: 'usage' } & Usage;

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
  };
  process.send?.(told);
});
// To be asked must not keep the server alive.
process.channel?.unref();
