// Which version of the page this is.

/** `tools/page.mjs` puts it here. */
declare const __VERSION__: string;

export const versionShown: string = __VERSION__;

/** The hash in the name of this script: it is another one when the code is. */
export const buildShown: string = /-([\w-]+)\.js/.exec(import.meta.url)?.[1] ?? '';
