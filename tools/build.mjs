// Emits dist/ from src/: what others install, since Node strips no types below node_modules. The compiler
// leaves what it once emitted of a file that is gone; that is taken out first, so the package has none of it.
// The PC client is bundled beside it, where it is not as new as its sources.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPage, pageFolder } from './page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

for (const place of existsSync(dist) ? readdirSync(dist, { recursive: true }) : []) {
  if (join(dist, place).startsWith(pageFolder)) continue;
  const source = place.replace(/\.(d\.ts|js)$/, '.ts');
  if (source !== place && !existsSync(join(root, 'src', source))) rmSync(join(dist, place));
}
const { status, error } = spawnSync('tsc', ['-b'], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
if (error !== undefined) process.stderr.write(`build: tsc cannot be run: ${error.message}\n`);
process.exitCode = status ?? 1;
if (process.exitCode === 0) await buildPage();
