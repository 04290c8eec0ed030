import { expect } from 'vitest';
import { parseNotice } from '../../src/wire/change-list.ts';
import type { LibrarySubscriber, Told } from '../peers/library-subscriber.ts';

/** A subscription from its first NOTIFY to its last, with `change` between; gives the reason of the last. */
export async function wholeLife(subscriber: LibrarySubscriber, change: () => Promise<number>): Promise<string> {
  const heard = async (): Promise<Told & { readonly upTo: number }> => {
    const next = await subscriber.told.next();
    if (next.done === true) throw new Error('there are no more notifications');
    const { upTo, book } = parseNotice(next.value.body);
    expect(next.value.state).toMatch(/^active;expires=(600|59\d)$/);
    expect(next.value.etag).toBe(`${book}.${upTo}`);
    return { ...next.value, upTo };
  };
  const first = await heard();
  const revision = await change();
  expect(revision).toBeGreaterThan(first.upTo);
  expect((await heard()).upTo).toBe(revision);
  subscriber.refresh();
  expect((await heard()).upTo).toBe(revision);
  subscriber.leave();
  return subscriber.over;
}
