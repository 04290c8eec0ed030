// Files that the page makes: by name, with the day, into the folder for what is downloaded.

/** `Board 2026-11-26.vcf`. What some system takes no name of a file with is left out. */
export function fileName(name: string, ending: string, at: Date): string {
  const plain = name.replaceAll(/[\\/:*?"<>|\p{Cc}]+/gu, ' ').trim();
  const parts = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0'));
  return `${[cut(plain, 60), parts.join('-')].filter(Boolean).join(' ')}.${ending}`;
}

/** The first `most` characters, none of them halved. */
export const cut = (text: string, most: number): string => text.slice(0, most).replace(/[\uD800-\uDBFF]$/u, '');

export function save(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // Once it has been read, which no browser tells of.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
