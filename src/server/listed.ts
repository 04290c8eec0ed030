import type { ChangeLog, Known, SourceKey, SourceName } from './change-log.ts';
import type { Listed } from './source.ts';

interface Ports {
  readonly changeLog: ChangeLog;
  readonly source: SourceName;
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
  { changeLog, source, moved }: Ports,
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
  const persons = listed.filter(({ key }) => !containers.has(key));
  const isKnown = (each: Listed): boolean => isAsKnown(each, known.get(each.key));
  return {
    asKnown: persons.filter(isKnown).map(({ key }) => key),
    others: persons.filter((each) => !isKnown(each)).map(({ key }) => key),
  };
}

const isAsKnown = ({ place, stamp }: Listed, known: Known | undefined): boolean =>
  known !== undefined && !known.left && stamp !== undefined && stamp === known.stamp && place === known.place;
