/**
 * What reaches a whole group of processes comes twice: from the terminal, and from the `npm run` that passes it on.
 * Only later ones are a person who asks again.
 */
const sameAskingMilliseconds = 500;

/** Resolves, with words for it, when this process is asked to stop; asked once more, it stops at once. */
export function stopAsked(): Promise<string> {
  return new Promise((resolve) => {
    let askedAt: number | undefined;
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => {
        askedAt ??= performance.now();
        if (performance.now() - askedAt > sameAskingMilliseconds) process.exit(1);
        resolve(`stopped by ${signal}`);
      });
  });
}
