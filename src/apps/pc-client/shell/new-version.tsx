// Keeps the page itself on this machine, and says in one quiet line that a newer one is here.

import { useEffect, useState, type ReactNode } from 'react';
import { useTexts } from '../texts/texts.tsx';
import buttons from '../kit/button.module.css';
import css from './shell.module.css';

export function NewVersion(): ReactNode {
  const { page } = useTexts();
  const [waiting, setWaiting] = useState<ServiceWorker>();
  useEffect(() => follow(setWaiting), []);
  if (waiting === undefined) return null;
  return (
    <div className={css.version} role="status">
      {page.newVersion}
      <button type="button" className={buttons.plain} onClick={() => waiting.postMessage('take-over', [])}>
        {page.reload}
      </button>
    </div>
  );
}

/** Nothing of it where the browser has none for this page: it came by plain HTTP, or the window is private. */
function follow(found: (waiting: ServiceWorker) => void): () => void {
  const { serviceWorker } = navigator;
  if (serviceWorker === undefined) return () => undefined;
  const had = serviceWorker.controller !== null;
  // The first one takes over what is open already; a later one only when it was asked to.
  const reload = (): void => {
    if (had) location.reload();
  };
  serviceWorker.addEventListener('controllerchange', reload);
  void register(found);
  return () => serviceWorker.removeEventListener('controllerchange', reload);
}

async function register(found: (waiting: ServiceWorker) => void): Promise<void> {
  try {
    const registration = await navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' });
    const look = (): void => {
      if (registration.waiting !== null && navigator.serviceWorker.controller !== null) found(registration.waiting);
    };
    look();
    registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', look));
  } catch (error) {
    // The server is away, or the browser wants none: the page works as it is.
    if (!(error instanceof TypeError) && !(error instanceof DOMException)) throw error;
  }
}
