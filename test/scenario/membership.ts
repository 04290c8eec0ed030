// Who is in which group, as the administrator reads it over HTTP.

import { groupsAnswerSchema, membersAnswerSchema } from '../../src/wire/http.ts';
import type { World } from './world.ts';

/** Names of groups, each with the names of its members; both in the order of the answers. */
export async function memberships(world: World): Promise<Readonly<Record<string, readonly string[]>>> {
  const { groups } = await world.admin.ask({ method: 'GET', path: '/v1/groups?limit=200', answer: groupsAnswerSchema });
  const found: Record<string, readonly string[]> = {};
  for (const { id, name, persons: count } of groups) {
    const path = `/v1/groups/${id}/persons?limit=200`;
    const { persons } = await world.admin.ask({ method: 'GET', path, answer: membersAnswerSchema });
    if (persons.length !== count) throw new Error(`${name}: ${persons.length} persons, ${count} told`);
    found[name] = persons.map(({ fields }) => fields.employeeNumber ?? fields.name ?? '').toSorted();
  }
  return found;
}
