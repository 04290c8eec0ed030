// What an administrator says to the server over HTTP, and hears: a type and a schema for each message.

import * as v from 'valibot';
import { bytesOfBase64 } from '../base/bytes.ts';
import { fieldNames, type FieldLabels, type FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import { mostPhotoBytes } from '../book/photo.ts';
import type { BookId, Revision } from '../book/change.ts';
import { labelsSchema } from './http.ts';
import { bookIdSchema, fieldsSchema, personIdSchema, revisionSchema } from './change-list.ts';

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const most = 65_536;

const fieldName: v.GenericSchema<string, FieldName> = v.pipe(
  v.string(),
  v.picklist(fieldNames, `not a field; one of ${fieldNames.join(', ')}`),
);

/** `POST /v1/admin/persons`: a person to add. Here a field that is not known is a mistake, not left out. */
export interface PersonToAdd {
  readonly fields: Fields;
  readonly photo?: Uint8Array;
}

/** A picture, in base64. */
const photo: v.GenericSchema<unknown, Uint8Array> = v.pipe(
  v.string(),
  v.maxLength(Math.ceil(mostPhotoBytes / 3) * 4, `a photo has at most ${mostPhotoBytes} bytes`),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const bytes = bytesOfBase64(dataset.value);
    if (bytes !== undefined) return bytes;
    addIssue({ message: 'a photo is the bytes of a picture in base64' });
    return NEVER;
  }),
);

export const personToAddSchema: v.GenericSchema<unknown, PersonToAdd> = v.strictObject({
  fields: v.pipe(
    v.record(fieldName, v.pipe(v.string(), v.maxLength(most))),
    v.transform((fields): Fields => fields),
  ),
  photo: v.exactOptional(photo),
});

/** `PATCH /v1/admin/persons/ID`: values to write; `null` takes a value away. */
export interface PersonToAlter {
  readonly fields: Readonly<Partial<Record<FieldName, string | null>>>;
  readonly photo?: Uint8Array;
}

export const personToAlterSchema: v.GenericSchema<unknown, PersonToAlter> = v.strictObject({
  fields: v.pipe(
    v.record(fieldName, v.nullable(v.pipe(v.string(), v.maxLength(most)))),
    v.transform((fields): PersonToAlter['fields'] => fields),
  ),
  photo: v.exactOptional(photo),
});

export const personAddedSchema: v.GenericSchema<unknown, { readonly person: PersonId }> = v.object({
  person: personIdSchema,
});

/** What was done, as a span of the log. */
export interface Done {
  readonly book: BookId;
  readonly after: Revision;
  readonly upTo: Revision;
}

export const doneSchema: v.GenericSchema<unknown, Done> = v.object({
  book: bookIdSchema,
  after: revisionSchema,
  upTo: revisionSchema,
});

/** `POST /v1/admin/persons/ID/restore`: what was done, and the holds of the removal by sources that do not have the person. */
export interface PersonBack extends Done {
  readonly holds: readonly string[];
}

export const personBackSchema: v.GenericSchema<unknown, PersonBack> = v.object({
  book: bookIdSchema,
  after: revisionSchema,
  upTo: revisionSchema,
  holds: v.array(v.string()),
});

/** Of a file to import. */
export const mostImportOctets: number = 64 * 1024 * 1024;

/** `POST /v1/admin/import`: what the file would do, or did. */
export interface ImportReport {
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
  readonly rejected: readonly { readonly line: number; readonly reason: string }[];
  /** Rows that are taken without their photo, and why. */
  readonly leftOut: readonly { readonly line: number; readonly reason: string }[];
  /** Absent in a preview: nothing was done. */
  readonly done?: Done;
}

export const importReportSchema: v.GenericSchema<unknown, ImportReport> = v.object({
  rows: whole,
  added: v.array(v.object({ line: whole, fields: fieldsSchema })),
  altered: v.array(
    v.object({ line: whole, person: personIdSchema, name: v.string(), from: fieldsSchema, to: fieldsSchema }),
  ),
  unchanged: whole,
  rejected: v.array(v.object({ line: whole, reason: v.string() })),
  leftOut: v.array(v.object({ line: whole, reason: v.string() })),
  done: v.exactOptional(doneSchema),
});

/** A line of the same answer as `application/x-ndjson`: how far the import is, and in the last one what came of it. */
export type ImportLine =
  | { readonly kind: 'reading'; readonly rows: number }
  | { readonly kind: 'comparing'; readonly rows: number; readonly of: number }
  /** Whoever goes before this line has changed nothing. */
  | { readonly kind: 'applying'; readonly changes: number }
  | { readonly kind: 'report'; readonly report: ImportReport }
  | { readonly kind: 'refused'; readonly status: number; readonly problem: string };

export const importLineSchema: v.GenericSchema<unknown, ImportLine> = v.variant('kind', [
  v.object({ kind: v.literal('reading'), rows: whole }),
  v.object({ kind: v.literal('comparing'), rows: whole, of: whole }),
  v.object({ kind: v.literal('applying'), changes: whole }),
  v.object({ kind: v.literal('report'), report: importReportSchema }),
  v.object({ kind: v.literal('refused'), status: whole, problem: v.string() }),
]);

export interface HeldRemovals {
  readonly id: string;
  readonly source: string;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly removals: readonly { readonly key: string; readonly person: PersonId; readonly name?: string }[];
}

/** A field that many would lose: they keep it meanwhile. */
export interface HeldEmptyings extends Omit<HeldRemovals, 'removals'> {
  readonly field: FieldName;
  readonly persons: HeldRemovals['removals'];
}

/** `GET /v1/admin/holds`: what the brake holds back. */
export interface Holds {
  readonly holds: readonly HeldRemovals[];
  readonly fields: readonly HeldEmptyings[];
  /** What can be undone, when it was approved, and how many have not come back. */
  readonly approved: readonly (Omit<HeldRemovals, 'removals'> & { readonly persons: number })[];
}

const held = { id: v.string(), source: v.string(), reason: v.string(), at: v.number() };
const concerned = v.array(v.object({ key: v.string(), person: personIdSchema, name: v.exactOptional(v.string()) }));

export const holdsSchema: v.GenericSchema<unknown, Holds> = v.object({
  holds: v.array(v.object({ ...held, removals: concerned })),
  fields: v.array(v.object({ ...held, field: fieldName, persons: concerned })),
  approved: v.array(v.object({ ...held, persons: whole })),
});

const sourceStates = [
  'former',
  'ready',
  'connecting',
  'loading',
  'following',
  'lost',
  'refused',
  'comparing',
  'asking',
] as const;

/** What changed settings would do; the ID is of exactly this. */
export interface AskingReport {
  readonly id: string;
  readonly added: number;
  readonly altered: number;
  readonly removed: number;
  /** What many would lose. */
  readonly fields: readonly FieldName[];
}

export interface SourceReport {
  readonly source: string;
  readonly state: (typeof sourceStates)[number];
  readonly problem?: string;
  /** It was lost or refused then, and is not in step again yet. */
  readonly since?: number;
  /** How it is followed, where there is more than one way. */
  readonly manner?: string;
  readonly persons: number;
  readonly lastChangeAt?: number;
  /** Where the state is `asking`. */
  readonly asking?: AskingReport;
  /** How many removals, and fields that would be lost, the brake holds back. */
  readonly held?: number;
}

export const sourcesSchema: v.GenericSchema<unknown, { readonly sources: readonly SourceReport[] }> = v.object({
  sources: v.array(
    v.object({
      source: v.string(),
      state: v.picklist(sourceStates),
      problem: v.exactOptional(v.string()),
      since: v.exactOptional(v.number()),
      manner: v.exactOptional(v.string()),
      persons: whole,
      lastChangeAt: v.exactOptional(v.number()),
      asking: v.exactOptional(
        v.object({ id: v.string(), added: whole, altered: whole, removed: whole, fields: v.array(fieldName) }),
      ),
      held: v.exactOptional(whole),
    }),
  ),
});

/** `POST /v1/admin/sources/SOURCE/approve`: what was shown. */
export const toAdmitSchema: v.GenericSchema<unknown, { readonly id: string }> = v.strictObject({
  id: v.pipe(v.string(), v.maxLength(64)),
});

/** `GET /v1/admin/doubles`: persons who may be one, since they have the same value. */
export interface DoubleReport {
  readonly field: string;
  readonly value: string;
  readonly persons: readonly {
    readonly person: PersonId;
    readonly name: string;
    readonly sources: readonly string[];
  }[];
  /** No source knows two of them, so that they can be joined. */
  readonly joinable: boolean;
}

export const doublesSchema: v.GenericSchema<unknown, { readonly doubles: readonly DoubleReport[] }> = v.object({
  doubles: v.array(
    v.object({
      field: v.string(),
      value: v.string(),
      persons: v.array(v.object({ person: personIdSchema, name: v.string(), sources: v.array(v.string()) })),
      joinable: v.boolean(),
    }),
  ),
});

/** `POST /v1/admin/persons/ID/join`: who is the same person. */
export const toJoinSchema: v.GenericSchema<unknown, { readonly other: PersonId }> = v.strictObject({
  other: personIdSchema,
});

/** `POST /v1/admin/persons/ID/separate`: the source whose word is of somebody else. */
export const toSeparateSchema: v.GenericSchema<unknown, { readonly source: string }> = v.strictObject({
  source: v.pipe(v.string(), v.maxLength(63)),
});

/** `POST /v1/admin/sources/SOURCE/forget`: how many may be removed by it. */
export const toForgetSchema: v.GenericSchema<unknown, { readonly removals: number }> = v.strictObject({
  removals: whole,
});

/** `PUT /v1/admin/accounts/USER`: a local account to add, or a new password for one. */
export interface AccountToPut {
  readonly password: string;
  /** Who that is in the enterprise address book; absent leaves what is there. */
  readonly person?: PersonId;
}

export const leastPassword = 8;

export const accountToPutSchema: v.GenericSchema<unknown, AccountToPut> = v.strictObject({
  password: v.pipe(
    v.string(),
    v.minLength(leastPassword, `a password has at least ${leastPassword} characters`),
    v.maxLength(1024),
  ),
  person: v.exactOptional(personIdSchema),
});

export interface AccountReport {
  readonly user: string;
  readonly person?: PersonId;
  readonly createdAt: number;
  readonly sessions: number;
}

const accountReport = v.object({
  user: v.string(),
  person: v.exactOptional(personIdSchema),
  createdAt: v.number(),
  sessions: whole,
});

export const accountReportSchema: v.GenericSchema<unknown, AccountReport> = accountReport;

export const accountsSchema: v.GenericSchema<unknown, { readonly accounts: readonly AccountReport[] }> = v.object({
  accounts: v.array(accountReport),
});

/** `GET /v1/admin/labels`: what the administrator calls fields, where that is not as the table has it. */
export const fieldLabelsSchema: v.GenericSchema<unknown, { readonly labels: FieldLabels }> = v.object({
  labels: labelsSchema,
});

/** `GET /health`. */
export interface Health {
  readonly ok: boolean;
  /** Terminals are being moved to other servers; with how many are left in `subscriptions`. */
  readonly draining: boolean;
  /** This and the next two, and `behind`, where there are audiences only to the administrator. */
  readonly book?: BookId;
  readonly revision?: Revision;
  readonly subscriptions?: number;
  /**
   * `since`: it was lost or refused then, in milliseconds since 1970, and is not in step again yet. `held`: so many removals, and
   * fields that would be lost, wait for the administrator; told as the book is.
   */
  readonly sources: readonly {
    readonly source: string;
    readonly state: string;
    readonly since?: number;
    readonly manner?: string;
    readonly held?: number;
  }[];
  /** A terminal has this revision and the log has not: it was restored from an old copy. */
  readonly behind?: { readonly revision: Revision; readonly advice: string };
  /** Groups that audiences name and nobody is in, since there are so many of the name; to the administrator. */
  readonly groups?: readonly {
    readonly group: string;
    readonly found: number;
    readonly audiences: readonly string[];
  }[];
  /** Audiences for some of whose readers there is no room, so that they see nobody; to the administrator. */
  readonly full?: readonly string[];
  /** How many are listed as those who may be one (`GET /v1/admin/doubles`), as it was counted within the last ten minutes; to the administrator. */
  readonly doubles?: number;
}

export const healthSchema: v.GenericSchema<unknown, Health> = v.object({
  ok: v.boolean(),
  draining: v.boolean(),
  book: v.exactOptional(bookIdSchema),
  revision: v.exactOptional(revisionSchema),
  subscriptions: v.exactOptional(whole),
  sources: v.array(
    v.object({
      source: v.string(),
      state: v.string(),
      since: v.exactOptional(v.number()),
      manner: v.exactOptional(v.string()),
      held: v.exactOptional(whole),
    }),
  ),
  behind: v.exactOptional(v.object({ revision: revisionSchema, advice: v.string() })),
  groups: v.exactOptional(v.array(v.object({ group: v.string(), found: whole, audiences: v.array(v.string()) }))),
  full: v.exactOptional(v.array(v.string())),
  doubles: v.exactOptional(whole),
});
