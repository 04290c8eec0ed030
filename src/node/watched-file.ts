// One file of a watched folder, as it is when it is looked at and when it is read.

import { constants } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { BigIntStats } from 'node:fs';
import { strictTextOf } from '../base/bytes.ts';
import type { FileFormat } from '../server/file-persons.ts';

/** What a file is at a look; another stand, another content. `problem`: it cannot be one of ours. */
export type Stand =
  | { readonly kind: 'file'; readonly stand: string }
  | { readonly kind: 'odd'; readonly problem: string };

const formats: Readonly<Record<string, FileFormat>> = { '.csv': 'csv', '.ldif': 'ldif', '.vcf': 'vcard' };

export const formatOf = (name: string): FileFormat | undefined => formats[extname(name).toLowerCase()];

/** A string of Node holds some 500 million characters; and all of a file is in memory while it is read. */
const mostOctets = 256 * 1024 * 1024;

// A change within one tick of a file system's clock alters the time of the inode's change, or the inode.
const standOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(' ');

/** The files by name, in its order; what begins with a dot is what editors and rsync write meanwhile. */
export async function lookInto(folder: string): Promise<ReadonlyMap<string, Stand>> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.') && formatOf(name) !== undefined).sort();
  const stands = new Map<string, Stand>();
  for (const name of names) stands.set(name, await standAt(join(folder, name)));
  return stands;
}

async function standAt(path: string): Promise<Stand> {
  try {
    const found = await stat(path, { bigint: true });
    return found.isFile() ? { kind: 'file', stand: standOf(found) } : odd('it is not a file');
  } catch (fault) {
    return odd(wordsOf(fault));
  }
}

const odd = (problem: string): Stand => ({ kind: 'odd', problem });

export const wordsOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));

export type Content =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'moved' }
  | { readonly kind: 'odd'; readonly problem: string };

/** All of it, if it stands from begin to end as it stood at the look. */
export async function contentOf(path: string, stand: string): Promise<Content> {
  try {
    // What was a file at the look may be a pipe by now, which would be waited for.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const before = await file.stat({ bigint: true });
    if (!before.isFile() || standOf(before) !== stand) return { kind: 'moved' };
    if (before.size > mostOctets)
      return { kind: 'odd', problem: `it has more than ${mostOctets >> 20} MB; give it in parts` };
    const bytes = await file.readFile();
    return standOf(await file.stat({ bigint: true })) === stand ? { kind: 'bytes', bytes } : { kind: 'moved' };
  } catch (fault) {
    return { kind: 'odd', problem: wordsOf(fault) };
  }
}

/**
 * The text, or what is wrong with it. No encoding is guessed: half of a file in UTF-8 may well be whole in another one, and
 * would give everybody another name.
 */
export function decoded(
  bytes: Uint8Array,
  encoding: string | undefined,
): string | { readonly line: number; readonly problem: string } {
  const [first, second] = bytes;
  const marked =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
  const used = marked ?? encoding ?? 'utf-8';
  let text: string;
  try {
    text = new TextDecoder(used, { fatal: true }).decode(bytes);
  } catch {
    const line = used === 'utf-8' ? firstWrongLine(bytes) : 1;
    return { line, problem: `it is not ${used}; write it in UTF-8, or say which 'encoding' it has` };
  }
  const nul = text.indexOf('\0');
  return nul === -1
    ? text
    : { line: text.slice(0, nul).split('\n').length, problem: 'there is a NUL in it, which no text has' };
}

function firstWrongLine(bytes: Uint8Array): number {
  let line = 1;
  for (let from = 0; from < bytes.length; line += 1) {
    const end = bytes.indexOf(10, from);
    if (strictTextOf(bytes.subarray(from, end === -1 ? bytes.length : end)) === undefined) return line;
    if (end === -1) break;
    from = end + 1;
  }
  return line;
}
