// The programs in the documents, compiled over the sources by the compiler that compiles everything else.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Example {
  readonly place: string;
  readonly file: string;
  readonly text: string;
}

/** The blocks that are marked `ts`, each of which is a module. */
function examplesOf(path: string): readonly Example[] {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((block) => {
    const line = text.slice(0, block.index).split('\n').length;
    return { place: `${path}:${line}`, file: `${basename(path, '.md')}-${line}.ts`, text: block[1] ?? '' };
  });
}

/** The doors of the package by name, each at the source of what is emitted. */
function doors(): Record<string, readonly string[]> {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, { default: string }>;
  };
  const sourceOf = (emitted: string): string => join(root, emitted.replace('./dist/', 'src/').replace(/\.js$/, '.ts'));
  return Object.fromEntries(
    Object.entries(exports).map(([door, to]) => [door.replace('.', 'rollcall'), [sourceOf(to.default)]]),
  );
}

/** What the compiler says of `examples`, by file. */
function compile(examples: readonly Example[]): ReadonlyMap<string, string> {
  for (const { file, text } of examples) writeFileSync(join(folder, file), text);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const compilerOptions = { typeRoots: [join(root, 'node_modules/@types')], paths: doors() };
  const settings = {
    extends: join(root, 'test/tsconfig.json'),
    compilerOptions,
    include: [],
    files: examples.map(({ file }) => file),
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout, error } = spawnSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  const complaints = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const file = /^(.+?)\(\d+,\d+\): error/.exec(line)?.[1];
    if (file !== undefined) complaints.set(basename(file), `${complaints.get(basename(file)) ?? ''}${line}\n`);
  }
  return complaints;
}

const documents = ['README.md', 'README.zh-CN.md', 'docs/library.md'];
const examples = documents.flatMap(examplesOf);
const wrong: Example = {
  place: 'here',
  file: 'wrong.ts',
  text: `import { openTerminal } from 'rollcall/terminal';\nawait openTerminal({ shop: 'people.sqlite' });\n`,
};
const complaints = compile([...examples, wrong]);

test.each(documents)('%s has an example', (path) => {
  expect(examples.filter(({ place }) => place.startsWith(`${path}:`))).not.toEqual([]);
});

test.each(examples)('the example at $place compiles', ({ file }) => {
  expect(complaints.get(file)).toBeUndefined();
});

test('an option that does not exist is found, so the others were looked at', () => {
  expect(complaints.get(wrong.file)).toContain("'shop' does not exist");
});
