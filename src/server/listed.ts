import type { ChangeLog, Known, SourceKey, SourceName } from './change-log.ts';
import type { Listed } from './source.ts';

/** Of those who are there, who is as the log knows them, and who is to be read. */
export async function parted(
  listed: readonly Listed[],
  { changeLog, source }: { readonly changeLog: ChangeLog; readonly source: SourceName },
): Promise<{ readonly asKnown: readonly SourceKey[]; readonly others: readonly SourceKey[] }> {
  const known = await changeLog.known(
    source,
    listed.map(({ key }) => key),
  );
  const [asKnown, others]: [SourceKey[], SourceKey[]] = [[], []];
  for (const each of listed) {
    // Containers are in the same list, and have no stamp of their own: their place is all that matters.
    if (isAsKnown(each, known.get(each.key))) asKnown.push(each.key);
    else if ((await changeLog.container(source, each.key)) !== each.place) others.push(each.key);
  }
  return { asKnown, others };
}

const isAsKnown = ({ place, stamp }: Listed, known: Known | undefined): boolean =>
  known !== undefined && !known.left && stamp !== undefined && stamp === known.stamp && place === known.place;
