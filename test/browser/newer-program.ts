// A newer version of all of Rollcall beside this one, as an update puts it in its place: the sources, and a page that was
// built anew.

import { cpSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Program } from '../peers/program.ts';

const root = join(import.meta.dirname, '..', '..');

/** In `folder`, which is made. */
export function makeNewer(folder: string): void {
  for (const part of ['src', join('dist', 'pc-client'), 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  renameScripts(join(folder, 'dist', 'pc-client'));
}

/** As where a script changed that all others import: each has another hash in its name, and names the others by theirs. */
function renameScripts(page: string): void {
  const assets = join(page, 'assets');
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  const named = new Set(scripts);
  const newer = (text: string): string =>
    text.replaceAll(/[\w.-]+\.js\b/g, (name) => (named.has(name) ? name.replace(/\.js$/, '2.js') : name));
  for (const path of [join(page, 'index.html'), join(page, 'sw.js'), ...scripts.map((name) => join(assets, name))])
    writeFileSync(path, newer(readFileSync(path, 'utf8')));
  for (const name of scripts) renameSync(join(assets, name), join(assets, newer(name)));
}

export interface ServedFrom {
  readonly folder: string;
  readonly data: string;
  readonly port: string;
}

/** As its administrator starts it; gives it once it listens. */
export async function serveFrom({ folder, data, port }: ServedFrom): Promise<Program> {
  const words = [
    join(folder, 'src', 'apps', 'cli.ts'),
    'serve',
    '--data',
    data,
    '--http-port',
    port,
    '--sip-port',
    '0',
  ];
  const program = new Program(process.execPath, words, folder);
  for (;;) {
    if (!program.isRunning) throw new Error(program.said);
    const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
    if (answer?.ok === true) return program;
    await setTimeout(50);
  }
}
