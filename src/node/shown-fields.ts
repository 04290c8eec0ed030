// Which fields everyone sees, written down beside the book. Where the settings, or another version of this program, show
// others than before, the book gets a new ID: terminals then compare what they hold, so that a field that is hidden from now
// on is taken from them, and one that is shown is given, without a change in any directory.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { classesInEffect, fieldNames, type FieldClasses } from '../book/field.ts';
import { hiddenFields } from '../server/audience.ts';
import { parseJson, WireFault } from '../wire/problem.ts';
import { HostFault } from './host-fault.ts';
import { bookFile, giveNewBook } from './restore.ts';

const shownIn = (classes: FieldClasses): string => {
  const hidden = hiddenFields(classes);
  return JSON.stringify(fieldNames.filter((name) => !hidden.includes(name)));
};

/**
 * Gives the book a new ID if it was last shown with other fields; true where it did.
 * @throws HostFault when the file of before or the book cannot be read or written
 */
export function renewIfShownOtherwise(data: string, classes: FieldClasses): boolean {
  const path = join(data, 'fields-shown.json');
  const book = join(data, bookFile);
  const shown = shownIn(classes);
  const differs = existsSync(book) && before(path) !== shown;
  if (differs) giveNewBook(book);
  // After the book: where this is not reached, the next start does both.
  try {
    writeFileSync(path, shown, { mode: 0o600 });
  } catch (cause) {
    throw new HostFault(`cannot write ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  return differs;
}

/** A folder without the file was shown with what the table says. */
function before(path: string): string | undefined {
  if (!existsSync(path)) return shownIn(classesInEffect());
  try {
    return JSON.stringify(parseJson(v.array(v.string()), readFileSync(path, 'utf8'), path));
  } catch (fault) {
    if (fault instanceof WireFault) return undefined; // written by something else: as if it differed
    throw fault;
  }
}
