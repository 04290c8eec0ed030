// `rollcall practice`: a throw-away OpenLDAP with the sample enterprise in it, to try Rollcall out with.

import { Command } from 'commander';
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { openSession } from '../node/ldap-session.ts';
import {
  practiceAdministrator,
  practiceDn,
  startPracticeDirectory,
  type PracticeDirectory,
} from '../node/practice-directory.ts';
import { call } from './call.ts';
import { carryOut, CommandFailure, exitCodes, outputOf, type Output } from './output.ts';

import { wholeNumber } from './command-values.ts';
import { practicePeople } from './practice-people.ts';
import { stopAsked } from './stop.ts';

interface StartOptions {
  readonly persons: number;
  readonly port: number;
  readonly configFile?: string;
}

const defaultPort = 3890;

export function practiceCommand(): Command {
  const command = new Command('practice')
    .description('a throw-away OpenLDAP with a generated enterprise')
    .option('--persons <n>', 'how many persons', wholeNumber, 1000)
    .option('--port <n>', 'its port on 127.0.0.1', wholeNumber, defaultPort)
    .option('--config-file <file>', 'writes the settings by which rollcall serve follows it')
    .action((options: StartOptions, self: Command) => carryOut(() => start(options, self)));
  command
    .command('alter <user> <attribute=value...>')
    .description("alters an entry, as the directory's administrator would; 'attribute=' takes a value away")
    .action((user: string, words: readonly string[], _: unknown, self: Command) =>
      carryOut(() => alter({ user, words, self })),
    );
  return command;
}

async function start(options: StartOptions, self: Command): Promise<void> {
  const output = outputOf(self.optsWithGlobals<{ json?: true }>().json);
  const asked = stopAsked();
  await using directory = await load(options, output);
  const yaml = stringify(configurationFor(directory));
  if (options.configFile !== undefined) write(options.configFile, yaml);
  const { url, base } = directory;
  output.tell(
    [
      `OpenLDAP listens at ${url} with ${options.persons} persons below ${base}`,
      "Everybody's password is the log-in name, e.g. ben / ben. Stop with Ctrl-C; nothing is kept.",
      '',
      options.configFile === undefined
        ? `To follow it:\n\n${yaml}`
        : `To follow it: ${call} serve --config ${options.configFile}`,
    ].join('\n'),
    { url, base, persons: options.persons },
  );
  const why = await Promise.race([asked, directory.ended.then((reason) => ({ reason }))]);
  if (typeof why === 'string') return output.remark(why);
  throw new CommandFailure(`OpenLDAP ended by itself: ${why.reason}`, exitCodes.failed);
}

function load({ persons, port }: StartOptions, output: Output): Promise<PracticeDirectory> {
  const words = `loading ${persons.toLocaleString('en')} persons`;
  return output.during((progress) => {
    progress.show(words);
    return startPracticeDirectory({
      people: practicePeople(persons),
      port,
      path: process.env['PATH'] ?? '',
      loaded: (count) => progress.show(words, count, persons),
    });
  });
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new CommandFailure(
      `--config-file: cannot write ${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
      exitCodes.failed,
      { cause },
    );
  }
}

/** What a configuration file says to follow `directory`. */
export const configurationFor = ({
  url,
  base,
  filter,
  reader,
  logInAttribute,
}: PracticeDirectory): PracticeConfiguration => ({
  // Apart from any other trial: the sample's accounts would stand before the directory's.
  data: './practice-data',
  sip: { domain: 'practice.example' },
  sources: [
    {
      name: 'practice',
      kind: 'openldap',
      url,
      bindDn: reader.dn,
      password: reader.password,
      base,
      filter,
      logInAttribute,
    },
  ],
});

interface PracticeConfiguration {
  readonly data: string;
  readonly sip: { readonly domain: string };
  readonly sources: readonly Readonly<Record<string, string>>[];
}

async function alter({
  user,
  words,
  self,
}: {
  readonly user: string;
  readonly words: readonly string[];
  readonly self: Command;
}): Promise<void> {
  const globals = self.optsWithGlobals<{ json?: true; port: number }>();
  const modifications = words.map((word) => {
    const [attribute = '', ...rest] = word.split('=');
    const value = rest.join('=');
    if (rest.length === 0 || attribute === '')
      throw new CommandFailure(`${JSON.stringify(word)} is not of the form attribute=value`, exitCodes.misused);
    return { kind: 'replace', attribute, values: value === '' ? [] : [value] } as const;
  });
  await using session = await openSession({ url: `ldap://127.0.0.1:${globals.port}` });
  await session.bind(practiceAdministrator.dn, practiceAdministrator.password);
  await session.modify(practiceDn(user), modifications);
  outputOf(globals.json).tell(`altered ${practiceDn(user)}`, { altered: practiceDn(user) });
}
