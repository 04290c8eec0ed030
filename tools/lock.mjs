// Keeps package-lock.json installable everywhere. `npm ci` stops where a package lists the builds of
// other systems as optional and the lock file has no entry for them, so such names are taken out; and
// no registry may be named. `node tools/lock.mjs` mends the file, `--check` only says what is wrong.

import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const check = process.argv.includes('--check');
const wrong = [];

for (const [place, entry] of Object.entries(lock.packages)) {
  if (entry.resolved !== undefined) {
    wrong.push(`${place} names a registry: ${entry.resolved}`);
    delete entry.resolved;
  }
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    const nested = `${place === '' ? '' : `${place}/`}node_modules/${name}`;
    if (lock.packages[nested] ?? lock.packages[`node_modules/${name}`]) continue;
    if (place === '') continue;
    wrong.push(`${place} lists ${name}, which has no entry`);
    delete entry.optionalDependencies[name];
    if (Object.keys(entry.optionalDependencies).length === 0) delete entry.optionalDependencies;
  }
}

if (wrong.length === 0) process.exit(0);
if (check) {
  process.stderr.write(`package-lock.json (mend it with: node tools/lock.mjs)\n  ${wrong.join('\n  ')}\n`);
  process.exit(1);
}
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
process.stderr.write(`package-lock.json: ${wrong.length} places mended\n`);
