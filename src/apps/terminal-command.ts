// `rollcall terminal`: the employee's terminal on the command line. It uses nothing but the library call
// that any softphone has, `openTerminal`.

import { Command, Option } from 'commander';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { labelOf, type FieldLabels } from '../book/field.ts';
import { nameOf, shown, type Own, type Prompt } from '../book/personal-entry.ts';
import { makeFolder } from '../node/running.ts';
import { openTerminal, type Synced, type Terminal, type TerminalOptions } from '../node/terminal.ts';
import { acquisitions, type Acquire } from '../terminal/acquisition.ts';
import type { StoredPrompt } from '../terminal/personal-address-book.ts';
import type { TransportChoice } from '../terminal/flow-target.ts';
import { loggedOut } from '../terminal/state.ts';
import { deliveries, type Delivery } from '../wire/interest.ts';
import { carryOut, CommandFailure, exitCodes, outputOf, type Output } from './output.ts';
import type { Progress } from './progress.ts';
import { printable, table as columns } from './screen.ts';
import { serverAddress, wholeNumber } from './command-values.ts';
import { askPassword } from './password.ts';
import { stopAsked } from './stop.ts';
import { alikeChoices, exportCards, importCards } from './terminal-cards.ts';
import { found, held } from './terminal-persons.ts';
import { fetchPhotos, photo } from './terminal-photo.ts';
import { alterationWords, fieldLines } from './values.ts';

interface Globals {
  readonly json?: true;
  readonly home: string;
  readonly server?: string;
  readonly delivery: Delivery;
  readonly acquire: Acquire;
  readonly transport?: TransportChoice;
}

type Act<Words extends readonly unknown[]> = (terminal: Terminal, output: Output, ...words: Words) => Promise<void>;

const defaultServer = 'http://127.0.0.1:8080';

/** An action on the terminal of `--home`, which is open while it runs. */
function withTerminal<Words extends readonly unknown[]>(act: Act<Words>, online = false) {
  return async (...given: readonly unknown[]): Promise<void> => {
    const globals = (given.at(-1) as Command).optsWithGlobals<Globals>();
    const words = given.slice(0, -1) as unknown as Words;
    await carryOut(async () => {
      await using terminal = await openTerminal(optionsOf(globals, online));
      await act(terminal, outputOf(globals.json), ...words);
    });
  };
}

function optionsOf(globals: Globals, online: boolean): TerminalOptions {
  const { home, server, delivery, acquire, transport } = globals;
  makeHome(home);
  return {
    store: join(home, 'personal-address-book.sqlite'),
    online,
    delivery,
    acquire,
    ...(server !== undefined && { server }),
    ...(transport !== undefined && { transport }),
  };
}

function makeHome(home: string): void {
  try {
    makeFolder(home);
  } catch (cause) {
    throw new CommandFailure(
      `--home: cannot make the folder ${home}: ${cause instanceof Error ? cause.message : String(cause)}`,
      exitCodes.failed,
      { cause },
    );
  }
}

export function terminalCommand(): Command {
  const command = new Command('terminal')
    .description('a personal address book that is kept in step')
    .option(
      '--home <folder>',
      'where this terminal keeps its book',
      process.env['ROLLCALL_HOME'] ?? join(homedir(), '.rollcall'),
    )
    .option('--server <url>', `where to log in (default: where one is logged in, else ${defaultServer})`, serverAddress)
    .addOption(
      new Option('--delivery <kind>', 'what the server sends, and learns').choices(deliveries).default('broadcast'),
    )
    .addOption(new Option('--acquire <kind>', 'what is fetched after a notice').choices(acquisitions).default('list'))
    .addOption(new Option('--transport <kind>', 'how SIP goes').choices(['udp', 'tcp', 'tls', 'websocket']));
  command
    .command('log-in')
    .description('logs in; the session is kept')
    .addOption(new Option('--user <name>', 'the log-in name').conflicts('oidc'))
    .addOption(new Option('--password <password>', 'better left out: it is then asked for').conflicts('oidc'))
    .option('--oidc', "in a browser on this machine, by the company's identity provider")
    .action(withTerminal(logIn));
  command
    .command('log-out')
    .description('ends the session; the personal address book stays')
    .action(withTerminal(logOut));
  command
    .command('look-up <text>')
    .description('finds people by name, pinyin, initials, number, department')
    .option('--limit <n>', 'how many', wholeNumber, 20)
    .action(withTerminal(lookUp));
  command
    .command('add <person>')
    .description('keeps a person, by person ID or by a look-up that finds one')
    .action(withTerminal(add));
  command
    .command('remove <person>')
    .description('takes an entry out, by person ID or by name')
    .action(withTerminal(remove));
  command.command('list').description('the personal address book; needs no server').action(withTerminal(list));
  command.command('show <person>').description('one entry; needs no server').action(withTerminal(show));
  command
    .command('photo <person>')
    .description('writes the photo of an entry into a file; needs no server where it is here already')
    .requiredOption('--out <file>', 'the file to write')
    .action(withTerminal(photo));
  command.command('note <person> <text>').description('writes your own note on an entry').action(withTerminal(note));
  command
    .command('export <file>')
    .description('writes the personal address book as vCards; needs no server')
    .addOption(new Option('--format <version>', 'of the vCards').choices(['4.0', '3.0']).default('4.0'))
    .action(withTerminal(exportCards));
  command
    .command('import <file>')
    .description('says what reading a file of vCards would add as own contacts, and adds them with --apply')
    .option('--apply', 'does it')
    .addOption(
      new Option('--alike <choice>', 'what to do with who may be there already; who has only the name is never merged')
        .choices(alikeChoices)
        .default('skip'),
    )
    .action(withTerminal(importCards));
  command
    .command('prompts')
    .description('what changed and was not seen yet')
    .option('--all', 'also what was seen')
    .option('--seen', 'marks them as seen')
    .action(withTerminal(prompts));
  command
    .command('undo')
    .argument('<prompt>', 'its number', wholeNumber)
    .description('takes a change back: the old value becomes your own')
    .action(withTerminal(undo));
  command.command('sync').description('catches up once').action(withTerminal(sync));
  command
    .command('watch')
    .description('stays in step and tells what changes, until Ctrl-C')
    .action(withTerminal(watch, true));
  command
    .command('proceed')
    .description('agrees that those whose removal was held back have left')
    .action(withTerminal((terminal, output) => answerBrake(terminal, output, true)));
  command
    .command('keep')
    .description('keeps those whose removal was held back, as your own contacts')
    .action(withTerminal((terminal, output) => answerBrake(terminal, output, false)));
  return command;
}

interface LogInOptions {
  readonly user?: string;
  readonly password?: string;
  readonly oidc?: true;
}

async function logIn(terminal: Terminal, output: Output, options: LogInOptions): Promise<void> {
  const server = terminal.server ?? defaultServer;
  const { user, oidc } = options;
  if (oidc === true) {
    const open = (url: string): void =>
      output.tell(`open this in a browser on this machine, and log in there:\n${url}`, { open: url });
    const { name } = await terminal.logIn({ server, browser: open });
    return output.tell(`logged in as ${printable(name)}`, { user: name });
  }
  if (user === undefined) throw new CommandFailure('name who logs in by --user, or give --oidc', exitCodes.misused);
  const password = options.password ?? process.env['ROLLCALL_PASSWORD'] ?? (await askPassword(`Password of ${user}`));
  await terminal.logIn({ server, user, password });
  output.tell(`logged in as ${printable(user)}`, { user });
}

async function logOut(terminal: Terminal, output: Output): Promise<void> {
  await terminal.logOut();
  output.tell('logged out; your address book stays', { loggedOut: true });
}

async function lookUp(terminal: Terminal, output: Output, text: string, options: { limit: number }): Promise<void> {
  const found = await terminal.lookUp(text, { limit: options.limit });
  if (found.words !== '') output.remark(printable(found.words));
  if (!found.complete) output.remark('the server is still reading in everyone; there may be more');
  if (output.json) for (const person of found.persons) output.tell('', person);
  else if (found.persons.length === 0) output.tell('nobody was found', undefined);
  else {
    const rows = found.persons.map(({ id, fields }) => [
      id,
      fields.name ?? '',
      fields.pinyin ?? '',
      fields.department ?? '',
      fields.officeTelephone ?? '',
    ]);
    output.tell(
      columns([
        ['PERSON', 'NAME', 'PINYIN', 'DEPARTMENT', 'OFFICE TELEPHONE'],
        ...rows.map((row) => row.map(printable)),
      ]),
      undefined,
    );
    if (found.asTyped === 0) output.remark(`nobody fits ${JSON.stringify(text)} as it is written; these may be meant`);
    if (found.total > found.persons.length)
      output.remark(`${found.persons.length} of ${found.total}; --limit shows more`);
  }
}

async function add(terminal: Terminal, output: Output, text: string): Promise<void> {
  const entry = await terminal.keep(await found(terminal, text));
  output.tell(`added ${entry.person} ${printable(nameOf(entry))}`, entry);
  await fetchPhotos(terminal, output);
}

async function remove(terminal: Terminal, output: Output, text: string): Promise<void> {
  const entry = await held(terminal, text);
  await terminal.remove(entry.person);
  output.tell(`removed ${printable(nameOf(entry))}`, { removed: entry.person });
}

async function list(terminal: Terminal, output: Output): Promise<void> {
  const entries = [...(await terminal.entries())].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
  if (output.json) for (const entry of entries) output.tell('', entry);
  else if (entries.length === 0)
    output.tell("your address book is empty; 'rollcall terminal look-up' finds people, 'add' keeps them", undefined);
  else {
    const rows = entries.map((entry) => {
      const { department = '', officeTelephone = '' } = shown(entry);
      return [
        entry.person,
        nameOf(entry),
        department,
        officeTelephone,
        entry.state === 'held' ? '' : entry.state,
        entry.own.note,
      ];
    });
    output.tell(
      columns([
        ['PERSON', 'NAME', 'DEPARTMENT', 'OFFICE TELEPHONE', '', 'NOTE'],
        ...rows.map((row) => row.map(printable)),
      ]),
      undefined,
    );
  }
}

async function show(terminal: Terminal, output: Output, text: string): Promise<void> {
  const entry = await held(terminal, text);
  const { own } = entry;
  // Of an own contact all values are one's own, and shown already.
  const covers = entry.state !== 'own' && Object.keys(own.values).length > 0;
  const mine: readonly (readonly [what: string, words: string])[] = [
    ['nickname', own.nickname],
    ['numbers', own.numbers.map(({ label, number }) => `${label} ${number}`.trim()).join(', ')],
    ['groups', own.groups.join(', ')],
    ['note', own.note],
  ];
  const lines = [
    fieldLines(shown(entry), terminal.labels),
    ...(covers ? [`your own values:\n${fieldLines(own.values, terminal.labels)}`] : []),
    ...mine.filter(([, words]) => words !== '').map(([what, words]) => `your ${what}: ${printable(words)}`),
  ];
  output.tell(lines.filter(Boolean).join('\n'), entry);
}

async function note(terminal: Terminal, output: Output, text: string, words: string): Promise<void> {
  const entry = await held(terminal, text);
  const written = await terminal.writeOwn(entry.person, { note: words } satisfies Partial<Own>);
  output.tell(`noted on ${printable(nameOf(entry))}`, written);
}

export function promptWords({ name, fact }: Prompt, labels?: FieldLabels): string {
  const who = printable(name);
  switch (fact.kind) {
    case 'altered':
      return `${who}: ${alterationWords(fact.field, fact, labels)}`;
    case 'left':
      return `${who} left the company; the entry stays until you remove it`;
    case 'returned':
      return `${who} is back`;
    case 'joined':
      return `${who} is new in your department (${printable(fact.department)})`;
  }
}

const tellPrompt = (output: Output, prompt: StoredPrompt, labels: FieldLabels): void =>
  output.tell(`${String(prompt.id).padStart(4)}  ${promptWords(prompt, labels)}`, prompt);

async function prompts(terminal: Terminal, output: Output, options: { all?: true; seen?: true }): Promise<void> {
  const list = await terminal.prompts({ unseenOnly: options.all !== true });
  for (const prompt of list) tellPrompt(output, prompt, terminal.labels);
  if (list.length === 0) output.remark('nothing new');
  if (options.seen === true) await terminal.seen(list.map((prompt) => prompt.id));
}

async function undo(terminal: Terminal, output: Output, prompt: number): Promise<void> {
  const undone = await terminal.undo(prompt);
  if (undone.kind === 'nothing-to-undo')
    throw new CommandFailure(`there is nothing to undo in prompt ${prompt}`, exitCodes.refused);
  if (undone.kind === 'covered')
    throw new CommandFailure(`your own value is there, ${printable(undone.own)}, and stays`, exitCodes.refused);
  output.tell(
    `${printable(nameOf(undone.entry))}: ${printable(labelOf(undone.field, terminal.labels).en)} is your own value now`,
    undone.entry,
  );
}

async function sync(terminal: Terminal, output: Output): Promise<void> {
  const synced = await output.during((progress) => showing(terminal, progress));
  if (synced.kind === 'failed') {
    const notLetIn = terminal.state.kind === 'refused' || synced.words === loggedOut.words;
    throw new CommandFailure(synced.words, notLetIn ? exitCodes.refused : exitCodes.unreachable);
  }
  for (const prompt of synced.prompts) tellPrompt(output, prompt, terminal.labels);
  output.tell(
    `in step${synced.mark === undefined ? '' : `, at revision ${synced.mark.revision}`}; ${synced.prompts.length} new`,
    { mark: synced.mark, prompts: synced.prompts.length },
  );
  tellBrake(terminal, output);
  await fetchPhotos(terminal, output);
}

/** One catching up, and how much of a large answer is here. */
async function showing(terminal: Terminal, progress: Progress): Promise<Synced> {
  progress.show('catching up');
  const events = terminal.events();
  const telling = (async () => {
    for await (const event of events)
      if (event.kind === 'coming') progress.show('catching up, kilobytes received', Math.round(event.octets / 1024));
  })();
  const synced = await terminal.sync();
  await events.return?.();
  await telling;
  return synced;
}

function tellBrake(terminal: Terminal, output: Output): void {
  if (terminal.state.kind === 'asks') output.remark(`${printable(terminal.state.words)} ${brakeAdvice}`);
}

const brakeAdvice = "('rollcall terminal proceed' marks them as left, 'keep' keeps them as your own contacts)";

function tellState({ state }: Pick<Terminal, 'state'>, output: Output): void {
  const advice = state.kind === 'asks' ? ` ${brakeAdvice}` : '';
  output.tell(`[${state.kind}] ${printable(state.words)}${advice}`, { state });
}

async function watch(terminal: Terminal, output: Output): Promise<void> {
  if (terminal.server === undefined)
    throw new CommandFailure("nobody is logged in; 'rollcall terminal log-in --user NAME' does it", exitCodes.refused);
  const events = terminal.events();
  const telling = (async () => {
    for await (const event of events) {
      if (event.kind === 'prompted') for (const prompt of event.prompts) tellPrompt(output, prompt, terminal.labels);
      else if (event.kind === 'state') tellState(event, output);
      else if (event.kind === 'refused-whole') output.remark(printable(event.trouble.words));
    }
  })();
  tellState(terminal, output);
  // Waiting for a signal alone does not keep Node alive, and a terminal that has nothing to follow has no socket.
  const alive = setInterval(() => undefined, 60_000);
  await stopAsked();
  clearInterval(alive);
  await events.return?.();
  await telling;
}

async function answerBrake(terminal: Terminal, output: Output, proceed: boolean): Promise<void> {
  if (terminal.state.kind !== 'asks') throw new CommandFailure('no removals wait for your word', exitCodes.refused);
  await terminal.answerBrake(proceed);
  output.tell(proceed ? "marked as left; 'rollcall terminal remove' takes an entry out" : 'kept as your own contacts', {
    proceed,
  });
}
