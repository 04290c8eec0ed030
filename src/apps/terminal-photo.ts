// `rollcall terminal photo`, and the photos that come with other commands.

import { writeFileSync } from 'node:fs';
import { nameOf, shown } from '../book/personal-entry.ts';
import type { Terminal } from '../node/terminal.ts';
import { CommandFailure, exitCodes, type Output } from './output.ts';
import { printable } from './screen.ts';
import { held } from './terminal-persons.ts';

/** What did not come comes another time; the command has done what it was asked for. */
export async function fetchPhotos(terminal: Terminal, output: Output): Promise<void> {
  await output.during((progress) =>
    terminal.fetchPhotos((done, total) => progress.show('fetching photos', done, total)),
  );
}

export async function photo(
  terminal: Terminal,
  output: Output,
  ...[text, { out }]: readonly [string, { readonly out: string }]
): Promise<void> {
  const entry = await held(terminal, text);
  const who = printable(nameOf(entry));
  if (shown(entry).photo === undefined) throw new CommandFailure(`${who} has no photo`, exitCodes.refused);
  if ((await terminal.photo(entry.person)) === undefined) await fetchPhotos(terminal, output);
  const { bytes, type } = (await terminal.photo(entry.person)) ?? {};
  if (bytes === undefined)
    throw new CommandFailure(`the photo of ${who} is not here yet, and could not be fetched`, exitCodes.unreachable);
  try {
    writeFileSync(out, bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure(`cannot write ${out}: ${why}`, exitCodes.failed, { cause });
  }
  output.tell(`wrote ${out}: ${type}, ${bytes.length} bytes`, { person: entry.person, out, type, bytes: bytes.length });
}
