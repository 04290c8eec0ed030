// What is said over HTTP: a type and a schema for each message. Both sides hold to the same schema,
// and the OpenAPI document is made from it.

import * as v from 'valibot';
import type { BookId, Revision } from '../book/change.ts';
import { fieldNames, fields, isFieldName, type FieldLabels, type FieldName } from '../book/field.ts';
import { isSeparator, linkKinds, templateProblem, type LinkTemplate } from '../book/link-template.ts';
import type { Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import { bookIdSchema, fieldsSchema, personIdSchema, revisionSchema } from './change-list.ts';
import { WireFault } from './problem.ts';

const text = (most: number): v.GenericSchema<unknown, string> => v.pipe(v.string(), v.maxLength(most));

/** `POST /v1/session`: who logs in. */
export interface LogIn {
  readonly user: string;
  readonly password: string;
}

export const logInSchema: v.GenericSchema<unknown, LogIn> = v.object({
  user: v.pipe(v.string(), v.minLength(1, 'a log-in name is needed'), v.maxLength(256)),
  password: v.pipe(v.string(), v.minLength(1, 'a password is needed'), v.maxLength(1024)),
});

/** The answer to a log-in: all that a terminal needs from then on. */
export interface Session {
  /** Goes into `Authorization: Bearer`. */
  readonly token: string;
  /** The person who logged in, where that person is in the enterprise address book. */
  readonly person?: PersonId;
  readonly name: string;
  /** What the administrator calls fields, where that is not as the table of fields does. */
  readonly labels?: FieldLabels;
  /** How the administrator has calls, messages, mails and meetings started. */
  readonly links?: readonly LinkTemplate[];
  readonly sip: SipAccess;
}

/** How to subscribe: SIP credentials of this session, and where the server listens. */
export interface SipAccess {
  /** The address of the person, for From. */
  readonly address: string;
  /** Whom to SUBSCRIBE to, e.g. `sip:address-book@example.com`. */
  readonly to: string;
  readonly username: string;
  readonly password: string;
  /** `host:port`; absent where the server does not listen so. */
  readonly udp?: string;
  readonly tcp?: string;
  /** `host:port`; the host as the server's certificate names it. */
  readonly tls?: string;
  /** A `ws:` or `wss:` URL, or a path on the server that was logged in at. */
  readonly websocket?: string;
}

export const mostLinks = 50;

export const labelsSchema: v.GenericSchema<unknown, FieldLabels> = v.pipe(
  v.record(v.string(), v.object({ en: text(200), zh: text(200) })),
  v.transform((record) => Object.fromEntries(Object.entries(record).filter(([name]) => isFieldName(name)))),
);

const linkSchema: v.GenericSchema<unknown, LinkTemplate> = v.object({
  kind: v.picklist(linkKinds),
  label: v.object({ en: text(200), zh: text(200) }),
  url: v.pipe(
    v.string(),
    v.check((url) => templateProblem(url) === undefined),
  ),
  separator: v.exactOptional(v.pipe(v.string(), v.check(isSeparator))),
});

/** What a newer server offers, and this program knows nothing of, is left out; so is what a server may not offer. */
const linksSchema: v.GenericSchema<unknown, readonly LinkTemplate[]> = v.pipe(
  v.array(v.unknown()),
  v.maxLength(mostLinks),
  v.transform((links) =>
    links.flatMap((link) => {
      const read = v.safeParse(linkSchema, link);
      return read.success ? [read.output] : [];
    }),
  ),
);

export const sessionSchema: v.GenericSchema<unknown, Session> = v.object({
  token: text(4096),
  person: v.exactOptional(personIdSchema),
  name: text(1024),
  labels: v.exactOptional(labelsSchema),
  links: v.exactOptional(linksSchema),
  sip: v.object({
    address: text(1024),
    to: text(1024),
    username: text(1024),
    password: text(1024),
    udp: v.exactOptional(text(1024)),
    tcp: v.exactOptional(text(1024)),
    tls: v.exactOptional(text(1024)),
    websocket: v.exactOptional(text(4096)),
  }),
});

/** `GET /v1/changes?after=REV`: *which* persons changed, not their data (S307). */
export interface ChangedPeople {
  readonly book: BookId;
  readonly after: Revision;
  /** May lie before the log's newest revision where there is much; then ask again from here. */
  readonly upTo: Revision;
  readonly altered: readonly PersonId[];
  readonly removed: readonly PersonId[];
}

/** A list that is empty may be absent. */
const listOf = <Item>(item: v.GenericSchema<unknown, Item>): v.GenericSchema<unknown, readonly Item[]> =>
  v.optional(v.array(item), []);

export const changedPeopleSchema: v.GenericSchema<unknown, ChangedPeople> = v.object({
  book: bookIdSchema,
  after: revisionSchema,
  upTo: revisionSchema,
  altered: listOf(personIdSchema),
  removed: listOf(personIdSchema),
});

/** What goes to each terminal at each change says nothing of what is not there. */
const unlessEmpty = <Item>(list: readonly Item[]): readonly Item[] | undefined =>
  list.length === 0 ? undefined : list;

export const printChangedPeople = ({ altered, removed, ...span }: ChangedPeople): string =>
  JSON.stringify({ ...span, altered: unlessEmpty(altered), removed: unlessEmpty(removed) });

/** `POST /v1/persons`: the person IDs that the terminal holds (S308). */
export interface PersonsQuestion {
  readonly ids: readonly PersonId[];
  /** Where each one's copy stands, in the order of `ids`: only those that changed since are answered, and of these perhaps only what is altered. */
  readonly revisions?: readonly Revision[];
}

export const mostPersonsAsked = 10_000;

export const personsQuestionSchema: v.GenericSchema<unknown, PersonsQuestion> = v.pipe(
  v.object({
    ids: v.pipe(v.array(personIdSchema), v.maxLength(mostPersonsAsked, `ask for at most ${mostPersonsAsked} persons`)),
    revisions: v.exactOptional(v.array(revisionSchema)),
  }),
  v.check(
    (question) => question.revisions === undefined || question.revisions.length === question.ids.length,
    'revisions must be as many as ids',
  ),
);

/** One person as of `revision`, the last that changed this person. */
export interface PersonEntry {
  readonly id: PersonId;
  readonly revision: Revision;
  readonly fields: Fields;
}

export const personEntrySchema: v.GenericSchema<unknown, PersonEntry> = v.object({
  id: personIdSchema,
  revision: revisionSchema,
  fields: fieldsSchema,
});

/** What is altered of one person since the copy that the question named. */
export interface PersonAlteration {
  readonly id: PersonId;
  /** The fields that have no value any more, with those that they had. */
  readonly from: Fields;
  readonly to: Fields;
}

const personAlterationSchema: v.GenericSchema<unknown, PersonAlteration> = v.object({
  id: personIdSchema,
  from: v.optional(fieldsSchema, {}),
  to: fieldsSchema,
});

/** The answer to `PersonsQuestion` (S309): all of it as of `revision`. */
export interface PersonsAnswer {
  readonly book: BookId;
  readonly revision: Revision;
  readonly persons: readonly PersonEntry[];
  readonly altered: readonly PersonAlteration[];
  readonly gone: readonly PersonId[];
}

export const personsAnswerSchema: v.GenericSchema<unknown, PersonsAnswer> = v.object({
  book: bookIdSchema,
  revision: revisionSchema,
  persons: listOf(personEntrySchema),
  altered: listOf(personAlterationSchema),
  gone: listOf(personIdSchema),
});

const printedAlteration = ({ id, from, to }: PersonAlteration): object =>
  Object.keys(from).length === 0 ? { id, to } : { id, from, to };

export const printPersonsAnswer = ({ book, revision, persons, altered, gone }: PersonsAnswer): string =>
  JSON.stringify({
    book,
    revision,
    persons: unlessEmpty(persons),
    altered: unlessEmpty(altered.map(printedAlteration)),
    gone: unlessEmpty(gone),
  });

/** `GET /v1/persons?search=`. */
export interface LookUpAnswer {
  readonly book: BookId;
  readonly revision: Revision;
  /** All who fit. */
  readonly total: number;
  /** How many of them fit as it is typed; they come first. Of the others a word was mistyped. */
  readonly asTyped: number;
  readonly persons: readonly PersonEntry[];
  /** Where the next page begins, for `after`; absent where this one is the last. */
  readonly next?: string;
  /** False while the server has not yet read in everyone, after a start: more may fit. */
  readonly complete: boolean;
}

export const lookUpAnswerSchema: v.GenericSchema<unknown, LookUpAnswer> = v.object({
  book: bookIdSchema,
  revision: revisionSchema,
  total: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  asTyped: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  persons: v.array(personEntrySchema),
  next: v.exactOptional(v.string()),
  complete: v.boolean(),
});

/** A person, and how many that person manages. */
export interface PersonInOrganisation extends PersonEntry {
  readonly reports: number;
}

const size: v.GenericSchema<unknown, number> = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const personInOrganisationSchema: v.GenericSchema<unknown, PersonInOrganisation> = v.object({
  id: personIdSchema,
  revision: revisionSchema,
  fields: fieldsSchema,
  reports: size,
});

/** `GET /v1/organisation`. */
export interface OrganisationAnswer {
  readonly book: BookId;
  readonly revision: Revision;
  /** Above the person, the nearest first. */
  readonly managers: readonly PersonInOrganisation[];
  readonly total: number;
  readonly persons: readonly PersonInOrganisation[];
  /** As of a look-up. */
  readonly next?: string;
  readonly complete: boolean;
}

export const organisationAnswerSchema: v.GenericSchema<unknown, OrganisationAnswer> = v.object({
  book: bookIdSchema,
  revision: revisionSchema,
  managers: v.array(personInOrganisationSchema),
  total: size,
  persons: v.array(personInOrganisationSchema),
  next: v.exactOptional(v.string()),
  complete: v.boolean(),
});

/** `label` and `departments` as of a tree (`below`): the last part of the name, and how many are directly in it; `persons` are then also those of them. */
export interface DepartmentEntry {
  readonly name: string;
  readonly persons: number;
  readonly label?: string;
  readonly departments?: number;
}

/** `GET /v1/departments`. */
export interface DepartmentsAnswer {
  readonly book: BookId;
  readonly revision: Revision;
  readonly total: number;
  readonly departments: readonly DepartmentEntry[];
  readonly next?: string;
  readonly complete: boolean;
}

export const departmentsAnswerSchema: v.GenericSchema<unknown, DepartmentsAnswer> = v.object({
  book: bookIdSchema,
  revision: revisionSchema,
  total: size,
  departments: v.array(
    v.object({
      name: text(65_536),
      persons: size,
      label: v.exactOptional(text(65_536)),
      departments: v.exactOptional(size),
    }),
  ),
  next: v.exactOptional(v.string()),
  complete: v.boolean(),
});

/** A group of a directory; one counts who is in it by another group too. */
export interface Group {
  readonly id: string;
  readonly name: string;
  readonly persons: number;
}

const groupSchema: v.GenericSchema<unknown, Group> = v.object({ id: text(64), name: text(65_536), persons: size });

/** `GET /v1/groups`. */
export interface GroupsAnswer {
  readonly book: BookId;
  readonly revision: Revision;
  readonly total: number;
  readonly groups: readonly Group[];
  readonly next?: string;
}

export const groupsAnswerSchema: v.GenericSchema<unknown, GroupsAnswer> = v.object({
  book: bookIdSchema,
  revision: revisionSchema,
  total: size,
  groups: v.array(groupSchema),
  next: v.exactOptional(v.string()),
});

/** `GET /v1/groups/{id}/persons`. */
export interface MembersAnswer {
  readonly book: BookId;
  readonly revision: Revision;
  readonly group: Group;
  readonly persons: readonly PersonEntry[];
  readonly next?: string;
  /** As of a look-up. */
  readonly complete: boolean;
}

export const membersAnswerSchema: v.GenericSchema<unknown, MembersAnswer> = v.object({
  book: bookIdSchema,
  revision: revisionSchema,
  group: groupSchema,
  persons: v.array(personEntrySchema),
  next: v.exactOptional(v.string()),
  complete: v.boolean(),
});

/** `GET /v1/book`: everyone, as of `revision`; one row a person, so that field names are said once. */
export interface WholeBook {
  readonly book: BookId;
  readonly revision: Revision;
  /** The columns after the person ID. */
  readonly fields: readonly string[];
  /** `[id, value, value, ...]`; `null` where there is none, and shorter where only such follow. */
  readonly persons: readonly (readonly (string | null)[])[];
}

export const wholeBookSchema: v.GenericSchema<unknown, WholeBook> = v.object({
  book: bookIdSchema,
  revision: revisionSchema,
  fields: v.array(v.string()),
  persons: v.array(v.array(v.nullable(v.string()))),
});

// A row ends with its last value: those that hardly anybody sees come last.
const columns: readonly FieldName[] = fieldNames.toSorted(
  (one, other) => Number(fields[one].class === 'restricted') - Number(fields[other].class === 'restricted'),
);

/** The start of a whole book, up to the first row. */
export const printBookHead = (book: BookId, revision: Revision): string =>
  `{"book":"${book}","revision":${revision},"fields":${JSON.stringify(columns)},"persons":[`;

export const bookTail = ']}';

export function printBookRow(id: PersonId, values: Fields): string {
  const row: (string | null)[] = [id, ...columns.map((name) => values[name] ?? null)];
  while (row.length > 1 && row.at(-1) === null) row.pop();
  return JSON.stringify(row);
}

/**
 * The persons of a whole book. A column that is not known here is left out.
 * @throws WireFault when a row's person ID has not the shape of one
 */
export function personsOf(whole: WholeBook): readonly { readonly id: PersonId; readonly fields: Fields }[] {
  return whole.persons.map(([id, ...values], at) => {
    const checked = v.safeParse(personIdSchema, id);
    if (!checked.success) throw new WireFault(`whole book: row ${at} has no person ID`);
    const fields: Partial<Record<FieldName, string>> = {};
    whole.fields.forEach((name, column) => {
      const value = values[column];
      if (value !== null && value !== undefined && value !== '' && isFieldName(name)) fields[name] = value;
    });
    return { id: checked.output, fields };
  });
}
