#!/usr/bin/env node
// The command `rollcall`. Nothing is imported before the version is known to do: an older Node would stop at
// the first built-in module that it has not.

// 24.7 has argon2, by which passwords are kept.
const needed = [24, 7] as const;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `rollcall: Node ${needed.join('.')} is needed and this is ${process.version}; 'npx rollcall' takes the one that is installed beside it\n`,
  );
  process.exit(1);
}
// A command starts in half the time when Node keeps what it compiled.
const { enableCompileCache } = await import('node:module');
const { directory } = enableCompileCache();
// The threads of a server go by the environment.
if (directory !== undefined) process.env['NODE_COMPILE_CACHE'] ??= directory;
const { endWithReader } = await import('./output.ts');
const { programFor } = await import('./program.ts');
endWithReader();
await (await programFor(process.argv.slice(2))).parseAsync();
