// `rollcall directory doubles`, `join`, `separate`, `forget`: persons whom several sources know.

import { doneSchema, doublesSchema, type DoubleReport } from '../wire/admin.ts';
import { jsonBody, type AdminClient } from './admin-client.ts';
import type { Output } from './output.ts';
import { printable } from './screen.ts';

const personPath = (person: string): string => `/v1/admin/persons/${encodeURIComponent(person)}`;

export async function doubles(client: AdminClient, output: Output, options: { join?: true }): Promise<void> {
  const { doubles: all } = await client.ask({ method: 'GET', path: '/v1/admin/doubles', answer: doublesSchema });
  if (options.join === true) return joinAll(client, output, all);
  if (output.json) for (const double of all) output.tell('', double);
  else output.tell(all.length === 0 ? 'nobody may be somebody else' : all.map(words).join('\n'), undefined);
}

function words({ field, value, persons, joinable }: DoubleReport): string {
  const advice = joinable ? "one person? then 'join' them" : 'one source has several of them: mend that there';
  return [
    `${field} ${printable(value)}: ${advice}`,
    ...persons.map(({ person, name, sources }) => `  ${person}  ${printable(name)}  (${sources.join(', ')})`),
  ].join('\n');
}

/** The persons of each are told in the order in which they came. */
async function joinAll(client: AdminClient, output: Output, all: readonly DoubleReport[]): Promise<void> {
  let joined = 0;
  for (const { persons, joinable } of all) {
    const [first, ...others] = persons;
    if (!joinable || first === undefined) continue;
    for (const { person } of others) {
      await joinTwo(client, first.person, person);
      joined += 1;
    }
  }
  output.tell(`${joined} joined; ${all.filter(({ joinable }) => !joinable).length} left as they are`, { joined });
}

const joinTwo = (client: AdminClient, person: string, other: string) =>
  client.ask({ method: 'POST', path: `${personPath(person)}/join`, body: jsonBody({ other }), answer: doneSchema });

export async function join(client: AdminClient, output: Output, person: string, other: string): Promise<void> {
  const done = await joinTwo(client, person, other);
  output.tell(`${printable(other)} is ${printable(person)} now; the log is at revision ${done.upTo}`, done);
}

export async function separate(client: AdminClient, output: Output, person: string, source: string): Promise<void> {
  const body = jsonBody({ source });
  const done = await client.ask({ method: 'POST', path: `${personPath(person)}/separate`, body, answer: doneSchema });
  output.tell(`whom ${printable(source)} knows is a person apart; the log is at revision ${done.upTo}`, done);
}

export async function forget(
  client: AdminClient,
  output: Output,
  source: string,
  options: { removing: number },
): Promise<void> {
  const done = await client.ask({
    method: 'POST',
    path: `/v1/admin/sources/${encodeURIComponent(source)}/forget`,
    body: jsonBody({ removals: options.removing }),
    answer: doneSchema,
  });
  output.tell(`what ${printable(source)} said counts no longer; the log is at revision ${done.upTo}`, done);
}
