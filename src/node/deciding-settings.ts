// Of a source's settings those that decide whom it gives and what of them, in one form: kept in the store, so that a start
// knows what changed. Passwords and times are not among them.

import type { DirectoryConfig } from './directory-config.ts';
import { isFilesConfig, isScimConfig, type SourceConfig } from './source-config.ts';

type Deciding = Readonly<Record<string, unknown>>;

function decidingOf(config: SourceConfig): Deciding {
  const { kind, attributes, telephone, matchBy, classes } = config;
  const restricted = Object.entries(classes ?? {}).flatMap(([field, named]) => (named === 'restricted' ? [field] : []));
  const every = { kind, attributes, telephone, matchBy, restricted: restricted.sort(), ...unitsSeparator(config) };
  if (isScimConfig(config)) return every;
  if (isFilesConfig(config)) {
    const { folder, keyAttribute, encoding } = config;
    return { ...every, folder, keyAttribute, encoding };
  }
  const { urls, bindDn, base, filter, keyAttribute, leaveOut } = config;
  // By which port or protocol a server is asked does not matter; another server may have other people.
  const hosts = [...new Set(urls.map((url) => new URL(url).hostname))].sort();
  return { ...every, hosts, bindDn, base, filter, keyAttribute, leaveOut: leaveOut.toSorted() };
}

/** Of no account where no field is made of units. */
export function unitsSeparator({
  attributes,
  departmentSeparator,
}: Pick<SourceConfig, 'attributes' | 'departmentSeparator'>): Pick<SourceConfig, 'departmentSeparator'> {
  const taken = Object.values(attributes).flat();
  return taken.some(({ transform }) => transform === 'units') ? { departmentSeparator } : {};
}

/** The same however the file is written: names in order, without what is absent. */
export const settingsOf = (config: SourceConfig): string => JSON.stringify(inOrder(decidingOf(config)));

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, each]) => [name, inOrder(each)]),
  );
}

/** Whose values differ, in order. */
export function changedSettings(before: string, after: string): readonly string[] {
  const [one, other] = [JSON.parse(before) as Deciding, JSON.parse(after) as Deciding];
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
  return names.filter((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]));
}

/** Where and as whom persons are looked for as long as changed settings wait: those who are in the book were found so. */
export function inForce(config: DirectoryConfig, kept: string | undefined): DirectoryConfig {
  if (kept === undefined) return config;
  const former = JSON.parse(kept) as DirectoryConfig | { readonly base?: undefined };
  // It was no directory.
  if (former.base === undefined) return config;
  const { kind, base, filter, keyAttribute } = former;
  return { ...config, kind, base, filter, keyAttribute };
}
