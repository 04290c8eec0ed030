/** What to type before a command's name: as this program itself was called, from the sources or installed. */
export const call: string = import.meta.url.endsWith('.ts') ? 'npm run rollcall --' : 'npx rollcall';
