// Keeps the page's files, so that it opens without a network. What is asked of the server is none of its business: the
// personal address book has a store of its own.
//
// Each build has a list of its own, hence a worker that differs by an octet, which browsers notice. A new one fetches its
// files beside those of the one before, and takes over once the page says so or is closed everywhere.

declare const self: ServiceWorkerGlobalScope;

/** `tools/page.mjs` puts the names here. */
declare const __FILES__: readonly string[];

const files = __FILES__;
const prefix = 'page ';
const cacheName = `${prefix}${digest(files.join())}`;
const page = '/';

self.addEventListener('install', (event) => {
  event.waitUntil(fetchAll());
});

self.addEventListener('activate', (event) => {
  event.waitUntil(takeOver());
});

self.addEventListener('message', ({ data }) => {
  if (data === 'take-over') void self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  const isPage = request.mode === 'navigate' && !/^\/(?:v1|health|scim|sip)(?:\/|$)/.test(url.pathname);
  const path = isPage ? page : url.pathname;
  if (files.includes(path)) event.respondWith(kept(path, request));
});

/** To the window that is open already, or else to the history in a new one. */
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(comeForward());
});

async function comeForward(): Promise<void> {
  const [open] = await self.clients.matchAll({ type: 'window' });
  if (open === undefined) await self.clients.openWindow('/history');
  else await open.focus();
}

/** Past the browser's own cache, except for what has its content's hash in its name. */
async function fetchAll(): Promise<void> {
  const cache = await caches.open(cacheName);
  await cache.addAll(files.map((path) => new Request(path, path.startsWith('/assets/') ? {} : { cache: 'reload' })));
}

async function takeOver(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith(prefix) && name !== cacheName) await caches.delete(name);
  await self.clients.claim();
}

async function kept(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  return (await cache.match(path)) ?? fetch(request);
}

/** FNV-1a: it only has to differ from the one before. */
function digest(text: string): string {
  let sum = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return sum.toString(36);
}
