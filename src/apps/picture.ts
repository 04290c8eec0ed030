// A picture in a file, on its way to the server.

import { readFileSync, statSync } from 'node:fs';
import { base64Of } from '../base/bytes.ts';
import { mostPhotoBytes } from '../book/photo.ts';
import { CommandFailure, exitCodes } from './output.ts';

/** In base64, as the administrator's calls take it. @throws CommandFailure when it cannot be read, or is too large to send */
export function readPicture(file: string): string {
  try {
    const { size } = statSync(file);
    if (size <= mostPhotoBytes) return base64Of(readFileSync(file));
    throw new CommandFailure(`${file} has ${size} bytes; a photo has at most ${mostPhotoBytes}`, exitCodes.refused);
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure(`cannot read ${file}: ${why}`, exitCodes.failed, { cause });
  }
}
