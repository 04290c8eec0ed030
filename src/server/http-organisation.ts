// The organisation as a tree, by who manages whom, and its departments. Both are listed in pages, as look-ups are.

import { isPersonId } from '../book/person-id.ts';
import {
  departmentsAnswerSchema,
  organisationAnswerSchema,
  type DepartmentsAnswer,
  type OrganisationAnswer,
  type PersonInOrganisation,
} from '../wire/http.ts';
import type { Grouping, PersonInOrganisation as Person } from './change-log.ts';
import { pageAsked, pageHeaders, pageParameters } from './http-book.ts';
import { quoted, refuse, type Answer } from './http-message.ts';
import { jsonAnswer, type Asked, type Route } from './http-routes.ts';
import { printPlace } from './look-up-place.ts';

const longestName = 1024;

/** `separator`: what parts the names of departments that are in others. */
export const organisationRoutes = (separator: string | undefined): readonly Route[] => [
  {
    method: 'GET',
    path: '/v1/organisation',
    who: 'reader',
    summary:
      'The organisation as a tree: a person’s managers up to the top, and whom the person manages, or who has the same manager; or who is in a department; or who is at the top',
    query: [
      {
        name: 'person',
        what: 'the ID of a person; without it and without department those at the top, who manage others',
      },
      {
        name: 'list',
        what: '`reports`, whom the person manages (unless told), or `peers`, whom the same manager does',
      },
      { name: 'department', what: 'its name, as /v1/departments has it' },
      ...pageParameters,
    ],
    answers: { 200: jsonAnswer(organisationAnswerSchema) },
    asOfHead: true,
    act: organisation,
  },
  {
    method: 'GET',
    path: '/v1/departments',
    who: 'reader',
    summary: 'The departments, each with how many persons are in it',
    query: [
      {
        name: 'below',
        what: 'as a tree: only those directly in the department of this name, or, where it is empty, those that are in none',
      },
      ...pageParameters,
    ],
    answers: { 200: jsonAnswer(departmentsAnswerSchema) },
    asOfHead: true,
    act: (asked) => departments(asked, separator),
  },
];

const entryOf = ({ id, revision, fields, reports }: Person): PersonInOrganisation => ({
  id,
  revision,
  fields,
  reports,
});

async function organisation(asked: Asked): Promise<Answer> {
  const { log } = asked.view;
  const list = await listAsked(asked);
  const { limit, after } = pageAsked(asked);
  const found = await log.organisation({ list, limit, ...(after !== undefined && { after: after.key }) });
  const { head, managers, total, persons, next, complete } = found;
  const answer: OrganisationAnswer = {
    book: head.book,
    revision: head.revision,
    managers: managers.map(entryOf),
    total,
    persons: persons.map(entryOf),
    ...(next !== undefined && { next: printPlace({ group: 0, key: next }) }),
    complete,
  };
  return { status: 200, headers: pageHeaders(head, complete), body: JSON.stringify(answer) };
}

async function listAsked({ query, view }: Asked): Promise<Grouping> {
  const person = query.get('person');
  const name = query.get('department');
  const kind = query.get('list') ?? 'reports';
  if (kind !== 'reports' && kind !== 'peers') return refuse(400, 'list must be reports or peers');
  if (person !== undefined && name !== undefined) refuse(400, 'give person or department, not both');
  if (person === undefined && query.has('list')) refuse(400, 'list is of a person: give person too');
  if (name !== undefined) {
    if (name.length > longestName) refuse(400, `department may have at most ${longestName} characters`);
    return { kind: 'department', name };
  }
  if (person === undefined) return { kind: 'top' };
  const { persons } = isPersonId(person) ? await view.log.persons([person]) : { persons: [] };
  const [found] = persons;
  if (found === undefined) return refuse(404, `There is no person ${quoted(person)} in the book`);
  return { kind, person: found.id };
}

async function departments(asked: Asked, separator: string | undefined): Promise<Answer> {
  const { limit, after } = pageAsked(asked);
  const department = asked.query.get('below');
  if (department !== undefined && department.length > longestName)
    refuse(400, `below may have at most ${longestName} characters`);
  const found = await asked.view.log.departments({
    limit,
    ...(after !== undefined && { after: after.key }),
    ...(department !== undefined && { below: { department, separator } }),
  });
  const { head, total, departments: listed, next, complete } = found;
  const answer: DepartmentsAnswer = {
    book: head.book,
    revision: head.revision,
    total,
    departments: listed,
    ...(next !== undefined && { next: printPlace({ group: 0, key: next }) }),
    complete,
  };
  return { status: 200, headers: pageHeaders(head, complete), body: JSON.stringify(answer) };
}
