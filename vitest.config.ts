import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// What Node has compiled is kept for the next process: for the workers, and for each command and server that a test
// starts. It is where the command line keeps its own.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'node-compile-cache');

// Where no earlier run tells how long a file takes, vitest goes by its size, and these are short: a minute's work of one
// worker begun last, while the others have nothing left to do.
const long = [
  'browser/pc-client',
  'scenario/simulated',
  'scenario/simulated-method',
  'scenario/method',
  'scenario/restarts',
  'bench/short',
  'apps/demo',
];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      long.some((name) => moduleId.endsWith(`/${name}.test.ts`));
    return (await super.sort(files)).toSorted((one, other) => Number(isLong(other)) - Number(isLong(one)));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real slapd processes and argon2 share two cores with the tests.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A third of a run is waiting for servers and for timers: one more than the cores of a small machine uses it.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    // The files of a worker share its modules, which have no state: to load them anew for each took a quarter of a run.
    isolate: false,
    // Node runs the sources, as it does outside of tests; nothing is rewritten.
    experimental: { viteModuleRunner: false },
  },
});
