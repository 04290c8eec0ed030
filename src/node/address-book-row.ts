import type { SQLOutputValue } from 'node:sqlite';
import { HostFault } from './host-fault.ts';

/** A row of a personal address book. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** @throws HostFault where what was written as JSON is not */
export function json(row: Row, column: string): unknown {
  try {
    return JSON.parse(String(row[column]));
  } catch (cause) {
    throw new HostFault(`the personal address book is damaged: ${column} is not readable`, { cause });
  }
}
