// What people type by mistake, and what nobody would type.

/** `word` with one typing error: a letter left out, put in, another, or two in each other's place. */
export function mistype(word: string, { at, how }: { readonly at: number; readonly how: number }): string {
  const place = at % word.length;
  const [before, letter, after] = [word.slice(0, place), word.charAt(place), word.slice(place + 1)];
  switch (how % 4) {
    case 0:
      return `${before}${after}`;
    case 1:
      return `${before}q${letter}${after}`;
    case 2:
      return `${before}q${after}`;
    default:
      return `${before}${after.slice(0, 1)}${letter}${after.slice(1)}`;
  }
}

export const hostileTexts: readonly string[] = [
  'a'.repeat(100_000),
  '张'.repeat(100_000),
  '8'.repeat(100_000),
  'z '.repeat(50_000),
  '(a+)+$',
  '.*',
  '[',
  '\\',
  '%_',
  '\ud800',
  'a\udc00b',
  '\u0000\u0007\u001b[31m',
  '\u202eada\u202c',
  '\u200b\u200d\ufeff',
  '👩‍💻',
  '🇨🇳',
  'e\u0301'.repeat(200),
  'z\u0300'.repeat(5000),
  '\ufdfa'.repeat(200),
  '__proto__',
  'constructor',
  '"; drop table person; --',
];
