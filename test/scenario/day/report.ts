// `npm run simulate -- --day`: the whole day, with what the server holds each hour, and the memory of it all, server and
// terminals, once what nobody needs is collected.

import { Day, faultsOf, type DayOptions } from './day.ts';

const megabytes = (octets: number): string => `${Math.round(octets / 1024 / 1024)} MB`;

/** Gives the number of faults. */
export async function reportDay(options: Pick<DayOptions, 'seed' | 'terminals'>): Promise<number> {
  const [began, before] = [performance.now(), process.cpuUsage()];
  const progress: DayOptions['progress'] = (hour, { subscriptions, asked, answering, timers, nonces }) => {
    globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    const held = `${subscriptions} subscriptions, ${asked + answering} transactions, ${timers} timers, ${nonces} nonces`;
    console.log(`${String(hour).padStart(2)} h: ${held}; heap ${megabytes(heapUsed)}, in all ${megabytes(rss)}`);
  };
  await using day = new Day({ ...options, hours: 24, changes: 4, progress });
  const end = await day.run();
  const faults = faultsOf(end);
  for (const fault of faults) console.error(fault);
  const { user, system } = process.cpuUsage(before);
  const cost = `${((performance.now() - began) / 1000).toFixed(0)} s, ${((user + system) / 1e6).toFixed(0)} s of CPU`;
  const left = faults.length === 0 ? 'nothing is left over' : `${faults.length} faults`;
  console.log(`seed ${options.seed}: ${end.messages} messages, ${end.on} terminals at the end, ${left} (${cost})`);
  return faults.length;
}
