// The oracles of the simulations are tried themselves: each thing that is not so must be found.

import { expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { bookId, revision, type Change } from '../../src/book/change.ts';
import { personId } from '../../src/book/person-id.ts';
import { openSqliteAddressBook } from '../../src/node/sqlite-address-book.ts';
import type {
  PersonalAddressBookStore,
  PersonFact,
  RevisionStep,
  StoredPrompt,
} from '../../src/terminal/personal-address-book.ts';
import { Diary } from './simulation/diary.ts';
import { History } from './simulation/history.ts';
import { expectInStep } from './simulation/verdict.ts';

const book = bookId('0b0e0a52-6a0d-4d8e-9d0e-000000000001');
const ada = personId('ada2');
const at = (count: number) => ({ book, revision: revision(count) });
const noon = wallTime(0);

/** Ada is held as of revision 1; at 2 her telephone changed. */
class Case {
  readonly store: PersonalAddressBookStore = openSqliteAddressBook(':memory:');
  readonly history = new History();
  readonly diary = new Diary(this.store, this.history);

  static async open(): Promise<Case> {
    const made = new Case();
    made.change({ kind: 'added', person: ada, fields: { name: 'Ada', officeTelephone: '8001' } });
    await made.diary.store.keep({ person: ada, fields: { name: 'Ada', officeTelephone: '8001' }, at: at(1) });
    made.change({ kind: 'altered', person: ada, from: { officeTelephone: '8001' }, to: { officeTelephone: '8002' } });
    return made;
  }

  change(change: Change): void {
    const { head } = this.history;
    this.history.take({ book, after: revision(head), upTo: revision(head + 1), changes: [change] });
  }

  step(from: number, fact: PersonFact): RevisionStep {
    return { from: { mark: at(from), kept: 1 }, to: at(from + 1), history: 'follow', facts: [fact], withheld: [] };
  }

  telephone(to: string): PersonFact {
    const person = { kind: 'fetched', person: ada, revision: revision(2) } as const;
    return { ...person, fields: { name: 'Ada', officeTelephone: to } };
  }

  verdict(): Promise<void> {
    return expectInStep(this, true);
  }
}

test('a book that is in step is found to be so', async () => {
  const made = await Case.open();
  await made.diary.store.apply(made.step(1, made.telephone('8002')), noon);
  await made.diary.store.writeOwn(ada, { note: 'tea', values: { title: 'Countess' } });
  await expect(made.verdict()).resolves.toBeUndefined();
});

test('a mark that lags, a base that is wrong at its revision, and a mark before its time are found', async () => {
  const lagging = await Case.open();
  await expect(lagging.verdict()).rejects.toThrow('the mark is 1, the log is at 2');
  await expect(lagging.diary.store.apply(lagging.step(1, lagging.telephone('8003')), noon)).rejects.toThrow(
    'as of 2 the truth is',
  );
  const early = await Case.open();
  const step = { ...early.step(1, early.telephone('8002')), to: at(3) };
  await expect(early.diary.store.apply(step, noon)).rejects.toThrow('the mark 3 is after');
});

test('an own value that is lost, and one that nobody wrote, are found', async () => {
  for (const own of [{ note: 'not mine' }, { values: { title: 'Count' } }]) {
    const made = await Case.open();
    await made.diary.store.apply(made.step(1, made.telephone('8002')), noon);
    await made.store.writeOwn(ada, own);
    await expect(made.verdict()).rejects.toThrow('the employee wrote');
  }
});

test('a removal that nobody asked for, and a leaver who is still held, are found', async () => {
  const removed = await Case.open();
  await removed.diary.store.apply(removed.step(1, removed.telephone('8002')), noon);
  await removed.store.remove([ada]);
  await expect(removed.verdict()).rejects.toThrow('1 were kept, 0 are there');
  const left = await Case.open();
  left.change({ kind: 'removed', person: ada });
  const blind = { ...left.step(1, left.telephone('8002')), to: at(3) };
  await expect(left.diary.store.apply(blind, noon)).rejects.toThrow('as of 3 the truth is undefined');
});

/** The store, of which somebody else says what was prompted. */
const prompting = (store: PersonalAddressBookStore, prompts: readonly StoredPrompt[]): PersonalAddressBookStore =>
  new Proxy(store, {
    get: (target, name) => {
      if (name === 'prompts') return async () => prompts;
      const verb: unknown = Reflect.get(target, name);
      return typeof verb === 'function' ? (verb.bind(target) as unknown) : verb;
    },
  });

test('a prompt that is missing, one that is there twice, and one of a state that was not, are found', async () => {
  const made = await Case.open();
  const { diary, history, store } = made;
  await diary.store.apply(made.step(1, made.telephone('8002')), noon);
  const held = await store.prompts({ unseenOnly: false });
  const judge = (prompts: readonly StoredPrompt[]): Promise<void> =>
    expectInStep({ diary, history, store: prompting(store, prompts) }, true);
  await expect(judge(held)).resolves.toBeUndefined();
  await expect(judge([])).rejects.toThrow('the prompts end at');
  await expect(judge([...held, ...held])).rejects.toThrow('officeTelephone was 8002');
  const [first] = held;
  if (first === undefined) throw new Error('nothing was prompted');
  await expect(judge([...held, { ...first, id: 9, fact: { kind: 'returned' } }])).rejects.toThrow('who was not');
  await expect(judge([...held, { ...first, id: 9, fact: { kind: 'left' } }])).rejects.toThrow('after all prompts');
});
