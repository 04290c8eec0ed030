/** So many requests of one transaction: a few milliseconds of the page's thread. */
const atOnce = 200;

/** What one request of a transaction gives for each of `items`: some at a time, so that the page draws and hears in between. */
export async function inSlices<Item, Result>(
  items: readonly Item[],
  request: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += atOnce)
    // Async: what the browser refuses at once would leave those before it unheard.
    results.push(...(await Promise.all(items.slice(at, at + atOnce).map(async (item) => request(item)))));
  return results;
}
