// Keeps the page itself on this machine, and tells when a newer one is here. It is looked for whenever the page is seen
// again, whenever the server is back, which may be another one then, and each hour.

import { useEffect, useState } from 'react';

/** Of this page: whoever took over by another tab's word must not take away what is half written here. */
let asked = false;

/** A page may be open for weeks, and a browser looks for a newer one only when it is loaded. */
const lookEveryMilliseconds = 60 * 60 * 1000;

/** A newer version that waits for a word. */
export function useNewVersion(isLive: boolean): ServiceWorker | undefined {
  const [waiting, setWaiting] = useState<ServiceWorker>();
  useEffect(() => follow(setWaiting), []);
  useEffect(() => {
    if (isLive) void look();
  }, [isLive]);
  return waiting;
}

export function takeOver(waiting: ServiceWorker): void {
  asked = true;
  waiting.postMessage('take-over', []);
}

/** Nothing of it where the browser has none for this page: it came by plain HTTP, or the window is private. */
function follow(found: (waiting: ServiceWorker) => void): () => void {
  const { serviceWorker } = navigator;
  if (serviceWorker === undefined) return () => undefined;
  const left = new AbortController();
  const { signal } = left;
  serviceWorker.addEventListener('controllerchange', () => asked && location.reload(), { signal });
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && void look(), {
    signal,
  });
  void register(found);
  const timer = setInterval(() => void look(), lookEveryMilliseconds);
  signal.addEventListener('abort', () => clearInterval(timer));
  return () => left.abort();
}

async function register(found: (waiting: ServiceWorker) => void): Promise<void> {
  await unlessAway(async () => {
    const registration = await navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' });
    const tell = (): void => {
      if (registration.waiting !== null && navigator.serviceWorker.controller !== null) found(registration.waiting);
    };
    tell();
    registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', tell));
  });
}

const look = (): Promise<void> =>
  unlessAway(async () => void (await (await navigator.serviceWorker?.getRegistration())?.update()));

/** The server may be away, or the browser want none: the page works as it is. */
async function unlessAway(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof TypeError) && !(error instanceof DOMException)) throw error;
  }
}
