// `rollcall restore`: for the administrator who puts a copy of the data folder back.

import { Command } from 'commander';
import { restore } from '../node/restore.ts';
import { carryOut, outputOf } from './output.ts';

interface Flags {
  readonly data: string;
  readonly json?: true;
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('puts a copy of the data folder back, and gives its book a new ID, of which terminals take notice')
    .argument('[copy]', 'the folder of the copy; left out where the data folder itself was put back already')
    .option('--data <folder>', 'where everything is kept; no server may run on it', './rollcall-data')
    .action((copy: string | undefined, _: unknown, self: Command) =>
      carryOut(() => restoreFrom(copy, self.optsWithGlobals<Flags>())),
    );
}

async function restoreFrom(copy: string | undefined, { data, json }: Flags): Promise<void> {
  const output = outputOf(json);
  const restored = await output.during((progress) =>
    restore({ data, copy, progress: (file, done, total) => progress.show(`copying ${file}`, done, total) }),
  );
  output.tell(
    `${data} is restored: book ${restored.book}, revision ${restored.revision}. Start the server; each terminal compares what it holds.`,
    { data, ...restored },
  );
}
