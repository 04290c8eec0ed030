// `node:http` without `import`, which reads all that a module exports: some of it loads the whole of `fetch`,
// 50 ms and 14 MB of each process that never calls it.

import type http from 'node:http';

export const plainHttp: typeof http = process.getBuiltinModule('node:http');
