// How late the loop of this process is: what everything that is due waits for.

const everyMilliseconds = 250;

/** Tells the lateness of a timer, in milliseconds, four times a second, until it is disposed of. */
export function watchLoop(tell: (lagMilliseconds: number) => void): Disposable {
  let due = performance.now() + everyMilliseconds;
  const timer = setInterval(() => {
    const now = performance.now();
    tell(Math.max(0, now - due));
    due = now + everyMilliseconds;
  }, everyMilliseconds).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
