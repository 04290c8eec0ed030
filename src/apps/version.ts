import { readFileSync } from 'node:fs';

/** Of the package that this file is part of, whether it runs from the sources or as emitted. */
export const version: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
