/**
 * A place (a DN) as a number of 32 bits, by which the index finds it; the text itself is compared then, so that two
 * places of one number do no harm. An index of the texts is five times as large, and as places come in no order, a first
 * load writes most of its pages with each commit.
 */
export function placeNumber(place: string): number {
  // FNV-1a over UTF-16 units.
  let hash = 0x811c9dc5;
  for (let at = 0; at < place.length; at += 1) hash = Math.imul(hash ^ place.charCodeAt(at), 0x01000193);
  return hash;
}
