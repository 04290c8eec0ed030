// One directory as a source of the enterprise address book: followed into its stage, and asked whether a
// log-in's password is right.

import { createHmac, randomBytes } from 'node:crypto';
import { instant } from '../base/time.ts';
import { keyOfValue } from '../ldap/comparer.ts';
import { LdapFault } from '../ldap/fault.ts';
import { filterValue } from '../ldap/filter.ts';
import { guidOfEntry } from '../ldap/object-guid.ts';
import type { DirectoryEvent } from '../ldap/refresh.ts';
import { bindProblem, wrongPassword } from '../ldap/result-code.ts';
import type { Entry } from '../ldap/session.ts';
import { entryKey, syncCookie } from '../ldap/sync.ts';
import { sourceKey, sourceName, type SourceKey, type SourceName } from '../server/change-log.ts';
import type { DirectoryAnswer, DirectoryLogIn, DirectoryPerson } from '../server/sessions.ts';
import { LockOutGuard } from '../server/lock-out-guard.ts';
import { eventOf, listedOf } from '../server/source.ts';
import type { Stage } from '../server/stage-options.ts';
import type { LogIn } from '../wire/http.ts';
import type { Report } from './report.ts';
import { openSession, type LdapSession } from './ldap-session.ts';
import type { Following } from './ldap-socket.ts';
import { mapOf, openDirectory, securityOf } from './directory-reading.ts';
import { inForce } from './deciding-settings.ts';
import { passwordOf, type DirectoryConfig } from './directory-config.ts';

/**
 * Follows the directory until it is disposed of.
 * @throws HostFault when the configuration cannot be right: an address, a certificate file, a password file
 */
export function followDirectory(
  config: DirectoryConfig,
  stage: Stage,
  report: Pick<Report, 'source' | 'loading'>,
): Following {
  const map = mapOf(config);
  const progress = loadProgress();
  const following = openDirectory(config, map, {
    cookie: async () => {
      const stored = await stage.cookie();
      return stored === undefined ? undefined : syncCookie(stored);
    },
    take: async (events) => {
      for (const event of events) if (isWorthALine(event)) report.source(config.name, event);
      const count = progress(events);
      if (count !== undefined) report.loading(config.name, count);
      const wasOutdated = stage.isOutdated;
      await stage.take(
        events.filter((event) => event.kind !== 'listed').map((event) => eventOf(event, map, config.groups)),
      );
      const [listed] = events.filter((event) => event.kind === 'listed');
      const differing = listed === undefined ? [] : await stage.differing(listedOf(listed.entries));
      if (stage.isOutdated && !wasOutdated) following.anew();
      return differing.map(entryKey);
    },
  });
  return following;
}

function isWorthALine(event: DirectoryEvent): event is Parameters<Report['source']>[1] {
  if (event.kind === 'began') return event.comparison !== true;
  return event.kind === 'manner' || event.kind === 'lost' || event.kind === 'refused';
}

/** Counts whom a refresh names; undefined outside one. */
function loadProgress(): (events: readonly DirectoryEvent[]) => number | undefined {
  let count: number | undefined;
  return (events) => {
    for (const event of events) {
      if (event.kind === 'began') count = 0;
      else if (event.kind === 'refreshed' || event.kind === 'lost' || event.kind === 'refused') count = undefined;
      else if (count !== undefined && event.kind === 'entry') count += 1;
      else if (count !== undefined && event.kind === 'present') count += event.keys.length;
    }
    return count;
  };
}

interface DirectoryLogInOptions {
  readonly sources: readonly DirectoryConfig[];
  /** By which a source is followed, as the store has them. */
  readonly settings: (source: SourceName) => Promise<string | undefined>;
  readonly report: Report;
}

/**
 * Tries the password against each directory in turn, by a bind as the entry that bears the log-in name. A
 * name that two entries bear is nobody's.
 */
export function directoryLogIn({ sources, settings, report }: DirectoryLogInOptions): DirectoryLogIn {
  const key = randomBytes(32);
  const guard = new LockOutGuard((text) => createHmac('sha256', key).update(text).digest('base64'));
  return async (logIn, knownAt) => {
    let answer: Exclude<DirectoryAnswer, DirectoryPerson> = 'wrong';
    for (const written of sources) {
      try {
        const config = inForce(written, await settings(sourceName(written.name)));
        const found = await tryOne(config, { logIn, knownAt, guard, report });
        if (typeof found === 'object' && 'key' in found) return found;
        if (found !== 'wrong') answer = found;
      } catch (fault) {
        report.logInTrouble(written.name, fault);
        answer = 'unavailable';
      }
    }
    return answer;
  };
}

interface Attempt {
  readonly logIn: LogIn;
  readonly knownAt: string | undefined;
  readonly guard: LockOutGuard;
  readonly report: Report;
}

async function tryOne(config: DirectoryConfig, { logIn, knownAt, guard, report }: Attempt): Promise<DirectoryAnswer> {
  const { user, password } = logIn;
  await using session = await openOne(config);
  await session.bind(config.bindDn, passwordOf(config));
  const found = await entryOf(config, session, user);
  // A name that nobody has is tried like any other, so that the answers to it are the same.
  const account = `${config.name} ${found?.key ?? user}`;
  const bound = await guard.try({ account, password, knownAt }, instant(performance.now()), async () => {
    if (found === undefined) return 'wrong';
    const problem = await bindAs(session, found.dn, password);
    if (problem === undefined || problem === 'wrong') return problem ?? 'right';
    report.logInProblem(config.name, user, problem);
    return problem === wrongPassword ? 'wrong' : 'barred';
  });
  if (typeof bound === 'object') return bound;
  return bound === 'right' && found !== undefined ? { source: sourceName(config.name), key: found.key } : 'wrong';
}

async function entryOf(
  config: DirectoryConfig,
  session: LdapSession,
  user: string,
): Promise<{ readonly dn: string; readonly key: SourceKey } | undefined> {
  // Windows has people write DOMAIN\name; the domain is the source's.
  const name = filterValue(config.kind === 'ad' ? user.replace(/^[^\\]+\\/, '') : user);
  const bears = config.logInAttributes.map((attribute) => `(${attribute}=${name})`).join('');
  const { entries } = await session.search({
    base: config.base,
    scope: 'subtree',
    filter: `(&${config.filter}(|${bears}))`,
    attributes: [config.keyAttribute],
    sizeLimit: 2,
  });
  const [entry, second] = entries;
  const key = entry === undefined ? undefined : keyOf(config, entry);
  return entry === undefined || second !== undefined || key === undefined ? undefined : { dn: entry.dn, key };
}

/** Undefined where the directory let it in; why not, where it says more than that. */
async function bindAs(session: LdapSession, dn: string, password: string): Promise<string | undefined> {
  try {
    await session.bind(dn, password);
    return undefined;
  } catch (fault) {
    if (!(fault instanceof LdapFault) || fault.code !== 49) throw fault;
    return bindProblem(fault.message) ?? 'wrong';
  }
}

function keyOf({ kind, keyAttribute }: DirectoryConfig, { attributes }: Entry): SourceKey | undefined {
  if (kind === 'ad') return sourceKey(guidOfEntry(attributes));
  const [key] = attributes.get(keyAttribute.toLowerCase()) ?? [];
  return key === undefined ? undefined : sourceKey(keyOfValue(key));
}

async function openOne(config: DirectoryConfig): Promise<LdapSession> {
  let last: unknown;
  for (const url of config.urls) {
    try {
      return await openSession({ url, ...securityOf(config) });
    } catch (fault) {
      last = fault; // the next server may answer
    }
  }
  throw last;
}
