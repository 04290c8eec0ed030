// Who is in which group, as the administrator reads it over HTTP.

import { groupsAnswerSchema, membersAnswerSchema } from '../../src/wire/http.ts';
import { parseJson } from '../../src/wire/problem.ts';
import type { World } from './world.ts';

/**
 * Names of groups, each with what its members are known by, sorted. It is read in several questions: a group that is deleted
 * between them is left out.
 */
export async function memberships(world: World): Promise<Readonly<Record<string, readonly string[]>>> {
  const { groups } = await world.admin.ask({ method: 'GET', path: '/v1/groups?limit=200', answer: groupsAnswerSchema });
  const found: Record<string, readonly string[]> = {};
  for (const { id, name } of groups) {
    const headers = { authorization: `Bearer ${world.administratorToken}` };
    const response = await fetch(`${world.url}/v1/groups/${id}/persons?limit=200`, { headers });
    const text = await response.text();
    if (response.status === 404) continue;
    const { group, persons, complete } = parseJson(membersAnswerSchema, text, 'members');
    if (complete && persons.length !== group.persons)
      throw new Error(`${name}: ${persons.length} persons, ${group.persons} told`);
    found[name] = persons.map(({ fields }) => fields.employeeNumber ?? fields.name ?? '').toSorted();
  }
  return found;
}
