// Kept subscriptions in one SQLite file of their own, so that writing them never makes the change log wait.
//
// Two tables: what a SUBSCRIBE says is a line of JSON and is written once an hour; what moves with each NOTIFY is two
// numbers, so that a change to 100,000 terminals writes 2 MB and not 60. The key is the subscription's slot in memory:
// neighbours move together, and a row costs 4 us where a random key cost 30.
//
// Losing the file loses only subscriptions, which terminals make anew. So nobody waits for the disk (`synchronous =
// normal`: a loss of power may take the newest batches), and a damaged file is put away and begun anew.

import { rmSync } from 'node:fs';
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { WallTime } from '../base/time.ts';
import { revision } from '../book/change.ts';
import { mostCSeq } from '../sip/kept-usage.ts';
import type {
  FoundSubscriptions,
  KeptSubscription,
  SubscriptionBatch,
  SubscriptionStore,
} from '../server/subscription-store.ts';
import { WireFault } from '../wire/problem.ts';
import { HostFault } from './host-fault.ts';
import { parseKept, printKept } from './kept-subscription.ts';
import { inTransaction, openSqliteFile, overFile, type Shape } from './sqlite-file.ts';

const shape: Shape = {
  holds: 'store of subscriptions',
  applicationId: 0x726f6c75, // 'rolu'
  steps: [
    (db) =>
      db.exec(`
        create table subscription (slot integer primary key, kept text not null) strict;
        create table standing (slot integer primary key, told integer not null, local_cseq integer not null) strict`),
  ],
};

/** Far above what one process can serve; a larger one is no slot of ours. */
const mostSlot = 4_000_000;

/**
 * Opens the store in the file at `path`, or makes it; `:memory:` for one that nobody keeps.
 * @throws HostFault when it cannot be opened or written, or is another program's file
 */
export function openSubscriptionStore(path: string): SubscriptionStore {
  const damage: string[] = [];
  /** What `work` gives of the file, or, where that turns out to be damaged, of a new one. */
  const orAnew = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (fault) {
      putAway(path, fault);
      damage.push(`${path} was damaged, and is begun anew`);
      return work();
    }
  };
  let open = orAnew(() => openRelaxed(path));
  const found = (at: WallTime): FoundSubscriptions =>
    orAnew(() => {
      if (!open.db.isOpen) open = openRelaxed(path);
      try {
        return overFile(path, () => inTransaction(open.db, 'immediate', () => read(open.say, at)));
      } catch (fault) {
        open.db.close();
        throw fault;
      }
    });
  return {
    found: async (at) => {
      const { unreadable, ...rest } = found(at);
      return { ...rest, unreadable: [...damage, ...unreadable] };
    },
    write: async (batch, at) =>
      overFile(path, () => inTransaction(open.db, 'immediate', () => write(open.say, batch, at))),
    [Symbol.asyncDispose]: async () => overFile(path, () => open.db.close()),
  };
}

interface Open {
  readonly db: DatabaseSync;
  readonly say: Statements;
}

function openRelaxed(path: string): Open {
  const db = openSqliteFile(path, shape);
  db.exec('pragma synchronous = normal; pragma cache_size = -16384; pragma wal_autocheckpoint = 4000');
  return { db, say: statements(db) };
}

// SQLITE_CORRUPT and SQLITE_NOTADB.
const damaged: ReadonlySet<number> = new Set([11, 26]);

/** Takes a damaged file away; any other fault is thrown on. */
function putAway(path: string, fault: unknown): void {
  const cause = fault instanceof HostFault ? fault.cause : undefined;
  const code = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : 0;
  if (!damaged.has(code)) throw fault;
  for (const part of ['', '-wal', '-shm']) rmSync(path + part, { force: true });
}

function write(say: Statements, { kept, moved, ended }: SubscriptionBatch, at: WallTime): void {
  for (const each of kept) say.put.run(each.slot, printKept(each, at));
  for (const { slot, told, usage } of kept) say.move.run(slot, told, usage.dialog.localCSeq);
  for (const { slot, told, localCSeq } of moved) say.move.run(slot, told, localCSeq);
  for (const slot of ended) forget(say, slot);
}

function forget(say: Statements, slot: SQLOutputValue): void {
  say.end.run(slot);
  say.endStanding.run(slot);
}

function read(say: Statements, at: WallTime): FoundSubscriptions {
  const subscriptions: KeptSubscription[] = [];
  const unreadable: string[] = [];
  let expired = 0;
  for (const row of say.all.all()) {
    const one = readRow(row, at);
    if (typeof one !== 'string' && one.usage.expiresIn > 0) {
      subscriptions.push(one);
      continue;
    }
    if (typeof one === 'string') unreadable.push(one);
    else expired += 1;
    forget(say, row['slot'] ?? null);
  }
  return { subscriptions, unreadable, expired };
}

function readRow(row: Record<string, SQLOutputValue>, at: WallTime): KeptSubscription | string {
  const number = (name: string): number => (row[name] === null ? -1 : Number(row[name]));
  const [slot, told, localCSeq] = [number('slot'), number('told'), number('local_cseq')];
  if (slot < 0 || slot > mostSlot) return `subscription ${slot}: there is no such slot`;
  if (!isWithin(told, Number.MAX_SAFE_INTEGER) || !isWithin(localCSeq, mostCSeq))
    return `subscription ${slot}: where it stands is not known`;
  try {
    return parseKept(String(row['kept']), { slot, told: revision(told), localCSeq }, at);
  } catch (fault) {
    if (fault instanceof WireFault) return fault.message;
    throw fault;
  }
}

const isWithin = (value: number, most: number): boolean => value >= 0 && value <= most;

type Statements = ReturnType<typeof statements>;

const statements = (db: DatabaseSync) => ({
  all: wide(
    db.prepare('select slot, kept, told, local_cseq from subscription left join standing using (slot) order by slot'),
  ),
  put: db.prepare('insert or replace into subscription values (?, ?)'),
  move: db.prepare('insert or replace into standing values (?, ?, ?)'),
  end: db.prepare('delete from subscription where slot = ?'),
  endStanding: db.prepare('delete from standing where slot = ?'),
});

/** Numbers beyond 2^53 are read as well: whoever wrote them, the start goes on. */
function wide(statement: StatementSync): StatementSync {
  statement.setReadBigInts(true);
  return statement;
}
