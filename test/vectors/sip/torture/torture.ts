// All 61 cases of RFC 4475 and RFC 5118.

import { application } from './application.ts';
import { invalidSyntax } from './invalid-syntax.ts';
import { ipv6 } from './ipv6.ts';
import type { TortureCase } from './torture-case.ts';
import { validSyntax } from './valid-syntax.ts';

export const torture: readonly TortureCase[] = [...validSyntax, ...invalidSyntax, ...application, ...ipv6];

export function tortureCase(section: string): TortureCase {
  const found = torture.find((each) => each.section === section);
  if (found === undefined) throw new Error(`no case ${section}`);
  return found;
}
