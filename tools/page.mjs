// Bundles the PC client into dist/pc-client, where what is there is missing or older than its sources. `npm start` calls it
// before it begins, `npm run build` and the packing at their end.

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src', 'apps', 'pc-client');
export const pageFolder = join(root, 'dist', 'pc-client');
const rooms = ['base', 'book', 'sip', 'wire', 'terminal', 'browser'].map((room) => join(root, 'src', room));
const pure = ['base', 'book', 'sip', 'wire', 'terminal'].map((room) => join(root, 'src', room, '/'));
const others = ['package-lock.json', join('tools', 'page.mjs')].map((name) => join(root, name));

/** What the door `rollcall/browser` has that only later parts of the page use; and the service worker. */
const notAtFirst = /src.(?:wire.(?:own-card|vcard)|book.(?:alike|merged)|apps.pc-client.service-worker)/;

/** What browsers of the last two years have; light-dark() is among it. */
const targets = ['chrome123', 'edge123', 'firefox125', 'safari17.5'];

/** Whole or not at all: it is made beside, and takes the place of the one before. */
export async function buildPage() {
  if (isNew()) return;
  // Whoever builds may be a test, and React is another program then.
  process.env.NODE_ENV = 'production';
  // Only who builds needs them, and they take half a second to load.
  const [{ build }, { default: react }] = await Promise.all([import('vite'), import('@vitejs/plugin-react')]);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const beside = `${pageFolder}-${process.pid}`;
  try {
    await build({
      configFile: false,
      root: source,
      mode: 'production',
      logLevel: 'error',
      plugins: [react(), serviceWorker()],
      define: { __VERSION__: JSON.stringify(version) },
      build: {
        outDir: beside,
        emptyOutDir: true,
        target: targets,
        modulePreload: { polyfill: false },
        assetsInlineLimit: 0,
        rolldownOptions: {
          // A module of the pure rooms that is there does nothing by itself: what only a later part of the page calls comes with it.
          treeshake: { moduleSideEffects: (id) => !pure.some((room) => id.startsWith(room)) },
          input: {
            index: join(source, 'index.html'),
            sw: join(source, 'service-worker', 'service-worker.ts'),
          },
          output: {
            entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
            // What is loaded first is one file: cut along what each later part needs of it, it packs worse by a twentieth.
            codeSplitting: {
              groups: [
                {
                  name: 'page',
                  tags: ['$initial'],
                  test: (id) => !notAtFirst.test(id),
                  includeDependenciesRecursively: false,
                },
              ],
            },
          },
        },
      },
    });
    mkdirSync(pageFolder, { recursive: true });
    renameSync(pageFolder, `${beside}-before`);
    renameSync(beside, pageFolder);
  } finally {
    for (const folder of [beside, `${beside}-before`]) rmSync(folder, { recursive: true, force: true });
  }
}

/** Tells the service worker which files there are: their names change with what is in them. */
function serviceWorker() {
  return {
    name: 'files-of-the-service-worker',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const own = Object.values(bundle).map(({ fileName }) => fileName);
        const files = [...own.filter((name) => name.startsWith('assets/')), ...readdirSync(join(source, 'public'))];
        const list = JSON.stringify([
          '/',
          ...files.toSorted((one, other) => (one < other ? -1 : 1)).map((name) => `/${name}`),
        ]);
        bundle['sw.js'].code = bundle['sw.js'].code.replaceAll('__FILES__', () => list);
      },
    },
  };
}

function isNew() {
  const made = join(pageFolder, 'index.html');
  if (!existsSync(made)) return false;
  const { mtimeMs } = statSync(made);
  return [source, ...rooms]
    .flatMap(filesIn)
    .concat(others)
    .every((path) => statSync(path).mtimeMs <= mtimeMs);
}

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage();
