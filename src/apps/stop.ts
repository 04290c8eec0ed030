/** Resolves, with words for it, when this process is asked to stop; a second time it stops at once. */
export function stopAsked(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve(`stopped by ${signal}`);
      });
  });
}
