// What a screen shows of names in any script, of hostile text, and of long work.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { during, lineOf } from '../../src/apps/progress.ts';
import { printable, table, widthOf } from '../../src/apps/screen.ts';

describe('text', () => {
  test('a Chinese character, a full-width digit and an emoji take two columns, an accent and a joiner none', () => {
    expect(widthOf('王小明')).toBe(6);
    expect(widthOf('８００１')).toBe(8);
    expect(widthOf('Zoë')).toBe(3);
    expect(widthOf('Zoe\u0308')).toBe(3);
    expect(widthOf('🙂')).toBe(2);
    expect(widthOf('한국')).toBe(4);
    expect(widthOf('𠮷野')).toBe(4);
    expect(widthOf('a\u200db')).toBe(2);
  });

  test('columns begin at the same place in every row', () => {
    const rows = [
      ['NAME', 'TEL'],
      ['王小明', '1'],
      ['Zoe\u0308 Q', '2'],
      ['Ada Lovelace', '3'],
    ];
    const lines = table(rows).split('\n');
    expect(lines.map((line) => widthOf(line.slice(0, line.search(/ (TEL|\d)$/))))).toEqual([13, 13, 13, 13]);
    expect(table([])).toBe('');
  });

  test('nothing that is printed can move the cursor, end a line or turn its direction; letters stay', () => {
    expect(printable('A\u001b[2J\u009bB\r\n\u2028C\u202e\u2066D')).toBe('A [2J B C D');
    expect(printable('Lü 王 \u200f אבג e\u0301')).toBe('Lü 王 \u200f אבג e\u0301');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});

describe('progress', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] }));
  afterEach(() => void vi.useRealTimers());

  test('what can be counted has a bar; what cannot has its seconds', () => {
    expect(lineOf(['loading persons', 42_000, 100_000], 3)).toBe(
      '##########--------------  42 %  loading persons, 42,000 of 100,000',
    );
    expect(lineOf(['loading persons', 12, 10], 0)).toMatch(/^#{24} 100 % /);
    expect(lineOf(['comparing 5.2 million characters'], 3)).toBe('comparing 5.2 million characters, 3 s');
    expect(lineOf(['reading', 0, 0], 1)).toBe('reading, 0, 1 s');
    expect(lineOf(['reading \u001b[2Jx\n'], 1)).toBe('reading  [2Jx , 1 s');
  });

  test('one line is drawn anew while the work lasts, and then taken away, also where the work fails', async () => {
    const written: string[] = [];
    const screen = { isTTY: true, columns: 20, write: (text: string) => written.push(text) };
    const work = Promise.withResolvers<string>();
    const result = during(screen, (progress) => {
      progress.show('reading');
      vi.advanceTimersByTime(250);
      // What is over so soon is not worth a line.
      expect(written).toEqual([]);
      vi.advanceTimersByTime(1000);
      const before = written.length;
      for (let count = 0; count < 1000; count += 1) progress.show('王'.repeat(30), count, 1000);
      // However often it is told, it is drawn ten times a second.
      expect(written.length).toBeLessThanOrEqual(before + 1);
      return work.promise;
    });
    vi.advanceTimersByTime(1000);
    expect(written[0]).toBe('\rreading, 0 s\u001b[K');
    expect(written).toContain('\rreading, 1 s\u001b[K');
    expect(written.at(-1)).toBe('\r###################\u001b[K');
    work.resolve('done');
    expect(await result).toBe('done');
    expect(written.at(-1)).toBe('\r\u001b[K');
    const failing = during({ ...screen, columns: 0 }, async (progress) => {
      vi.advanceTimersByTime(1000);
      progress.show('reading');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(written.slice(-2)).toEqual(['\rreading, 0 s\u001b[K', '\r\u001b[K']);
    const shown = written.length;
    vi.advanceTimersByTime(5000);
    expect(written).toHaveLength(shown);
  });

  test('short work shows nothing, and into a pipe or a file nothing is written', async () => {
    const written: string[] = [];
    const screen = { isTTY: true, columns: 80, write: (text: string) => written.push(text) };
    await during(screen, async (progress) => progress.show('reading'));
    for (const other of [undefined, { ...screen, isTTY: false }])
      await during(other, async (progress) => {
        progress.show('reading');
        vi.advanceTimersByTime(5000);
        progress.show('reading', 1, 2);
      });
    expect(written).toEqual([]);
  });
});
