// Whether this device's clock is right, by the server's: what is shown of times is by this one.

import { useEffect, useState } from 'react';

/** Less is no matter: nothing is shown to more than the minute. */
const mostMilliseconds = 5 * 60_000;

/** How far the clock is ahead of the server's, in milliseconds, where that is too far. Asked whenever the server is there anew. */
export function useClockAhead(isLive: boolean): number | undefined {
  const [ahead, setAhead] = useState<number>();
  useEffect(() => {
    if (isLive) void clockAhead().then(setAhead);
  }, [isLive]);
  return ahead !== undefined && Math.abs(ahead) > mostMilliseconds ? ahead : undefined;
}

/** What the service worker does not answer itself has the server's own Date (RFC 9110 §6.6.1). */
async function clockAhead(): Promise<number | undefined> {
  try {
    const { headers } = await fetch('/sw.js', { method: 'HEAD', cache: 'no-store' });
    const at = Date.parse(headers.get('date') ?? '');
    return Number.isNaN(at) ? undefined : Date.now() - at;
  } catch (error) {
    // It has gone again.
    if (!(error instanceof TypeError)) throw error;
    return undefined;
  }
}
