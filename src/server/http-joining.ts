// What the administrator does over HTTP about persons whom several sources know.

import { isPersonId, type PersonId } from '../book/person-id.ts';
import { doneSchema, doublesSchema, toForgetSchema, toJoinSchema, toSeparateSchema } from '../wire/admin.ts';
import { isSourceName, type SourceName } from './change-log.ts';
import { bodyAs } from './http-api.ts';
import { doneOf, granted } from './http-granted.ts';
import { json, quoted, refuse } from './http-message.ts';
import { jsonAnswer, jsonBody, type Asked, type Route } from './http-routes.ts';
import type { Administration } from './administration.ts';

function personOf(asked: Asked): PersonId {
  const id = asked.names.get('id') ?? '';
  return isPersonId(id) ? id : refuse(404, `There is no person ${quoted(id)}`);
}

const sourceOf = (text: string): SourceName =>
  isSourceName(text) ? text : refuse(404, `There is no source ${quoted(text)}`);

export const joiningRoutes = (joining: Administration['joining']): readonly Route[] => [
  {
    method: 'GET',
    path: '/v1/admin/doubles',
    who: 'administrator',
    summary: 'Persons who may be one, since they have the same employee number or mail address',
    answers: { 200: jsonAnswer(doublesSchema) },
    act: async () => json({ doubles: await joining.doubles() }),
  },
  {
    method: 'POST',
    path: '/v1/admin/persons/{id}/join',
    who: 'administrator',
    summary: 'Another is this person: what their sources say is said of one, and the other leaves the book',
    body: jsonBody(toJoinSchema),
    answers: { 200: jsonAnswer(doneSchema) },
    act: async (asked) => {
      const { other } = bodyAs(asked, toJoinSchema);
      return json(doneOf(granted(await joining.join(personOf(asked), other)).list));
    },
  },
  {
    method: 'POST',
    path: '/v1/admin/persons/{id}/separate',
    who: 'administrator',
    summary: 'What one of the sources says of this person is of somebody else, who is new',
    body: jsonBody(toSeparateSchema),
    answers: { 200: jsonAnswer(doneSchema) },
    act: async (asked) => {
      const source = sourceOf(bodyAs(asked, toSeparateSchema).source);
      return json(doneOf(granted(await joining.separate(personOf(asked), source)).list));
    },
  },
  {
    method: 'POST',
    path: '/v1/admin/sources/{source}/forget',
    who: 'administrator',
    summary: 'Nothing counts any longer that a source said which is followed no more',
    body: jsonBody(toForgetSchema),
    answers: { 200: jsonAnswer(doneSchema) },
    act: async (asked) => {
      const { removals } = bodyAs(asked, toForgetSchema);
      return json(doneOf(granted(await joining.forget(sourceOf(asked.names.get('source') ?? ''), removals)).list));
    },
  },
];
