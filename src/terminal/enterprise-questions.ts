// What a terminal asks of the enterprise address book for its employee beyond the entries that are held: look-up, a person, who
// is around a person, departments, groups. Nothing of the answers is kept.

import type { GenericSchema } from 'valibot';
import type { Fields, Person } from '../book/person.ts';
import { isOwnContactId, type PersonId } from '../book/person-id.ts';
import type { EntityTag } from '../wire/change-list.ts';
import {
  departmentsAnswerSchema,
  groupsAnswerSchema,
  lookUpAnswerSchema,
  membersAnswerSchema,
  organisationAnswerSchema,
  personEntrySchema,
  type DepartmentsAnswer,
  type GroupsAnswer,
  type MembersAnswer,
  type OrganisationAnswer,
} from '../wire/http.ts';
import { apiPrefix } from '../wire/protocol-version.ts';
import { headOf, readAnswer } from './acquisition.ts';
import { answerOf, readAs } from './answers.ts';
import type { HttpMessage, HttpOutcome } from './http-exchange.ts';
import type { LookUp, Page } from './look-up.ts';
import { TerminalFault } from './terminal-fault.ts';

export const firstPage: Page = { limit: 50, after: '' };

/** Where in the organisation: around a person (whom that person manages, unless told), or in a department. */
export type Around =
  | { readonly person: PersonId; readonly list?: 'reports' | 'peers' }
  | { readonly department: string };

/** The person as of `at`. */
export interface FetchedPerson {
  readonly fields: Fields;
  readonly at: EntityTag;
}

type What = 'person' | 'group' | 'page';

/** Each verb throws a TerminalFault, with words for the employee, where the server does not answer, or not this. */
export class EnterpriseQuestions {
  readonly #ask: (message: HttpMessage) => Promise<HttpOutcome>;

  constructor(ask: (message: HttpMessage) => Promise<HttpOutcome>) {
    this.#ask = ask;
  }

  async lookUp(text: string, page: Partial<Page>): Promise<LookUp> {
    const path = pathOf('/persons', { search: text, ...queryOfPage(page) });
    const { total, asTyped, persons, next, complete } = await this.#get(lookUpAnswerSchema, path, 'page');
    return { source: 'enterprise', words: '', total, asTyped, persons, next, complete };
  }

  async person(person: PersonId): Promise<Person> {
    const { fields } = await this.personAt(person);
    return { id: person, fields };
  }

  /** One who is only looked at: the terminal's POST names those whom it holds, or is to hold. */
  async personAt(person: PersonId): Promise<FetchedPerson> {
    nameNoOwnContact(person);
    const path = `${apiPrefix}/persons/${encodeURIComponent(person)}`;
    const answer = answerOf(await this.#ask({ method: 'GET', path }));
    if (answer.status === 404) throw notThere('person');
    const { fields } = readAs(personEntrySchema, answer, path);
    const at = headOf(answer);
    if (at !== undefined) return { fields, at };
    throw new TerminalFault({ kind: 'malformed', words: "The server's answer cannot be used: it has no entity tag." });
  }

  async fetch(person: PersonId): Promise<FetchedPerson> {
    nameNoOwnContact(person);
    const question = { kind: 'persons', question: { ids: [person] }, expected: new Set([person]) } as const;
    const body = JSON.stringify(question.question);
    const answer = answerOf(await this.#ask({ method: 'POST', path: `${apiPrefix}/persons`, body }));
    const reading = readAnswer(question, answer);
    if (reading.kind === 'trouble' || reading.kind === 'refused') throw new TerminalFault(reading.trouble);
    const found = reading.kind === 'persons' ? reading.answer.persons[0] : undefined;
    if (reading.kind !== 'persons' || found === undefined) throw notThere('person');
    return { fields: found.fields, at: { book: reading.answer.book, revision: reading.answer.revision } };
  }

  async organisation(around: Around | undefined, page: Partial<Page>): Promise<OrganisationAnswer> {
    if (around !== undefined && 'person' in around) nameNoOwnContact(around.person);
    return this.#get(organisationAnswerSchema, pathOf('/organisation', { ...around, ...queryOfPage(page) }), 'person');
  }

  departments(page: Partial<Page>): Promise<DepartmentsAnswer> {
    return this.#get(departmentsAnswerSchema, pathOf('/departments', queryOfPage(page)), 'page');
  }

  async groups({ person, ...page }: Partial<Page> & { readonly person?: PersonId }): Promise<GroupsAnswer> {
    if (person !== undefined) nameNoOwnContact(person);
    const query = { ...(person !== undefined && { person }), ...queryOfPage(page) };
    return this.#get(groupsAnswerSchema, pathOf('/groups', query), 'person');
  }

  members(group: string, page: Partial<Page>): Promise<MembersAnswer> {
    const path = pathOf(`/groups/${encodeURIComponent(wellFormed(group))}/persons`, queryOfPage(page));
    return this.#get(membersAnswerSchema, path, 'group');
  }

  async #get<T>(schema: GenericSchema<unknown, T>, path: string, what: What): Promise<T> {
    const answer = answerOf(await this.#ask({ method: 'GET', path }));
    if (answer.status === 404) throw notThere(what);
    return readAs(schema, answer, path);
  }
}

/** The server is not to hear of them; it could say nothing of them either. */
function nameNoOwnContact(person: PersonId): void {
  if (isOwnContactId(person)) throw notThere('person');
}

/** In the same words whether it is gone, was never there or is not to be seen: that is all that the server says. */
const notThere = (what: What): TerminalFault =>
  new TerminalFault({ kind: 'not-allowed', words: `There is no such ${what} in the enterprise address book.` });

function queryOfPage(page: Partial<Page>): Readonly<Record<string, string>> {
  const { limit, after } = { ...firstPage, ...page };
  return { limit: String(limit), ...(after !== '' && { after }) };
}

function pathOf(path: string, query: Readonly<Record<string, string>>): string {
  const words = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(wellFormed(value))}`);
  return `${apiPrefix}${path}?${words.join('&')}`;
}

/** Half a character, which a text may end with, cannot be in an address. */
const wellFormed = (text: string): string => text.replaceAll(/\p{Surrogate}/gu, '\uFFFD');
