// How long the page is deaf at a time, in CPU of its thread: what passes on a machine that is shared says nothing of the page.

import type { CDPSession } from 'playwright-core';

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly args: { readonly name?: string };
  /** Microseconds of the thread. */
  readonly tdur?: number;
}

/** The longest task of the page's thread while `act` is done, in milliseconds. */
export async function longestTask(devTools: CDPSession, act: () => Promise<void>): Promise<number> {
  const events: TraceEvent[] = [];
  const collect = ({ value }: { readonly value: readonly object[] }): void => {
    for (const each of value) events.push(each as TraceEvent);
  };
  devTools.on('Tracing.dataCollected', collect);
  await devTools.send('Tracing.start', { traceConfig: { includedCategories: ['toplevel'] } });
  await act();
  const complete = new Promise<void>((resolve) => devTools.once('Tracing.tracingComplete', () => resolve()));
  await devTools.send('Tracing.end');
  await complete;
  devTools.off('Tracing.dataCollected', collect);
  const threads = new Set(events.filter(isMainThread).map(threadOf));
  const tasks = events.filter((each) => each.name === 'ThreadControllerImpl::RunTask' && threads.has(threadOf(each)));
  if (tasks.length === 0) throw new Error('no task of the page was seen');
  return tasks.reduce((longest, { tdur = 0 }) => Math.max(longest, tdur), 0) / 1000;
}

const isMainThread = ({ name, args }: TraceEvent): boolean => name === 'thread_name' && args.name === 'CrRendererMain';
const threadOf = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`;
