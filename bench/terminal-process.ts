// A terminal in a process of its own, as a program would have one: holds one person, and tells when a
// change to that person is written and its prompt made, and how many octets went either way.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTerminal, type Terminal, type TerminalEvent, type TerminalOptions } from '../src/node/terminal.ts';
import { monotonic } from './clock.ts';
import { countOctets, octetsSoFar, type Octets } from './octets.ts';

export interface TerminalAsked {
  readonly kind: 'open';
  readonly options: Pick<TerminalOptions, 'delivery' | 'acquire' | 'transport'>;
  readonly server: string;
  readonly user: string;
  readonly password: string;
  /** Whom to keep: the first who is found so. */
  readonly person: string;
}

export type TerminalTold =
  | { readonly kind: 'live' }
  | { readonly kind: 'prompted'; readonly at: number; readonly to: string | undefined }
  | ({ readonly kind: 'counted' } & Octets)
  | { readonly kind: 'closed' };

countOctets();
const tell = (told: TerminalTold): void => void process.send?.(told);
/** Whether the terminal that is open has told so. */
let live = false;
let open: AsyncDisposableStack | undefined;

process.on('message', (message: TerminalAsked | { readonly kind: 'count' | 'close' }) => {
  switch (message.kind) {
    case 'open':
      void enter(message);
      return;
    case 'count':
      return tell({ kind: 'counted', ...octetsSoFar() });
    case 'close':
      void open?.disposeAsync().then(() => tell({ kind: 'closed' }));
  }
});

async function enter({ options, server, user, password, person }: TerminalAsked): Promise<void> {
  open = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-bench-'));
  open.defer(() => rm(folder, { recursive: true, force: true }));
  const terminal = open.use(await openTerminal({ store: join(folder, 'people.sqlite'), ...options }));
  live = false;
  void follow(terminal);
  await terminal.logIn({ server, user, password });
  const { persons } = await terminal.lookUp(person);
  const [found] = persons;
  if (found === undefined) throw new Error(`${person} is not in the book`);
  await terminal.keep(found.id);
}

async function follow(terminal: Terminal): Promise<void> {
  for await (const event of terminal.events()) hear(event);
}

function hear(event: TerminalEvent): void {
  if (!live && event.kind === 'state' && event.state.kind === 'live') {
    live = true;
    tell({ kind: 'live' });
  }
  if (event.kind !== 'prompted') return;
  const at = monotonic();
  for (const { fact } of event.prompts)
    tell({ kind: 'prompted', at, to: fact.kind === 'altered' ? fact.to : undefined });
}
