import { tmpdir } from 'node:os';
import { programPath } from './installed.ts';
import { Program, type Ended } from './program.ts';

export const sipsakIsInstalled = (): boolean => programPath('sipsak') !== undefined;

/** sipsak with `words`, to its end. */
export const sipsak = (words: readonly string[]): Promise<Ended> => new Program('sipsak', words, tmpdir()).ended;
