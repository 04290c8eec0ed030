import { existsSync } from 'node:fs';
import { join } from 'node:path';

const places = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/sbin'];

/** Where `program` lies; undefined where it is not installed. */
export const programPath = (program: string): string | undefined =>
  places.map((place) => join(place, program)).find((path) => existsSync(path));

/**
 * For `describe.skipIf`: true, with a line that says so, where a real peer is not installed. A run that
 * is to prove something (CI) fails instead.
 */
export function skipWithout(peer: string, isInstalled: () => boolean): boolean {
  if (isInstalled()) return false;
  if (process.env['CI'] === 'true') throw new Error(`${peer} is not installed, and CI must not skip its tests`);
  process.stderr.write(`skipped: ${peer} is not installed\n`);
  return true;
}
