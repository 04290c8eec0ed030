import type { ChangeLog, Known, SourceKey, SourceName } from './change-log.ts';
import type { KnownGroup } from './group.ts';
import type { Listed } from './source.ts';

interface Ports {
  readonly changeLog: ChangeLog;
  readonly source: SourceName;
  /** Groups are in the same list. */
  readonly group: (key: SourceKey) => KnownGroup | undefined;
  /** A container is elsewhere than it was. */
  readonly moved: (container: Listed) => Promise<void>;
}

/**
 * Of those who are there, who is as the log knows them, and who is to be read. Containers are in the same list, and have no stamp
 * of their own: their place is all that matters. What is below one that moved goes along first, since entries are
 * read in no order, and may name each other by their new places.
 */
export async function parted(
  listed: readonly Listed[],
  { changeLog, source, group, moved }: Ports,
): Promise<{ readonly asKnown: readonly SourceKey[]; readonly others: readonly SourceKey[] }> {
  const keys = listed.map(({ key }) => key);
  let known = await changeLog.known(source, keys);
  const containers = new Set<SourceKey>();
  for (const each of listed) {
    const place = known.has(each.key) ? undefined : await changeLog.container(source, each.key);
    if (place === undefined) continue;
    containers.add(each.key);
    if (place === each.place) continue;
    await moved(each);
    known = await changeLog.known(source, keys);
  }
  const others = listed.filter(({ key }) => !containers.has(key));
  const isKnown = (each: Listed): boolean => isAsKnown(each, known.get(each.key) ?? group(each.key));
  return {
    asKnown: others.filter(isKnown).map(({ key }) => key),
    others: others.filter((each) => !isKnown(each)).map(({ key }) => key),
  };
}

const isAsKnown = ({ place, stamp }: Listed, known: (KnownGroup & Partial<Pick<Known, 'left'>>) | undefined): boolean =>
  known !== undefined && known.left !== true && stamp !== undefined && stamp === known.stamp && place === known.place;
