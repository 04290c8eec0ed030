/** How long the page may be deaf: less than a frame. */
const sliceMilliseconds = 10;

/** For long work to be done piece by piece: waits, every now and then, until the page has drawn and heard. */
export function paced(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < sliceMilliseconds) return;
    await new Promise((resolve) => setTimeout(resolve));
    since = performance.now();
  };
}
