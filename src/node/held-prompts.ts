// The prompts of a personal address book. The caller holds the transaction.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { entryId } from '../book/person-id.ts';
import type { Prompt, PromptFact } from '../book/personal-entry.ts';
import type { WallTime } from '../base/time.ts';
import { excessPrompts } from '../terminal/entry-writing.ts';
import type { StoredPrompt, WhichPrompts } from '../terminal/personal-address-book.ts';
import { json, type Row } from './address-book-row.ts';

const statements = {
  add: 'insert into prompt (person, name, fact, at) values (?, ?, ?, ?)',
  count: 'select count(*) as count from prompt',
  drop: 'delete from prompt where id in (select id from prompt order by seen desc, id limit ?)',
  of: 'select * from prompt where id = ?',
  all: 'select * from prompt where id < ? order by id desc limit ?',
  unseen: 'select * from prompt where seen = 0 and id < ? order by id desc limit ?',
  ofPerson: 'select * from prompt where person = ? and id < ? order by id desc limit ?',
  unseenOfPerson: 'select * from prompt where seen = 0 and person = ? and id < ? order by id desc limit ?',
  seen: 'update prompt set seen = 1 where id = ?',
  seenAll: 'update prompt set seen = 1 where seen = 0 and id <= ?',
  undone: 'update prompt set seen = 1, undone = 1 where id = ?',
} as const;

const afterAll = Number.MAX_SAFE_INTEGER;
const noLimit = -1;

export class HeldPrompts {
  readonly #do: Readonly<Record<keyof typeof statements, StatementSync>>;

  constructor(db: DatabaseSync) {
    const prepared = Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)] as const);
    this.#do = Object.fromEntries(prepared) as Record<keyof typeof statements, StatementSync>;
  }

  add(prompts: readonly Prompt[]): readonly StoredPrompt[] {
    const added = prompts.map((prompt): StoredPrompt => {
      const { person, name, fact, at } = prompt;
      const { lastInsertRowid } = this.#do.add.run(person, name, JSON.stringify(fact), Math.round(at));
      return { ...prompt, id: Number(lastInsertRowid), seen: false, undone: false };
    });
    const excess = added.length === 0 ? 0 : excessPrompts(Number(this.#do.count.get()?.['count']));
    if (excess > 0) this.#do.drop.run(excess);
    return added;
  }

  of(id: number): StoredPrompt | undefined {
    const row = this.#do.of.get(id);
    return row === undefined ? undefined : promptOf(row);
  }

  list({ unseenOnly = false, person, before = afterAll, limit = noLimit }: WhichPrompts): readonly StoredPrompt[] {
    const rows =
      person === undefined
        ? this.#do[unseenOnly ? 'unseen' : 'all'].all(before, limit)
        : this.#do[unseenOnly ? 'unseenOfPerson' : 'ofPerson'].all(person, before, limit);
    return rows.map(promptOf).toReversed();
  }

  seen(prompts: readonly number[]): void {
    for (const id of prompts) this.#do.seen.run(id);
  }

  seenAll(upTo: number): void {
    this.#do.seenAll.run(upTo);
  }

  undone(id: number): void {
    this.#do.undone.run(id);
  }
}

const promptOf = (row: Row): StoredPrompt => ({
  id: Number(row['id']),
  person: entryId(String(row['person'])),
  name: String(row['name']),
  fact: json(row, 'fact') as PromptFact,
  at: Number(row['at']) as WallTime,
  seen: row['seen'] === 1,
  undone: row['undone'] === 1,
});
