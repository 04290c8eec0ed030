// Whom an employee means by what was typed: anybody in the enterprise address book, or an entry.

import type { FieldName } from '../book/field.ts';
import { isPersonId, type PersonId } from '../book/person-id.ts';
import { nameOf, shown, type PersonalEntry } from '../book/personal-entry.ts';
import type { Terminal } from '../node/terminal.ts';
import { CommandFailure, exitCodes } from './output.ts';
import { printable } from './screen.ts';

/** The person whose ID `text` is, or the only one that a look-up for it finds. */
export async function found(terminal: Terminal, text: string): Promise<PersonId> {
  if (isPersonId(text)) {
    const known = (await terminal.entries()).some((entry) => entry.person === text);
    if (known || !/^[a-z]{4,7}$/.test(text)) return text; // a short word is more likely a name
  }
  const { persons, total, asTyped, words, complete } = await wholeLookUp(terminal, text);
  const [only] = persons;
  if (!complete)
    throw new CommandFailure(
      'the server is still reading in the enterprise address book; try again in a moment',
      exitCodes.refused,
    );
  if (only !== undefined && asTyped === 1) return only.id;
  if (only === undefined)
    throw new CommandFailure(
      `${words === '' ? '' : `${words} `}nobody is found by ${JSON.stringify(text)}`,
      exitCodes.refused,
    );
  const some = persons.map(
    ({ id, fields }) => `  ${id}  ${printable(fields.name ?? '')}  ${printable(fields.department ?? '')}`,
  );
  throw new CommandFailure(
    `${asTyped === 0 ? `nobody is found by ${JSON.stringify(text)}; did you mean one of` : `${total} persons are found by ${JSON.stringify(text)}; name one by its ID`}:\n${some.join('\n')}`,
    exitCodes.refused,
  );
}

/** A server that is still reading everybody in takes a second for an answer. */
const mostTries = 15;

async function wholeLookUp(terminal: Terminal, text: string): ReturnType<Terminal['lookUp']> {
  let answer = await terminal.lookUp(text, { limit: 10 });
  for (let tries = 1; !answer.complete && tries < mostTries; tries += 1)
    answer = await terminal.lookUp(text, { limit: 10 });
  return answer;
}

/** What an entry may be called by; a department that has only one person in the book is no name of that person. */
const namingFields: readonly FieldName[] = [
  'name',
  'surname',
  'givenName',
  'chineseName',
  'englishName',
  'pinyin',
  'employeeNumber',
  'mail',
  'officeTelephone',
];

/** The entry whose person ID or name `text` is. */
export async function held(terminal: Terminal, text: string): Promise<PersonalEntry> {
  const entries = await terminal.entries();
  const byId = entries.find((entry) => entry.person === text);
  if (byId !== undefined) return byId;
  const wanted = text.toLowerCase();
  const named = entries.filter((entry) => {
    const fields = shown(entry);
    return [nameOf(entry), ...namingFields.map((name) => fields[name])].some(
      (value) => value?.toLowerCase() === wanted,
    );
  });
  const [only, second] = named;
  if (only !== undefined && second === undefined) return only;
  const why = only === undefined ? 'no entry is' : `${named.length} entries are`;
  throw new CommandFailure(
    `${why} called ${JSON.stringify(text)}; 'rollcall terminal list' shows the person IDs`,
    exitCodes.refused,
  );
}
