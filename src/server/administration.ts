// What an administrator can do to the enterprise address book, whoever asks for it (HTTP, tests).

import type { WallTime } from '../base/time.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import { notApproved } from './holds.ts';
import { embeddedSource } from './embedded-source.ts';
import type { ChangeLog, HeldField, Hold, HoldId, SourceName } from './change-log.ts';
import { Joining, type JoiningPorts } from './joining.ts';
import { restorePerson, type PersonRestored } from './restoring.ts';
import type { Stage } from './stage-options.ts';

/** Values to write; `null` takes a value away. */
export type FieldsToWrite = Readonly<Partial<Record<FieldName, string | null>>>;

/** What the administrator asked for cannot be done; nothing was changed. */
export interface Refusal {
  readonly kind: 'refused';
  readonly status: 400 | 404 | 409;
  /** What is wrong and what would be right. */
  readonly problem: string;
}

export interface RejectedRow {
  /** The line of the file, from 1, on which the row begins. */
  readonly line: number;
  readonly reason: string;
}

/** What an import would do; nothing of it is done yet. */
export interface ImportPreview {
  readonly kind: 'preview';
  readonly rows: number;
  readonly added: readonly { readonly line: number; readonly fields: Fields }[];
  readonly altered: readonly {
    readonly line: number;
    readonly person: PersonId;
    readonly name: string;
    readonly from: Fields;
    readonly to: Fields;
  }[];
  readonly unchanged: number;
  readonly rejected: readonly RejectedRow[];
  /** Rows that are taken without their photo, and why. */
  readonly leftOut: readonly RejectedRow[];
}

/** How far an import is. */
export type ImportStep =
  | { readonly kind: 'reading'; readonly rows: number }
  | { readonly kind: 'comparing'; readonly rows: number; readonly of: number }
  /** From here on it is done, in one transaction; who has left by now has changed nothing. */
  | { readonly kind: 'applying'; readonly changes: number };

/**
 * Gives steps, and in the end what came of it. Others who write to this book wait meanwhile, so it is to be
 * carried to its end, or ended (`return`): then nothing was changed, unless \`applying\` was gone past.
 */
export type Importing<Result> = AsyncGenerator<ImportStep, Result | Refusal>;

export interface Imported {
  readonly kind: 'imported';
  readonly list: ChangeList;
  readonly preview: ImportPreview;
}

export interface ImportFile {
  readonly format: 'csv' | 'ldif';
  readonly text: string;
}

/** The administrator's own book in the server's store: the source `embedded`. */
export interface EmbeddedBook {
  /** `picture`: the bytes of a photo. */
  add(fields: Fields, picture?: Uint8Array): Promise<{ readonly kind: 'added'; readonly person: PersonId } | Refusal>;
  alter(
    person: PersonId,
    to: FieldsToWrite,
    picture?: Uint8Array,
  ): Promise<{ readonly kind: 'altered'; readonly list: ChangeList } | Refusal>;
  remove(person: PersonId): Promise<{ readonly kind: 'removed' } | Refusal>;
  /** One who left is one of this book from now on, with what is given, but a manager who left; reports are not as before. */
  restore(
    person: PersonId,
    fields: Fields,
  ): Promise<{ readonly kind: 'restored'; readonly list: ChangeList } | Refusal>;
  preview(file: ImportFile): Importing<ImportPreview>;
  /** Applies the rows that are right as one change list; refuses when rows are wrong, unless `skipRejected`. */
  import(file: ImportFile, options: { readonly skipRejected: boolean }): Importing<Imported>;
}

/** What changed settings of a source would do, which waits for an administrator. */
export interface Asking {
  /** Of exactly this: another outcome has another. */
  readonly id: string;
  readonly added: number;
  readonly altered: number;
  readonly removed: number;
  /** What many would lose. */
  readonly fields: readonly FieldName[];
}

/** How one source is doing, in the administrator's words. */
export interface SourceState {
  readonly source: SourceName;
  /** `comparing`: its settings changed, and it is read to see what that would do; `asking`: that is so much that an administrator has to approve it. */
  readonly state:
    | 'former'
    | 'ready'
    | 'connecting'
    | 'loading'
    | 'following'
    | 'lost'
    | 'refused'
    | 'comparing'
    | 'asking';
  /** What is the matter and what to do, where something is. */
  readonly problem?: string;
  /** It was lost or refused then, and is not in step again yet. */
  readonly since?: WallTime;
  /** How it is followed, where there is more than one way. */
  readonly manner?: string;
  readonly persons: number;
  readonly lastChangeAt?: WallTime;
  readonly asking?: Asking;
  /** How many removals, and fields that many would lose, the brake holds back until an administrator has decided. */
  readonly held?: number;
}

export interface Administration {
  readonly embedded: EmbeddedBook;
  /** Persons of several sources. */
  readonly joining: Pick<Joining, 'doubles' | 'join' | 'separate' | 'forget'>;
  sources(): Promise<readonly SourceState[]>;
  holds(): Promise<readonly Hold[]>;
  heldFields(): Promise<readonly HeldField[]>;
  /** Whose removals can be undone. */
  approvedHolds(): Promise<readonly Hold[]>;
  /** Removes those of the hold who have not come back meanwhile, or empties the field of those who have got no other value. */
  approve(hold: HoldId): Promise<{ readonly kind: 'approved'; readonly list: ChangeList } | Refusal>;
  /** Drops the hold: nobody of it is removed, or loses the field. */
  reject(hold: HoldId): Promise<{ readonly kind: 'rejected' } | Refusal>;
  /** Brings back those whom an approved hold removed; their removal is held again. */
  undo(hold: HoldId): Promise<{ readonly kind: 'undone'; readonly list: ChangeList } | Refusal>;
  /** Brings one back who left the book and is remembered still; by whom they were known to the end. */
  restore(person: PersonId): Promise<PersonRestored | Refusal>;
  /** Lets the changed settings of a source do what was shown under the ID (see `Asking`). */
  admit(source: SourceName, id: string): Promise<{ readonly kind: 'admitted' } | Refusal>;
}

/** What of a source's stage an administrator has to do with, wherever the stage is. */
export interface FollowedSource extends Pick<
  Stage,
  'source' | 'state' | 'approve' | 'reject' | 'undo' | 'restore' | 'relinked'
> {
  admit(id: string): Promise<{ readonly kind: 'admitted' } | Refusal>;
}

/** Of `admit`, also where the settings are as before again. */
export const nothingAsked: Refusal = {
  kind: 'refused',
  status: 404,
  problem:
    "Nothing is asked under this ID: it was approved, or the settings or the directory's answer are others by now. 'rollcall directory sources' shows what is.",
};

/** Joins the embedded book and the sources that are followed. */
export function createAdministration(parts: {
  readonly changeLog: ChangeLog;
  readonly embedded: EmbeddedBook;
  readonly sources: readonly FollowedSource[];
  readonly joining: Omit<JoiningPorts, 'changeLog' | 'configured' | 'relinked'>;
}): Administration {
  const { changeLog, embedded, sources } = parts;
  const configured = new Set([embeddedSource, ...sources.map(({ source }) => source)]);
  const sourceOf = async (id: HoldId): Promise<FollowedSource | Refusal> => {
    const held = [...(await changeLog.holds()), ...(await changeLog.heldFields())];
    const hold = held.find((each) => each.id === id);
    if (hold === undefined)
      return { kind: 'refused', status: 404, problem: `there is no hold ${id}; it may have been decided already` };
    const source = sources.find((each) => each.source === hold.source);
    return source ?? { kind: 'refused', status: 409, problem: `source ${hold.source} is not configured any more` };
  };
  const relinked = async (name: SourceName): Promise<void> => sources.find(({ source }) => source === name)?.relinked();
  return {
    embedded,
    joining: new Joining({ ...parts.joining, changeLog, configured, relinked }),
    holds: () => changeLog.holds(),
    heldFields: () => changeLog.heldFields(),
    approvedHolds: () => changeLog.approvedHolds(),
    sources: async () => {
      const own: SourceState = {
        source: embeddedSource,
        state: 'ready',
        persons: await changeLog.countLiving(embeddedSource),
      };
      const followed = await Promise.all(
        sources.map(async (source): Promise<SourceState> => {
          const held = await changeLog.countHeld(source.source);
          return { ...(await source.state()), ...(held > 0 && { held }) };
        }),
      );
      const former = (await changeLog.sources()).filter((source) => !configured.has(source));
      const kept = former.map(async (source): Promise<SourceState> => {
        const persons = await changeLog.countLiving(source);
        const problem = `not in the configuration any more; its persons stay as they were until 'rollcall directory forget ${source}'`;
        return { source, state: 'former', problem, persons };
      });
      return [own, ...followed, ...(await Promise.all(kept)).filter(({ persons }) => persons > 0)];
    },
    approve: async (id) => {
      const source = await sourceOf(id);
      return 'kind' in source ? source : source.approve(id);
    },
    reject: async (id) => {
      const source = await sourceOf(id);
      return 'kind' in source ? source : source.reject(id);
    },
    undo: async (id) => {
      const approved = (await changeLog.approvedHolds()).find((each) => each.id === id);
      return (await sources.find(({ source }) => source === approved?.source)?.undo(id)) ?? notApproved;
    },
    restore: (person) => restorePerson(person, parts),
    admit: async (name, id) => {
      const source = sources.find((each) => each.source === name);
      if (source !== undefined) return source.admit(id);
      const there = sources.map((each) => each.source).join(', ');
      return { kind: 'refused', status: 404, problem: `no source ${name} is followed here, but ${there || 'none'}` };
    },
  };
}
