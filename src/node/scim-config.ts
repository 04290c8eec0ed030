// The settings of a source that a provisioning client writes by SCIM.

import * as v from 'valibot';
import { HostFault } from './host-fault.ts';
import { hash } from './chance.ts';
import { readText } from './read-text.ts';
import { said, text } from './setting-schema.ts';
import { nameOfSource, ofEverySource, type EverySource } from './source-settings.ts';

export interface ScimConfig extends EverySource {
  readonly kind: 'scim';
  /** SHA-256 of the tokens, lower-case hex. */
  readonly tokenHashes?: readonly string[] | undefined;
  /** A file with a token on each line. */
  readonly tokenFile?: string | undefined;
}

const hashRight = 'the SHA-256 of a token, 64 hexadecimal digits, or a list of such';
const oneHash = v.pipe(text(hashRight), v.regex(/^[0-9a-f]{64}$/i, said(hashRight)), v.toLowerCase());

export const scimSchema: v.GenericSchema<unknown, ScimConfig> = v.pipe(
  v.strictObject({
    name: nameOfSource,
    kind: v.literal('scim'),
    tokenHash: v.optional(
      v.union(
        [
          v.pipe(
            oneHash,
            v.transform((one) => [one]),
          ),
          v.pipe(v.array(oneHash), v.minLength(1)),
        ],
        said(hashRight),
      ),
    ),
    tokenFile: v.optional(text('the path of a file with a token on each line')),
    ...ofEverySource,
  }),
  v.check(
    ({ tokenHash, tokenFile }) => (tokenHash === undefined) !== (tokenFile === undefined),
    'give tokenFile or tokenHash, and not both: the token that the provisioning client shows',
  ),
  v.transform(({ tokenHash, ...rest }) => ({ ...rest, tokenHashes: tokenHash })),
);

/** 128 bits in base64url, so that nobody guesses one. */
const shortest = 22;

/**
 * Of the tokens that are good now; the file is read each time, so that a token can be changed without a restart.
 * @throws HostFault when the file cannot be read, or what is in it is no token
 */
export function tokenHashesOf({ name, tokenHashes, tokenFile = '' }: ScimConfig): readonly string[] {
  if (tokenHashes !== undefined) return tokenHashes;
  const key = `sources.${name}.tokenFile`;
  const tokens = readText(tokenFile, key)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (tokens.length === 0) throw new HostFault(`${key}: there is no token in it`);
  if (tokens.some((token) => token.length < shortest))
    throw new HostFault(
      `${key}: a token of fewer than ${shortest} characters can be guessed; make one with: openssl rand -hex 32`,
    );
  return tokens.map((token) => hash('SHA-256', token));
}
