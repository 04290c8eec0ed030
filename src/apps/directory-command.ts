// `rollcall directory`: the enterprise address book, for its administrator.

import { Command } from 'commander';
import { isFieldName, type FieldName } from '../book/field.ts';
import {
  accountReportSchema,
  accountsSchema,
  doneSchema,
  holdsSchema,
  personAddedSchema,
  personBackSchema,
  sourcesSchema,
  type HeldRemovals,
} from '../wire/admin.ts';
import { lookUpAnswerSchema, personEntrySchema } from '../wire/http.ts';
import { AdminClient, jsonBody, type AdminAccess } from './admin-client.ts';
import { doubles, forget, join, separate } from './directory-joining.ts';
import { importFile, more, mostShown } from './directory-import.ts';
import { carryOut, CommandFailure, exitCodes, outputOf, type Output } from './output.ts';
import { printable, table as columns } from './screen.ts';
import { fieldLines, labelsOf } from './values.ts';
import { serverAddress, wholeNumber } from './command-values.ts';
import { askPassword } from './password.ts';
import { readPicture } from './picture.ts';

interface Globals extends AdminAccess {
  readonly json?: true;
}

type Act<Words extends readonly unknown[]> = (client: AdminClient, output: Output, ...words: Words) => Promise<void>;

/** An action with the server's administration at hand. */
function withClient<Words extends readonly unknown[]>(act: Act<Words>) {
  return async (...given: readonly unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const globals = command.optsWithGlobals<Globals>();
    const words = given.slice(0, -1) as unknown as Words;
    await carryOut(() => act(new AdminClient(globals), outputOf(globals.json), ...words));
  };
}

export function directoryCommand(): Command {
  const command = new Command('directory')
    .description('the enterprise address book of a server that runs')
    .option('--data <folder>', "the server's data folder: its address and token are in it", './rollcall-data')
    .option('--server <url>', 'a server elsewhere', serverAddress)
    .option('--token-file <file>', "the administrator's token, where it is not in the data folder");
  command
    .command('list [search]')
    .description('persons, all or those that a search finds')
    .option('--limit <n>', 'how many', wholeNumber, 50)
    .action(withClient(list));
  command.command('show <person>').description('one person with all fields').action(withClient(show));
  command
    .command('add <field=value...>')
    .description("adds a person to the administrator's own book")
    .option('--photo <file>', 'a JPEG, PNG, GIF or WebP')
    .action(withClient(add));
  command
    .command('alter <person> [field=value...]')
    .description("alters one of that book; 'field=' takes a value away, also 'photo='")
    .option('--photo <file>', 'a JPEG, PNG, GIF or WebP')
    .hook('preAction', asksForSomething)
    .action(withClient(alter));
  command.command('remove <person>').description('removes one of that book').action(withClient(remove));
  command
    .command('restore <person>')
    .description('brings back somebody who was removed, with the same ID, as long as they are remembered')
    .action(withClient(restore));
  command
    .command('import <file>')
    .description('shows what a CSV or LDIF file would change; --apply does it')
    .option('--apply', 'do it')
    .option('--skip-rejected', 'with --apply: do it though rows are wrong, without these')
    .action(withClient(importFile));
  command
    .command('fields')
    .description('the fields there are, who may see them, and the attributes that they are taken from')
    .option('--config <file>', 'as these settings have it, with the attributes of each source')
    .action((options: { config?: string }, self: Command) =>
      carryOut(async () => {
        const { tellFields } = await import('./fields-table.ts'); // of all these only this one reads settings
        tellFields(options.config, outputOf(self.optsWithGlobals<Globals>().json));
      }),
    );
  command.command('sources').description('how each source is doing').action(withClient(sources));
  addJoining(command);
  command.addCommand(brakeCommand());
  command.addCommand(accountCommand());
  return command;
}

/** Persons whom several sources know. */
function addJoining(command: Command): void {
  command
    .command('doubles')
    .description('persons who may be one, since they have the same employee number or mail address')
    .option('--join', 'joins all that can be: the person who is there for longer keeps the ID')
    .action(withClient(doubles));
  command
    .command('join <person> <other>')
    .description('the other is this person: what their sources say is said of one')
    .action(withClient(join));
  command
    .command('separate <person> <source>')
    .description('what this source says is of somebody else, who is new')
    .action(withClient(separate));
  command
    .command('forget <source>')
    .description('a source that is in the configuration no more: what it said counts no longer')
    .option('--removing <n>', 'how many persons may be removed, whom no other source knows', wholeNumber, 0)
    .action(withClient(forget));
}

function brakeCommand(): Command {
  const command = new Command('brake').description(
    'removals, and fields that many would lose, that wait for your word',
  );
  command
    .command('list', { isDefault: true })
    .description('who would be removed, or would lose a field, and why it waits')
    .action(withClient(listHolds));
  command
    .command('approve <hold>')
    .description(
      'removes those who have not come back meanwhile, or empties the field of those who have no other value',
    )
    .action(withClient(approve));
  command
    .command('undo <hold>')
    .description('brings back whom you had removed by mistake; their removal waits again')
    .action(withClient(undo));
  command.command('reject <hold>').description('nobody is removed, or loses the field').action(withClient(reject));
  return command;
}

function accountCommand(): Command {
  const command = new Command('account').description('local accounts, where no directory checks the log-in');
  command.command('list', { isDefault: true }).description('all accounts').action(withClient(listAccounts));
  command
    .command('put <user>')
    .description('adds an account, or gives one a new password, which ends its sessions')
    .option('--person <id>', 'who that is in the enterprise address book')
    .option('--password <password>', 'better left out: it is then asked for')
    .action(withClient(putAccount));
  command
    .command('remove <user>')
    .description('removes an account and ends its sessions')
    .action(withClient(removeAccount));
  return command;
}

async function list(
  client: AdminClient,
  output: Output,
  search: string | undefined,
  options: { limit: number },
): Promise<void> {
  const query = new URLSearchParams({ search: search ?? '', limit: String(options.limit) });
  const { total, persons, complete } = await client.ask({
    method: 'GET',
    path: `/v1/persons?${query.toString()}`,
    answer: lookUpAnswerSchema,
  });
  if (!complete) output.remark('the server is still reading in everyone; there may be more');
  if (output.json) {
    for (const person of persons) output.tell('', person);
    return;
  }
  const rows = persons.map(({ id, fields }) => [
    id,
    fields.name ?? '',
    fields.department ?? '',
    fields.title ?? '',
    fields.officeTelephone ?? '',
  ]);
  output.tell(
    columns([['PERSON', 'NAME', 'DEPARTMENT', 'TITLE', 'OFFICE TELEPHONE'], ...rows.map((row) => row.map(printable))]),
    undefined,
  );
  if (total > persons.length) output.remark(`${persons.length} of ${total}; --limit shows more`);
}

async function show(client: AdminClient, output: Output, person: string): Promise<void> {
  const entry = await client.ask({
    method: 'GET',
    path: `/v1/admin/persons/${encodeURIComponent(person)}`,
    answer: personEntrySchema,
  });
  output.tell(fieldLines(entry.fields, await labelsOf(client)), entry);
}

interface WithPhoto {
  readonly photo?: string;
}

const pictureOf = ({ photo }: WithPhoto): WithPhoto => (photo === undefined ? {} : { photo: readPicture(photo) });

async function add(
  client: AdminClient,
  output: Output,
  ...[words, options]: readonly [readonly string[], WithPhoto]
): Promise<void> {
  const fields = Object.fromEntries(assignments(words).filter(([, value]) => value !== ''));
  const { person } = await client.ask({
    method: 'POST',
    path: '/v1/admin/persons',
    body: jsonBody({ fields, ...pictureOf(options) }),
    answer: personAddedSchema,
  });
  output.tell(`added ${person}`, { person });
}

/** A wrong call is one also where no server runs. */
function asksForSomething(command: Command): void {
  if (command.args.length === 1 && command.opts<WithPhoto>().photo === undefined)
    command.error('error: nothing to alter: give field=value, or --photo FILE');
}

async function alter(
  client: AdminClient,
  output: Output,
  ...[person, words, options]: readonly [string, readonly string[], WithPhoto]
): Promise<void> {
  const fields = Object.fromEntries(assignments(words).map(([name, value]) => [name, value === '' ? null : value]));
  const path = `/v1/admin/persons/${encodeURIComponent(person)}`;
  const body = jsonBody({ fields, ...pictureOf(options) });
  const done = await client.ask({ method: 'PATCH', path, body, answer: doneSchema });
  output.tell(done.after === done.upTo ? 'nothing to alter' : `altered; the log is at revision ${done.upTo}`, done);
}

async function remove(client: AdminClient, output: Output, person: string): Promise<void> {
  await client.ask({ method: 'DELETE', path: `/v1/admin/persons/${encodeURIComponent(person)}` });
  output.tell(`removed ${person}`, { removed: person });
}

async function restore(client: AdminClient, output: Output, person: string): Promise<void> {
  const path = `/v1/admin/persons/${encodeURIComponent(person)}/restore`;
  const done = await client.ask({ method: 'POST', path, answer: personBackSchema });
  const held = done.holds.map(
    (hold) => `; their removal is held (${printable(hold)}), since the source does not have them`,
  );
  output.tell(`${printable(person)} is in the book again${held.join('')}`, done);
}

function assignments(words: readonly string[]): readonly (readonly [FieldName, string])[] {
  return words.map((word) => {
    const [name = '', ...rest] = word.split('=');
    if (rest.length === 0)
      throw new CommandFailure(`${JSON.stringify(word)} is not of the form field=value`, exitCodes.misused);
    if (!isFieldName(name))
      throw new CommandFailure(
        `${JSON.stringify(name)} is not a field; 'rollcall directory fields' lists them`,
        exitCodes.misused,
      );
    return [name, rest.join('=')];
  });
}

async function sources(client: AdminClient, output: Output): Promise<void> {
  const answer = await client.ask({ method: 'GET', path: '/v1/admin/sources', answer: sourcesSchema });
  if (output.json) {
    for (const source of answer.sources) output.tell('', source);
    return;
  }
  const rows = answer.sources.map((each) => [
    each.source,
    each.since === undefined ? each.state : `${each.state} (not in step since ${timeOf(each.since)})`,
    String(each.persons),
    timeOf(each.lastChangeAt),
    [...heldWords(each), printable(each.problem ?? each.manner ?? '')].filter(Boolean).join('; '),
  ]);
  output.tell(columns([['SOURCE', 'STATE', 'PERSONS', 'LAST CHANGE', ''], ...rows]), undefined);
}

const heldWords = ({ held }: { readonly held?: number }): readonly string[] =>
  held === undefined ? [] : [`the brake holds ${held} back, see 'rollcall directory brake'`];

const timeOf = (at: number | undefined): string => (at === undefined ? '-' : new Date(at).toISOString());

async function listHolds(client: AdminClient, output: Output): Promise<void> {
  const { holds, fields, approved } = await client.ask({ method: 'GET', path: '/v1/admin/holds', answer: holdsSchema });
  if (output.json)
    for (const hold of [...holds, ...fields, ...approved.map((each) => ({ approved: each }))]) output.tell('', hold);
  else {
    const words = [
      ...holds.map((hold) => holdWords(hold, hold.removals)),
      ...fields.map((hold) => holdWords(hold, hold.persons)),
      ...(approved.length === 0 ? [] : ['approved, and can be undone:']),
      ...approved.map((each) => `${each.id}  ${timeOf(each.at)}  ${each.source}: ${each.persons} persons removed`),
    ];
    const waits = holds.length + fields.length > 0 ? [] : ['nothing waits'];
    output.tell([...waits, ...words].join('\n\n'), undefined);
    if (waits.length === 0) output.remark("\n'brake approve HOLD' does it, 'brake reject HOLD' does not");
    if (approved.length > 0) output.remark("\n'brake undo HOLD' brings them back");
  }
}

function holdWords(hold: Omit<HeldRemovals, 'removals'>, concerned: HeldRemovals['removals']): string {
  const names = concerned.slice(0, mostShown).map(({ person, name }) => `  ${person}  ${printable(name ?? '')}`);
  return [
    `${hold.id}  ${timeOf(hold.at)}  ${hold.source}: ${printable(hold.reason)}`,
    ...names,
    ...more(concerned.length).map((line) => `  ${line}`),
  ].join('\n');
}

async function approve(client: AdminClient, output: Output, hold: string): Promise<void> {
  const done = await client.ask({
    method: 'POST',
    path: `/v1/admin/holds/${encodeURIComponent(hold)}/approve`,
    answer: doneSchema,
  });
  output.tell(`approved; the log is at revision ${done.upTo}`, done);
}

async function undo(client: AdminClient, output: Output, hold: string): Promise<void> {
  const path = `/v1/admin/holds/${encodeURIComponent(hold)}/undo`;
  const done = await client.ask({ method: 'POST', path, answer: doneSchema });
  output.tell(`undone; ${done.upTo - done.after} changes; their removal is held again`, done);
}

async function reject(client: AdminClient, output: Output, hold: string): Promise<void> {
  await client.ask({ method: 'POST', path: `/v1/admin/holds/${encodeURIComponent(hold)}/reject` });
  output.tell('rejected; everybody stays as they were', { rejected: hold });
}

async function listAccounts(client: AdminClient, output: Output): Promise<void> {
  const { accounts } = await client.ask({ method: 'GET', path: '/v1/admin/accounts', answer: accountsSchema });
  if (output.json) for (const account of accounts) output.tell('', account);
  else
    output.tell(
      columns([
        ['USER', 'PERSON', 'SESSIONS'],
        ...accounts.map((each) => [printable(each.user), each.person ?? '-', String(each.sessions)]),
      ]),
      undefined,
    );
}

async function putAccount(
  client: AdminClient,
  output: Output,
  user: string,
  options: { person?: string; password?: string },
): Promise<void> {
  const password = options.password ?? (await askPassword(`Password for ${user}`));
  const { person } = options;
  const body = jsonBody({ password, ...(person !== undefined && { person }) });
  const account = await client.ask({
    method: 'PUT',
    path: `/v1/admin/accounts/${encodeURIComponent(user)}`,
    body,
    answer: accountReportSchema,
  });
  output.tell(`account ${printable(account.user)}`, account);
}

async function removeAccount(client: AdminClient, output: Output, user: string): Promise<void> {
  await client.ask({ method: 'DELETE', path: `/v1/admin/accounts/${encodeURIComponent(user)}` });
  output.tell(`removed account ${printable(user)}`, { removed: user });
}
