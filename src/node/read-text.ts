import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { HostFault } from './host-fault.ts';

/**
 * A file that a setting names.
 * @param key of the setting, for the message
 * @throws HostFault when it cannot be read
 */
export function readText(path: string, key: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new HostFault(
      `${key}: cannot read ${resolve(path)}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}
