// What counts as one peer by its address.

/** An IPv6 site has 2^64 addresses and counts as one; a run of zero groups may stand as `::`. */
export function siteOf(remote: string): string {
  if (!remote.includes(':') || remote.includes('.')) return remote;
  const [before = '', after] = remote.split('::', 2);
  const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const [head, tail] = [groups(before), groups(after ?? '')];
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  return [...head, ...Array.from({ length: zeros }, () => '0'), ...tail].slice(0, 4).join(':');
}
