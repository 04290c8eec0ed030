// What the traps of OpenLDAP are played on: a slapd or two, a server that follows, a terminal that holds three persons.

import { DatabaseSync } from 'node:sqlite';
import { healthSchema } from '../../src/wire/admin.ts';
import { startSlapd, startSlapdPair, type Slapd } from '../peers/slapd.ts';
import { until } from './waiting.ts';
import { enter, type Watched } from './watched.ts';
import { World, type WorldOptions } from './world.ts';

export const people = 40;
export const brake = { count: 5, percent: 2, settleSeconds: 1 };

export class TrapScene implements AsyncDisposable {
  readonly opened: AsyncDisposableStack = new AsyncDisposableStack();

  async oneSlapd(): Promise<Slapd> {
    return this.opened.use(await startSlapd({ people }));
  }

  async twoSlapds(): Promise<readonly [Slapd, Slapd]> {
    const [one, two] = await startSlapdPair({ people });
    return [this.opened.use(one), this.opened.use(two)];
  }

  async follow(
    slapd: Slapd,
    source: Readonly<Record<string, unknown>> = {},
    more: Pick<WorldOptions, 'audiences' | 'departmentSeparator'> = {},
  ): Promise<{ readonly world: World; readonly watched: Watched }> {
    const world = this.opened.use(await World.open({ slapd, source: { brake, ...source }, ...more }, people));
    const watched = this.opened.use(await enter(world, { transport: 'websocket' }));
    for (const number of [1, 2, 3]) await watched.terminal.keep(await world.person(number));
    await watched.live();
    return { world, watched };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.opened.disposeAsync();
  }
}

/** Waits until the person's telephone is this one, in the book and at the terminal. */
export async function arrives(
  world: World,
  watched: Watched,
  [number, value]: readonly [number, string],
): Promise<void> {
  await until(
    `${value} in the book`,
    () => world.find(number),
    (found) => found?.fields.officeTelephone === value,
  );
  const person = await world.person(number);
  await until(
    `${value} at the terminal`,
    () => watched.entry(person),
    ({ base }) => base.officeTelephone === value,
  );
}

/** How many changes the log holds. */
export async function revision(world: World): Promise<number> {
  const { revision: at } = await world.admin.ask({ method: 'GET', path: '/health', answer: healthSchema });
  return at ?? 0;
}

export const refreshes = (world: World): readonly { readonly changes: number; readonly swept: number }[] =>
  world.facts.all.flatMap(({ kind, ...rest }) =>
    'fact' in rest && kind === 'stage' && rest.fact.kind === 'refreshed' ? [rest.fact] : [],
  );

export function readCookie(world: World): string {
  using book = new DatabaseSync(world.bookFile, { readOnly: true });
  return String(book.prepare("select cookie from source where name = 'ldap'").get()?.['cookie']);
}

export function writeCookie(world: World, cookie: string | null): void {
  using book = new DatabaseSync(world.bookFile);
  book.prepare("update source set cookie = ? where name = 'ldap'").run(cookie);
}
