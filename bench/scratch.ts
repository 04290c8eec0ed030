import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Scratch extends AsyncDisposable {
  readonly folder: string;
}

/** A folder that is removed in the end, in the system's place for such, or another. */
export async function scratch(place: string = tmpdir()): Promise<Scratch> {
  const folder = await mkdtemp(join(place, 'rollcall-bench-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
