// What an administrator decides of what the brake holds of one source.

import type { ChangeList } from '../book/change-list.ts';
import type { Refusal } from './administration.ts';
import type { ChangeLog, HeldField, Hold, HoldId, SourceName } from './change-log.ts';
import type { Emptyings } from './emptyings.ts';
import type { Removals } from './removals.ts';

interface HoldsPorts {
  readonly source: SourceName;
  readonly changeLog: ChangeLog;
  readonly removals: Removals;
  readonly emptyings: Emptyings;
}

export class Holds {
  readonly #ports: HoldsPorts;

  constructor(ports: HoldsPorts) {
    this.#ports = ports;
  }

  async approve(id: HoldId): Promise<{ readonly kind: 'approved'; readonly list: ChangeList } | Refusal> {
    const { removals, emptyings } = this.#ports;
    const { hold, field } = await this.#find(id);
    if (hold !== undefined) return { kind: 'approved', list: await removals.approve(hold) };
    if (field !== undefined) return { kind: 'approved', list: await emptyings.approve(field) };
    return unknownHold;
  }

  async reject(id: HoldId): Promise<{ readonly kind: 'rejected' } | Refusal> {
    const { removals, emptyings } = this.#ports;
    const { hold, field } = await this.#find(id);
    if (hold !== undefined) await removals.reject(hold);
    else if (field !== undefined) await emptyings.reject(field);
    else return unknownHold;
    return { kind: 'rejected' };
  }

  async #find(id: HoldId): Promise<{ readonly hold: Hold | undefined; readonly field: HeldField | undefined }> {
    const { source, changeLog } = this.#ports;
    const isIt = (held: Hold | HeldField): boolean => held.id === id && held.source === source;
    return { hold: (await changeLog.holds()).find(isIt), field: (await changeLog.heldFields()).find(isIt) };
  }
}

const unknownHold: Refusal = {
  kind: 'refused',
  status: 404,
  problem: 'There is no such hold: it was approved or rejected, or all of its persons came back.',
};
