// What the administrator does over HTTP: the embedded book, imports, the brake's holds, sources, local
// accounts. What can be refused is decided by `Administration`; here it only becomes a problem document.

import type { FieldLabels } from '../book/field.ts';
import { isPersonId, type PersonId } from '../book/person-id.ts';
import {
  fieldLabelsSchema,
  accountReportSchema,
  accountsSchema,
  accountToPutSchema,
  doneSchema,
  holdsSchema,
  personAddedSchema,
  personBackSchema,
  personToAddSchema,
  personToAlterSchema,
  sourcesSchema,
  toAdmitSchema,
  type AccountReport,
} from '../wire/admin.ts';
import { personEntrySchema, type PersonEntry } from '../wire/http.ts';
import type { Account, AccountStore } from './account-store.ts';
import type { Administration, EmbeddedBook } from './administration.ts';
import { holdId, isSourceName, type ChangeLog, type Removal } from './change-log.ts';
import { bodyAs } from './http-api.ts';
import { doneOf, granted } from './http-granted.ts';
import { importRoute } from './http-import.ts';
import { joiningRoutes } from './http-joining.ts';
import { json, nothing, quoted, refuse, type Answer } from './http-message.ts';
import { jsonAnswer, jsonBody, type Asked, type Route } from './http-routes.ts';
import { normalUser, type Passwords, type Sessions } from './sessions.ts';

export interface AdminOptions {
  readonly administration: Administration;
  readonly changeLog: ChangeLog;
  readonly accounts: AccountStore;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly labels: FieldLabels | undefined;
}

export const adminRoutes = (options: AdminOptions): readonly Route[] => [
  ...personRoutes(options),
  importRoute(options.administration.embedded),
  ...holdRoutes(options),
  ...joiningRoutes(options.administration.joining),
  ...sourceRoutes(options.administration),
  labelsRoute(options.labels),
  ...accountRoutes(options),
];

const labelsRoute = (labels: FieldLabels = {}): Route => ({
  method: 'GET',
  path: '/v1/admin/labels',
  who: 'administrator',
  summary: 'What the administrator calls fields, where that is not as the table has it',
  answers: { 200: jsonAnswer(fieldLabelsSchema) },
  act: async () => json({ labels }),
});

const sourceRoutes = (administration: Administration): readonly Route[] => [
  {
    method: 'GET',
    path: '/v1/admin/sources',
    who: 'administrator',
    summary: 'How each source is doing',
    answers: { 200: jsonAnswer(sourcesSchema) },
    act: async () => json({ sources: await administration.sources() }),
  },
  {
    method: 'POST',
    path: '/v1/admin/sources/{source}/approve',
    who: 'administrator',
    summary: 'Lets the changed settings of a source do what was shown under the ID',
    body: jsonBody(toAdmitSchema),
    answers: { 204: {} },
    act: async (asked) => {
      const { id } = bodyAs(asked, toAdmitSchema);
      const source = asked.names.get('source') ?? '';
      if (!isSourceName(source)) return refuse(404, `There is no source ${quoted(source)}`);
      granted(await administration.admit(source, id));
      return nothing;
    },
  },
];

function personOf(asked: Asked): PersonId {
  const id = asked.names.get('id') ?? '';
  return isPersonId(id) ? id : refuse(404, `There is no person ${quoted(id)}`);
}

const onePath = '/v1/admin/persons/{id}';

const restoreRoute = (administration: Administration): Route => ({
  method: 'POST',
  path: `${onePath}/restore`,
  who: 'administrator',
  summary: 'Brings back a person who left the book; a source that does not have them has their removal held',
  answers: { 200: jsonAnswer(personBackSchema) },
  act: async (asked) => {
    const { list, holds } = granted(await administration.restore(personOf(asked)));
    return json({ ...doneOf(list), holds });
  },
});

const personRoutes = ({ administration, changeLog }: AdminOptions): readonly Route[] => [
  ...embeddedRoutes(administration.embedded),
  readRoute(changeLog),
  restoreRoute(administration),
];

const embeddedRoutes = (embedded: EmbeddedBook): readonly Route[] => [
  addRoute(embedded),
  {
    method: 'PATCH',
    path: onePath,
    who: 'administrator',
    summary: 'Alters fields of a person of the embedded book; null takes a value away',
    body: jsonBody(personToAlterSchema),
    answers: { 200: jsonAnswer(doneSchema) },
    act: async (asked) => {
      const { fields, photo } = bodyAs(asked, personToAlterSchema);
      return json(doneOf(granted(await embedded.alter(personOf(asked), fields, photo)).list));
    },
  },
  {
    method: 'DELETE',
    path: onePath,
    who: 'administrator',
    summary: 'Removes a person from the embedded book',
    answers: { 204: {} },
    act: async (asked) => {
      granted(await embedded.remove(personOf(asked)));
      return nothing;
    },
  },
];

const addRoute = (embedded: EmbeddedBook): Route => ({
  method: 'POST',
  path: '/v1/admin/persons',
  who: 'administrator',
  summary: 'Adds a person to the embedded book',
  body: jsonBody(personToAddSchema),
  answers: { 201: jsonAnswer(personAddedSchema) },
  act: async (asked) => {
    const { fields, photo } = bodyAs(asked, personToAddSchema);
    const { person } = granted(await embedded.add(fields, photo));
    const answer = json({ person }, 201);
    return { ...answer, headers: { ...answer.headers, location: `/v1/admin/persons/${person}` } };
  },
});

const readRoute = (changeLog: ChangeLog): Route => ({
  method: 'GET',
  path: onePath,
  who: 'administrator',
  summary: 'One person with all fields, also those that employees do not see',
  answers: { 200: jsonAnswer(personEntrySchema) },
  act: async (asked) => {
    const id = personOf(asked);
    const [person] = (await changeLog.persons([id])).persons;
    if (person === undefined) return refuse(404, `There is no person ${quoted(id)}`);
    const entry: PersonEntry = { id, revision: person.revision, fields: person.fields };
    return json(entry);
  },
});

function holdRoutes({ administration, changeLog }: AdminOptions): readonly Route[] {
  const idOf = (asked: Asked): ReturnType<typeof holdId> => {
    const text = asked.names.get('hold') ?? '';
    return /^[0-9A-Za-z-]{1,64}$/.test(text) ? holdId(text) : refuse(404, `There is no hold ${quoted(text)}`);
  };
  return [
    {
      method: 'GET',
      path: '/v1/admin/holds',
      who: 'administrator',
      summary: 'What the brake holds back, removals and fields that many would lose, with the names of those concerned',
      answers: { 200: jsonAnswer(holdsSchema) },
      act: async () => json(await heldBack(administration, changeLog)),
    },
    {
      method: 'POST',
      path: '/v1/admin/holds/{hold}/approve',
      who: 'administrator',
      summary:
        'Removes those of the hold who have not come back meanwhile, or empties the field of those who have no other value',
      answers: { 200: jsonAnswer(doneSchema) },
      act: async (asked) => json(doneOf(granted(await administration.approve(idOf(asked))).list)),
    },
    {
      method: 'POST',
      path: '/v1/admin/holds/{hold}/undo',
      who: 'administrator',
      summary:
        'Brings back whom an approved hold removed; as the source does not have them, their removal is held again',
      answers: { 200: jsonAnswer(doneSchema) },
      act: async (asked) => json(doneOf(granted(await administration.undo(idOf(asked))).list)),
    },
    {
      method: 'POST',
      path: '/v1/admin/holds/{hold}/reject',
      who: 'administrator',
      summary: 'Drops the hold: nobody of it is removed, or loses the field',
      answers: { 204: {} },
      act: async (asked) => {
        granted(await administration.reject(idOf(asked)));
        return nothing;
      },
    },
  ];
}

async function heldBack(administration: Administration, changeLog: ChangeLog): Promise<unknown> {
  const [holds, fields] = [await administration.holds(), await administration.heldFields()];
  const concerned = [...holds.flatMap(({ removals }) => removals), ...fields.flatMap(({ persons }) => persons)];
  const { persons: living } = await changeLog.persons(concerned.map(({ person }) => person));
  const names = new Map(living.map(({ id, fields: { name } }) => [id, name]));
  const named = (removals: readonly Removal[]) =>
    removals.map(({ key, person }) => ({ key, person, name: names.get(person) }));
  return {
    holds: holds.map((hold) => ({ ...hold, removals: named(hold.removals) })),
    fields: fields.map((hold) => ({ ...hold, persons: named(hold.persons) })),
    approved: (await administration.approvedHolds()).map(({ removals, ...hold }) => ({
      ...hold,
      persons: removals.length,
    })),
  };
}

function accountRoutes(options: AdminOptions): readonly Route[] {
  const { accounts, sessions } = options;
  return [
    {
      method: 'GET',
      path: '/v1/admin/accounts',
      who: 'administrator',
      summary: 'The local accounts',
      answers: { 200: jsonAnswer(accountsSchema) },
      act: async () => json({ accounts: (await accounts.accounts()).map((each) => accountReport(each, sessions)) }),
    },
    {
      method: 'PUT',
      path: '/v1/admin/accounts/{user}',
      who: 'administrator',
      summary: 'Adds a local account, or gives one a new password, which ends its sessions',
      body: jsonBody(accountToPutSchema, 16_384),
      answers: { 200: jsonAnswer(accountReportSchema), 201: jsonAnswer(accountReportSchema) },
      act: (asked) => putAccount(asked, options),
    },
    {
      method: 'DELETE',
      path: '/v1/admin/accounts/{user}',
      who: 'administrator',
      summary: 'Removes a local account and ends its sessions',
      answers: { 204: {} },
      act: async (asked) => {
        const user = userOf(asked);
        if (!(await accounts.removeAccount(user))) refuse(404, `There is no account ${quoted(user)}`);
        await sessions.endOfUser(user);
        return nothing;
      },
    },
  ];
}

function accountReport({ user, person, createdAt }: Account, sessions: Sessions): AccountReport {
  const known = { user, createdAt, sessions: sessions.countOfUser(user) };
  return person === undefined ? known : { ...known, person };
}

function userOf(asked: Asked): string {
  const user = normalUser(asked.names.get('user') ?? '');
  const right = user !== '' && user.length <= 256 && !/\p{Cc}/u.test(user);
  return right ? user : refuse(400, 'A log-in name has 1 to 256 characters, none of them a control character');
}

async function putAccount(asked: Asked, options: AdminOptions): Promise<Answer> {
  const { accounts, sessions, passwords, changeLog } = options;
  const user = userOf(asked);
  const { password, person: named } = bodyAs(asked, accountToPutSchema);
  if (named !== undefined && (await changeLog.persons([named])).persons.length === 0)
    refuse(409, `There is no person ${quoted(named)} in the book`);
  const before = await accounts.account(user);
  const person = named ?? before?.person;
  const createdAt = before?.createdAt ?? asked.request.at;
  const plain: Account = { user, passwordHash: await passwords.hash(password), createdAt };
  const account = person === undefined ? plain : { ...plain, person };
  await accounts.putAccount(account);
  await sessions.endOfUser(user);
  return json(accountReport(account, sessions), before === undefined ? 201 : 200);
}
