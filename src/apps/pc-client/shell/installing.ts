// The browser's offer to install the page as an application. It is made once, soon after the start, so it is heard here.

import { useSyncExternalStore } from 'react';

/** Chromium's alone, hence not in the DOM's types. */
interface InstallOffer extends Event {
  prompt(): Promise<unknown>;
}

let offer: InstallOffer | undefined;
const listeners = new Set<() => void>();

function keep(now: InstallOffer | undefined): void {
  offer = now;
  for (const listener of listeners) listener();
}

export function hearOffer(): void {
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    keep(event as InstallOffer);
  });
  addEventListener('appinstalled', () => keep(undefined));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useInstallable = (): boolean => useSyncExternalStore(subscribe, () => offer !== undefined);

export const isInstalled = (): boolean => matchMedia('(display-mode: standalone)').matches;

/** An offer is good once. */
export async function install(): Promise<void> {
  const now = offer;
  keep(undefined);
  await now?.prompt();
}
