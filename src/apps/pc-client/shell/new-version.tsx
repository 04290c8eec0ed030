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

/** A page may be open for weeks, and a browser looks for a newer one only when it is loaded. */
const lookEveryMilliseconds = 60 * 60 * 1000;

/** Nothing of it where the browser has none for this page: it came by plain HTTP, or the window is private. */
function follow(found: (waiting: ServiceWorker) => void): () => void {
  const { serviceWorker } = navigator;
  if (serviceWorker === undefined) return () => undefined;
  let had = serviceWorker.controller !== null;
  // The first one takes over what is open already; a later one only when it was asked to.
  const changed = (): void => {
    if (had) location.reload();
    had = true;
  };
  serviceWorker.addEventListener('controllerchange', changed);
  const registered = attempted(() => register(serviceWorker, found));
  const timer = setInterval(() => void attempted(async () => (await registered)?.update()), lookEveryMilliseconds);
  return () => {
    serviceWorker.removeEventListener('controllerchange', changed);
    clearInterval(timer);
  };
}

async function register(
  serviceWorker: ServiceWorkerContainer,
  found: (waiting: ServiceWorker) => void,
): Promise<ServiceWorkerRegistration> {
  const registration = await serviceWorker.register('/sw.js', { updateViaCache: 'none' });
  const look = (): void => {
    if (registration.waiting !== null && serviceWorker.controller !== null) found(registration.waiting);
  };
  look();
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', look));
  return registration;
}

/** Where the server is away, or the browser wants none, the page works as it is. */
async function attempted<Result>(act: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof TypeError) && !(error instanceof DOMException)) throw error;
    return undefined;
  }
}
