// Groups of the directories, and who is in them. No revision tells of a change of a group, so no cache keeps these answers.

import { isPersonId } from '../book/person-id.ts';
import { groupsAnswerSchema, membersAnswerSchema, type GroupsAnswer, type MembersAnswer } from '../wire/http.ts';
import { isGroupId } from './group.ts';
import { entryOf, pageAsked, pageParameters } from './http-book.ts';
import { json, quoted, refuse, type Answer } from './http-message.ts';
import { jsonAnswer, type Asked, type Route } from './http-routes.ts';
import { printPlace } from './look-up-place.ts';

export const groupRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/groups',
    who: 'reader',
    summary: 'The groups of the directories, each with how many persons are in it, also by a group within it',
    query: [{ name: 'person', what: 'only the groups that the person of this ID is in' }, ...pageParameters],
    answers: { 200: jsonAnswer(groupsAnswerSchema) },
    act: groups,
  },
  {
    method: 'GET',
    path: '/v1/groups/{id}/persons',
    who: 'reader',
    summary: 'Who is in a group, also by a group within it, by name',
    query: pageParameters,
    answers: { 200: jsonAnswer(membersAnswerSchema) },
    act: members,
  },
];

const nextOf = (next: string | undefined): { readonly next?: string } =>
  next === undefined ? {} : { next: printPlace({ group: 0, key: next }) };

async function groups(asked: Asked): Promise<Answer> {
  const { limit, after } = pageAsked(asked);
  const person = await personAsked(asked);
  const page = { limit, ...(after !== undefined && { after: after.key }) };
  const found = await asked.view.log.groups({ ...page, ...(person !== undefined && { person }) });
  const { head, total, groups: listed, next } = found;
  const { book, revision } = head;
  const answer: GroupsAnswer = { book, revision, total, groups: listed, ...nextOf(next) };
  return json(answer);
}

async function personAsked({ query, view }: Asked) {
  const person = query.get('person');
  if (person === undefined) return undefined;
  const { persons } = isPersonId(person) ? await view.log.persons([person]) : { persons: [] };
  return persons[0]?.id ?? refuse(404, `There is no person ${quoted(person)} in the book`);
}

async function members(asked: Asked): Promise<Answer> {
  const id = asked.names.get('id') ?? '';
  const { limit, after } = pageAsked(asked);
  const found = isGroupId(id)
    ? await asked.view.log.members({ group: id, limit, ...(after !== undefined && { after: after.key }) })
    : undefined;
  if (found?.group === undefined) return refuse(404, `There is no group ${quoted(id)}`);
  const { head, group, persons, next, complete } = found;
  const { book, revision } = head;
  const answer: MembersAnswer = { book, revision, group, persons: persons.map(entryOf), ...nextOf(next), complete };
  return json(answer);
}
