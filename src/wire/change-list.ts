// The change list on the wire: JSON, a field that is not known here is left out, so that a newer
// server may have more fields than an older terminal.

import * as v from 'valibot';
import { bookId, revision, type BookId, type Change, type Revision } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import { isFieldName, type FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import { isPersonId, type PersonId } from '../book/person-id.ts';
import { parseJson } from './problem.ts';

export const personIdSchema: v.GenericSchema<unknown, PersonId> = v.pipe(
  v.string(),
  v.check(isPersonId, 'not a person ID (4 to 13 of a-z, 2-9)'),
  v.transform((text) => text as PersonId),
);

export const bookIdSchema: v.GenericSchema<unknown, BookId> = v.pipe(
  v.string(),
  v.uuid('not a UUID'),
  v.transform((text) => bookId(text.toLowerCase())),
);

export const revisionSchema: v.GenericSchema<unknown, Revision> = v.pipe(
  v.number(),
  v.safeInteger('not a whole number'),
  v.minValue(0),
  v.transform(revision),
);

export const fieldsSchema: v.GenericSchema<unknown, Fields> = v.pipe(
  v.record(v.string(), v.pipe(v.string(), v.maxLength(65_536))),
  v.transform((record) => {
    const known: Partial<Record<FieldName, string>> = {};
    for (const [name, value] of Object.entries(record)) if (isFieldName(name) && value !== '') known[name] = value;
    return known;
  }),
);

const changeSchema: v.GenericSchema<unknown, Change> = v.variant('kind', [
  v.object({ kind: v.literal('added'), person: personIdSchema, fields: fieldsSchema }),
  v.object({ kind: v.literal('altered'), person: personIdSchema, from: fieldsSchema, to: fieldsSchema }),
  v.object({ kind: v.literal('removed'), person: personIdSchema }),
]);

export const changeListSchema: v.GenericSchema<unknown, ChangeList> = v.pipe(
  v.object({ book: bookIdSchema, after: revisionSchema, upTo: revisionSchema, changes: v.array(changeSchema) }),
  v.check((list) => list.after <= list.upTo, 'after lies behind upTo'),
);

export const printChangeList = (list: ChangeList): string => JSON.stringify(list);

/** @throws WireFault when `text` is not a change list */
export const parseChangeList = (text: string): ChangeList => parseJson(changeListSchema, text, 'change list');

/** *Come and get it* (S304): the span that is new. Its change list is at `/v1/changes?after=`, from where the terminal stands. */
export interface Notice {
  readonly book: BookId;
  readonly after: Revision;
  readonly upTo: Revision;
}

const noticeSchema: v.GenericSchema<unknown, Notice> = v.pipe(
  v.object({
    book: bookIdSchema,
    after: revisionSchema,
    upTo: revisionSchema,
  }),
  v.check((notice) => notice.after <= notice.upTo, 'after lies behind upTo'),
);

export const printNotice = (notice: Notice): string => JSON.stringify(notice);

/** @throws WireFault when `text` is not a notice */
export const parseNotice = (text: string): Notice => parseJson(noticeSchema, text, 'notice');

/** SIP-ETag (RFC 5839), HTTP ETag (without its quotes), and what a terminal keeps beside its personal address book. */
export interface EntityTag {
  readonly book: BookId;
  readonly revision: Revision;
}

export const printEntityTag = (tag: EntityTag): string => `${tag.book}.${tag.revision}`;

/** Undefined where `text` is not an entity tag of ours: to compare it with one is then of no use. */
export function parseEntityTag(text: string): EntityTag | undefined {
  const parts = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,15})$/.exec(text);
  if (parts?.[1] === undefined) return undefined;
  return { book: bookId(parts[1]), revision: revision(Number(parts[2])) };
}
