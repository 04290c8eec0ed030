// A directory by its settings: what is taken from it and how it is connected to, followed or read once.

import type { DirectoryEvent } from '../ldap/refresh.ts';
import { attributeMap, attributesToAsk, type AttributeMap } from '../server/attribute-map.ts';
import { groupAttributes } from '../server/group-entry.ts';
import { containerFilter, eventOf, type SourceEvent } from '../server/source.ts';
import { readingBy } from '../server/telephone.ts';
import { sha256 } from './chance.ts';
import { HostFault } from './host-fault.ts';
import {
  checkAddress,
  compare,
  follow,
  followActiveDirectory,
  type Following,
  type FollowOptions,
  type LdapSecurity,
} from './ldap-socket.ts';
import { readText } from './read-text.ts';
import { passwordOf, type DirectoryConfig } from './directory-config.ts';
import { unitsSeparator } from './deciding-settings.ts';
import { isDirectoryConfig, tableOf, type SourceConfig } from './source-config.ts';

/** Node's decoder, which the pure rooms cannot name; undefined for what is not GB18030 either. */
export function decodeGb18030(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('gb18030', { fatal: true }).decode(bytes);
  } catch {
    return undefined; // the mapping then leaves the value out
  }
}

export const mapOf = (config: SourceConfig): AttributeMap => {
  const { kind, attributes, telephone, classes, departmentSeparator: separator } = config;
  return attributeMap({
    table: tableOf(kind),
    units: { below: isDirectoryConfig(config) ? config.base : '', ...(separator !== undefined && { separator }) },
    own: attributes,
    ...(classes !== undefined && { classes }),
    decodeGb18030,
    sha256,
    ...(telephone !== undefined && { telephoneUri: readingBy(telephone) }),
  });
};

const attributesOf = ({ groups }: DirectoryConfig, map: AttributeMap): readonly string[] => [
  ...new Set([...attributesToAsk(map), 'objectClass', ...(groups === undefined ? [] : groupAttributes)]),
];

/** What decides about fields and groups beside the attributes that are asked for. Without settings of its own nothing does. */
function madeInto({ attributes, telephone, groups, ...config }: DirectoryConfig): Pick<FollowOptions, 'madeInto'> {
  const memberUidBelow = groups?.memberUidBelow;
  if (Object.keys(attributes).length === 0 && (telephone ?? memberUidBelow) === undefined) return {};
  return {
    madeInto: JSON.stringify({ attributes, telephone, memberUidBelow, ...unitsSeparator({ attributes, ...config }) }),
  };
}

export function securityOf(config: DirectoryConfig): LdapSecurity {
  const { startTls, allowClearText, caFile } = config;
  const ca = caFile === undefined ? {} : { ca: readText(caFile, `sources.${config.name}.caFile`) };
  return { startTls, allowClearText, ...ca };
}

/** @throws HostFault when the settings cannot be right, which else is said when it is begun with */
export function checkDirectory(config: DirectoryConfig): void {
  const security = securityOf(config);
  passwordOf(config);
  for (const url of config.urls) rightly(config, () => checkAddress(url, security, true));
}

function rightly<Result>({ name }: DirectoryConfig, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof HostFault) throw cause;
    throw new HostFault(`sources.${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/**
 * Follows it until it is disposed of.
 * @throws HostFault when the configuration cannot be right: an address, a certificate file, a password file
 */
export function openDirectory(
  config: DirectoryConfig,
  map: AttributeMap,
  { cookie, take }: Pick<FollowOptions, 'cookie' | 'take'>,
): Following {
  const [first, ...others] = config.urls;
  if (first === undefined) throw new HostFault(`sources.${config.name}.url: is missing`);
  return rightly(config, () => {
    const options: FollowOptions = {
      urls: [first, ...others],
      ...securityOf(config),
      dn: config.bindDn,
      password: passwordOf(config),
      base: config.base,
      filter: `(|${config.filter}${containerFilter}${config.groups?.filter ?? ''})`,
      attributes: attributesOf(config, map),
      ...madeInto(config),
      compareEvery: config.compareEvery,
      cookie,
      take,
    };
    switch (config.kind) {
      case 'openldap':
      case '389ds':
        return follow(options);
      case 'ad': {
        const { leaveOut, compareKeysEvery } = config;
        return followActiveDirectory({ ...options, leaveOut, compareKeysEvery });
      }
      case 'ldap': {
        const { keyAttribute, every, compareEvery } = config;
        return compare({ ...options, keyAttribute, every, compareEvery });
      }
    }
  });
}

/** How a reading ended. */
export type Reading =
  | { readonly kind: 'read'; readonly manner?: string }
  | { readonly kind: 'lost'; readonly problem: string }
  | { readonly kind: 'refused'; readonly problem: string; readonly advice: string };

/**
 * Reads everything once, in the way in which it would be followed, and nothing after it. Each address has one try. Where
 * `signal` aborts it, it is lost.
 * @throws HostFault as `openDirectory`; whatever `take` throws
 */
export async function readDirectory(
  config: DirectoryConfig,
  take: (events: readonly SourceEvent[]) => Promise<void>,
  signal?: AbortSignal,
): Promise<Reading> {
  const map = mapOf(config);
  const { promise, resolve, reject } = Promise.withResolvers<Reading>();
  let tries = 0;
  let over = false;
  let read = false;
  let manner: Pick<Reading & { kind: 'read' }, 'manner'> = {};
  const end = (reading: Reading): void => {
    over = true;
    resolve(reading);
  };
  const breakOff = (): void => end({ kind: 'lost', problem: 'it was broken off' });
  if (signal?.aborted === true) breakOff();
  signal?.addEventListener('abort', breakOff);
  const hear = (event: DirectoryEvent): void => {
    if (event.kind === 'refreshed') read = true;
    if (event.kind === 'manner') manner = { manner: event.words };
    if (event.kind === 'lost') tries += 1;
    const isBroken = event.kind === 'refused' || event.kind === 'lost';
    // How Active Directory is followed is known a moment after.
    if (read && (config.kind !== 'ad' || manner.manner !== undefined || isBroken)) end({ kind: 'read', ...manner });
    else if (event.kind === 'refused') end(event);
    else if (event.kind === 'lost' && tries === config.urls.length) end({ kind: 'lost', problem: event.problem });
  };
  await using _ = openDirectory(config, map, {
    cookie: async () => undefined,
    take: async (events) => {
      if (over) return;
      try {
        if (!read)
          await take(
            events.filter((event) => event.kind !== 'listed').map((event) => eventOf(event, map, config.groups)),
          );
        for (const event of events) if (!over) hear(event);
      } catch (fault) {
        over = true;
        reject(fault);
      }
    },
  });
  try {
    return await promise;
  } finally {
    signal?.removeEventListener('abort', breakOff);
  }
}
