import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real slapd processes and argon2 share two cores with the tests.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A third of a run is waiting for servers and for timers: one more than the cores of a small machine uses it.
    maxWorkers: 3,
  },
});
