// The settings of a source that is a folder of files.

import * as v from 'valibot';
import { minutes, type Milliseconds } from '../base/time.ts';
import { duration, said, text } from './setting-schema.ts';
import { nameOfSource, ofEverySource, type EverySource } from './source-settings.ts';

export interface FilesConfig extends EverySource {
  readonly kind: 'files';
  readonly folder: string;
  /** A column, an attribute, a property of vCards or a field; each format has its own where it is absent. */
  readonly keyAttribute?: string | undefined;
  /** Of files that are not in Unicode. */
  readonly encoding?: string | undefined;
  /** So often the folder is looked at, whatever the operating system tells of it. */
  readonly every: Milliseconds;
}

/** Long enough for an export that is deleted and written anew, see `FolderLook`. */
const defaultEvery = minutes(1);

const encodingRight = 'the name of an encoding, such as utf-8, gb18030, big5, shift_jis, euc-kr or windows-1252';

function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label, { fatal: true }).encoding !== '';
  } catch {
    return false; // a label that the WHATWG's list has not
  }
}

export const filesSchema: v.GenericSchema<unknown, FilesConfig> = v.pipe(
  v.strictObject({
    name: nameOfSource,
    kind: v.literal('files'),
    ...ofEverySource,
    folder: text('the path of a folder'),
    keyAttribute: v.optional(text('the name of a column, of an LDAP attribute, of a vCard property or of a field')),
    encoding: v.optional(v.pipe(text(encodingRight), v.check(isEncoding, said(encodingRight)))),
    every: v.optional(duration('1s', '7d')),
  }),
  v.transform((given): FilesConfig => ({ ...given, every: given.every ?? defaultEvery })),
);
