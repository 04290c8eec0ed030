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

  /** Of an approved hold. */
  async undo(id: HoldId): Promise<{ readonly kind: 'undone'; readonly list: ChangeList } | Refusal> {
    const { source, changeLog, removals } = this.#ports;
    const hold = (await changeLog.approvedHolds()).find((each) => each.id === id && each.source === source);
    return hold === undefined ? notApproved : { kind: 'undone', list: await removals.undo(hold) };
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

/** Also where the approved hold is another source's, or of a field: what a field was is not kept. */
export const notApproved: Refusal = {
  kind: 'refused',
  status: 404,
  problem:
    "There is nothing to undo: no removals were approved under this ID, or all of them came back, or are not remembered any more. 'rollcall directory brake list' shows what can be undone.",
};
