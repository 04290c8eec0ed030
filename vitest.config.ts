import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// What Node has compiled is kept for the next process: for the workers, and for each command and server that a test
// starts. It is where the command line keeps its own.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'node-compile-cache');

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real slapd processes and argon2 share two cores with the tests.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A third of a run is waiting for servers and for timers: one more than the cores of a small machine uses it.
    maxWorkers: 3,
    // The files of a worker share its modules, which have no state: to load them anew for each took a quarter of a run.
    isolate: false,
    // Node runs the sources, as it does outside of tests; nothing is rewritten.
    experimental: { viteModuleRunner: false },
  },
});
