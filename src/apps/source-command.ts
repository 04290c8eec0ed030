// `rollcall source`: a directory, before it is followed and while it is: can it be read, and what would it change? Both need the
// settings alone, and write nothing. And the word that lets a running server go on by changed settings.

import { Command } from 'commander';
import type { FieldLabels } from '../book/field.ts';
import { readConfig, type Config } from '../node/config.ts';
import type { Finding, SeenGroup, SeenPersons } from '../node/seen-persons.ts';
import type { ScimConfig } from '../node/scim-config.ts';
import { isFilesConfig, isScimConfig, type SourceConfig } from '../node/source-config.ts';
import { AdminClient, jsonBody, type AdminAccess } from './admin-client.ts';
import { more, mostShown } from './directory-import.ts';
import { serverAddress } from './command-values.ts';
import { carryOut, CommandFailure, complain, exitCodes, outputOf, type Output } from './output.ts';
import { printable } from './screen.ts';
import type { SourcePreview } from './source-preview.ts';
import { differenceWords } from './values.ts';

interface Flags {
  readonly config: string;
  readonly data?: string;
  readonly all?: true;
  readonly json?: true;
}

export function sourceCommand(): Command {
  const command = new Command('source').description('a directory: can it be read, and what would it change?');
  command
    .command('test [name]')
    .description('connects, logs in, reads everything, and says what it found and what to do')
    .requiredOption('--config <file>', "the server's settings")
    .action((name: string | undefined, _: unknown, self: Command) =>
      carryOut(() => test(name, self.optsWithGlobals())),
    );
  command
    .command('preview [name]')
    .description('what it has now against what the book holds: who would be added, altered, removed or held')
    .requiredOption('--config <file>', "the server's settings, as they are or shall be")
    .option('--data <folder>', "the server's data folder, where it is not in the settings")
    .option('--all', 'everybody, and not only the first')
    .action((name: string | undefined, _: unknown, self: Command) =>
      carryOut(() => preview(name, self.optsWithGlobals())),
    );
  command
    .command('approve <name> <id>')
    .description("lets changed settings do what the server has shown under the ID ('rollcall directory sources')")
    .option('--data <folder>', "the server's data folder: its address and token are in it", './rollcall-data')
    .option('--server <url>', 'a server elsewhere', serverAddress)
    .option('--token-file <file>', "the administrator's token, where it is not in the data folder")
    .action((name: string, id: string, ...rest: readonly [unknown, Command]) =>
      carryOut(() => approve(name, id, rest[1].optsWithGlobals())),
    );
  return command;
}

async function approve(name: string, id: string, flags: AdminAccess & Pick<Flags, 'json'>): Promise<void> {
  const path = `/v1/admin/sources/${encodeURIComponent(name)}/approve`;
  await new AdminClient(flags).ask({ method: 'POST', path, body: jsonBody({ id }) });
  outputOf(flags.json).tell(`approved; ${printable(name)} is followed by its settings of now`, { approved: id });
}

function sourcesOf(config: Config, name: string | undefined): readonly SourceConfig[] {
  const chosen = config.sources.filter((source) => name === undefined || source.name === name);
  if (chosen.length > 0) return chosen;
  const there = config.sources.map((source) => source.name).join(', ');
  throw new CommandFailure(
    there === '' ? 'the settings have no sources' : `there is no source ${JSON.stringify(name)}; there are ${there}`,
    exitCodes.misused,
  );
}

const marks = { good: 'ok  ', odd: '!   ', bad: 'FAIL' } as const;

async function test(name: string | undefined, flags: Flags): Promise<void> {
  const output = outputOf(flags.json);
  const config = readConfig(flags.config, process.env, {});
  const chosen = sourcesOf(config, name);
  const groups: SeenGroup[] = [];
  const unread: string[] = [];
  for (const source of chosen) {
    output.remark(`source ${source.name}`);
    if (isScimConfig(source)) {
      output.remark('  a provisioning client writes it: there is nothing to connect to');
      unread.push(source.name);
      continue;
    }
    const seen = await testOne(source, output);
    if (seen === undefined) unread.push(source.name);
    else groups.push(...seen.groups);
  }
  // Another one may have the group.
  if (chosen.length < config.sources.length) return;
  const { groupFindings } = await import('../node/named-groups.ts');
  for (const finding of groupFindings(config.audiences, groups, unread)) output.tell(findingWords(finding), finding);
}

/** Gives what was read, where all of it was. */
async function testOne(
  source: Exclude<SourceConfig, ScimConfig>,
  output: Output,
): Promise<Pick<SeenPersons, 'groups'> | undefined> {
  const { testFolder } = await import('../node/folder-reading.ts');
  const { testSource } = await import('../node/source-test.ts');
  return output.during(async (progress) => {
    let seen: Pick<SeenPersons, 'groups'> = { groups: [] };
    let whole = false;
    const counted = (so: SeenPersons): void => {
      seen = so;
      progress.show('reading everything, persons', so.persons);
    };
    for await (const finding of isFilesConfig(source) ? testFolder(source, counted) : testSource(source, counted)) {
      output.tell(findingWords(finding), { source: source.name, ...finding });
      whole ||= finding.check === 'reading' && finding.verdict !== 'bad';
      if (finding.verdict !== 'bad') continue;
      const code = finding.check === 'connection' ? exitCodes.unreachable : exitCodes.refused;
      process.exitCode = Math.max(Number(process.exitCode ?? 0), code);
    }
    return whole ? seen : undefined;
  });
}

function findingWords({ check, verdict, says, url, examples = [] }: Finding): string {
  const about = url === undefined ? '' : `${url}: `;
  const shown = examples.map((fields) =>
    Object.entries(fields)
      .map(([field, value]) => `${field} ${printable(value.slice(0, 60))}`)
      .join(', '),
  );
  const text = `${about}${says}`.split('\n').map(printable).join('\n      ');
  return [`${marks[verdict]}  ${check}: ${text}`, ...shown.map((each) => `        ${each}`)].join('\n');
}

async function preview(name: string | undefined, flags: Flags): Promise<void> {
  const output = outputOf(flags.json);
  const config = readConfig(flags.config, process.env, { data: flags.data });
  for (const source of sourcesOf(config, name)) {
    const { previewSource } = await import('./source-preview.ts');
    const found = await output.during((progress) => previewSource(config, source, progress));
    if ('kind' in found) {
      const says = found.kind === 'refused' ? `${found.problem}: ${found.advice}` : found.problem;
      const code = found.kind === 'refused' ? exitCodes.refused : exitCodes.unreachable;
      complain(new CommandFailure(`source ${source.name}: ${says}`, code)); // the others are told of all the same
      continue;
    }
    tellPreview(output, found, { all: flags.all === true, labels: config.fields.labels });
  }
}

function tellPreview(
  output: Output,
  found: SourcePreview,
  { all, labels }: { readonly all: boolean; readonly labels: FieldLabels },
): void {
  const { added, altered, removed, held, ...others } = found;
  const most = all ? Infinity : mostShown;
  const first = <Item>(items: readonly Item[]): readonly Item[] => items.slice(0, most);
  const counts = { added: added.length, altered: altered.length, removed: removed.length };
  const value = { ...others, counts, held, added: first(added), altered: first(altered), removed: first(removed) };
  const section = <Item>(items: readonly Item[], words: (item: Item) => string): readonly string[] =>
    [...first(items).map(words), ...(all ? [] : more(items.length))].map((line) => `  ${line}`);
  const notes = (['ambiguous', 'nameless', 'photoless'] as const).filter((each) => found[each] > 0);
  output.tell(
    [
      `source ${found.source}: ${found.found} found, ${found.persons} in the book; ${added.length} would be added, ${altered.length} altered, ${removed.length} removed`,
      ...notes.map((each) => `  ${found[each]} ${each}`),
      ...held.map(({ reason }) => `the brake would hold: ${printable(reason)}`),
      ...section(added, (each) => `+ ${printable(each.name)}`),
      ...section(
        altered,
        (each) => `~ ${each.person} ${printable(each.name)}: ${differenceWords(each.from, each.to, labels)}`,
      ),
      ...section(removed, (each) => `- ${each.person} ${printable(each.name)}`),
    ].join('\n'),
    value,
  );
}
