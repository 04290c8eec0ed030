import { expect, test } from 'vitest';
import type { Machine } from '../../src/base/machine.ts';
import { later, milliseconds, type Instant } from '../../src/base/time.ts';
import { run } from '../../src/node/run.ts';

/** Says every word twice, and `woke` a while after the last word. */
class Echo implements Machine<string, string> {
  #due: Instant | undefined;
  handle(word: string, now: Instant): readonly string[] {
    this.#due = later(now, milliseconds(5));
    return [`${word}-1`, `${word}-2`];
  }
  deadline(): Instant | undefined {
    return this.#due;
  }
  wake(now: Instant): readonly string[] {
    if (this.#due === undefined || now < this.#due) return ['woken early'];
    this.#due = undefined;
    return ['woke'];
  }
}

test('an input told while another is carried out waits until that one is done', () => {
  const said: string[] = [];
  const running = run(new Echo(), (word: string) => {
    said.push(word);
    if (word === 'a-1') running.tell('b');
  });
  running.tell('a');
  running.stop();
  expect(said).toEqual(['a-1', 'a-2', 'b-1', 'b-2']);
});

test('a machine is woken once its deadline is reached, never before', async () => {
  const woke = await new Promise<string>((resolve) => {
    const running = run(new Echo(), (word: string) => {
      if (!word.startsWith('a-')) resolve(word);
    });
    running.tell('a');
  });
  expect(woke).toBe('woke');
});

test('a machine whose deadline has moved away is not woken at the one before', async () => {
  const said: string[] = [];
  const woke = new Promise<void>((resolve) => {
    const running = run(new Echo(), (word: string) => {
      said.push(word);
      if (word === 'woke') resolve();
    });
    running.tell('a');
    setTimeout(() => running.tell('b'), 3);
  });
  await woke;
  expect(said).toEqual(['a-1', 'a-2', 'b-1', 'b-2', 'woke']);
});

test('after stop nothing is heard and nothing wakes', async () => {
  const said: string[] = [];
  const running = run(new Echo(), (word: string) => said.push(word));
  running.tell('a');
  running.stop();
  running.tell('b');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(said).toEqual(['a-1', 'a-2']);
});

test('a carryOut that throws does not deafen the machine', () => {
  const said: string[] = [];
  const running = run(new Echo(), (word: string) => {
    if (word === 'a-1') throw new Error('a defect');
    said.push(word);
  });
  expect(() => running.tell('a')).toThrow('a defect');
  running.tell('b');
  running.stop();
  expect(said).toEqual(['b-1', 'b-2']);
});
