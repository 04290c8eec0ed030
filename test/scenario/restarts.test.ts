// Server, terminal and directory are stopped and killed between any two steps of a change. Afterwards
// nothing is lost and nothing is doubled: each entry is what the directory has, what the employee wrote is
// as it was, and each change was prompted exactly once.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PersonId } from '../../src/book/person-id.ts';
import type { MethodStep } from '../../src/terminal/ladder.ts';
import type { TransportChoice } from '../../src/terminal/flow-target.ts';
import { skipWithout } from '../peers/installed.ts';
import { testPerson } from '../peers/people.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';
import { remove, setTelephone, telephones } from './directory.ts';
import { spawnCommand } from './server-process.ts';
import { Tap, type Held } from './tap.ts';
import { until } from './waiting.ts';
import { enter, enterThrough, expectInStep, newStore, telephone, type Watched } from './watched.ts';
import { World, type Ending } from './world.ts';

const steps: readonly MethodStep[] = ['S304', 'S305', 'S306', 'S307', 'S308', 'S309'];
const oldTelephone = (number: number): string => testPerson(number, '').attributes['telephoneNumber'] ?? '';
const own = { nickname: 'Countess', note: 'tea, no sugar', groups: ['friends'], favourite: true };

/** A terminal whose next message of one step waits. */
interface Gated {
  readonly step: MethodStep;
  readonly tap: Tap;
  readonly store: string;
  readonly watched: Watched;
  readonly held: Held;
}

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('restarts between the steps of a change', () => {
  let slapd: Slapd;
  let world: World;
  let next = 10;
  beforeAll(async () => {
    slapd = await startSlapd({ people: 60 });
    world = await World.open({ slapd, ownProcess: true }, 60);
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await slapd?.[Symbol.asyncDispose]();
  });

  /** A person of the directory whom no other test changes. */
  async function somebody(): Promise<{ readonly number: number; readonly person: PersonId }> {
    next += 1;
    return { number: next, person: await world.person(next) };
  }

  async function arrived(watched: Watched, person: PersonId, value: string): Promise<void> {
    const words = `${value} at ${watched.terminal.state.kind} terminal`;
    await until(
      words,
      () => watched.entry(person),
      ({ base }) => base.officeTelephone === value,
    );
  }

  /** Each of `values` came, in this order and once, and nothing else did. */
  async function expectOnce(watched: Watched, person: PersonId, values: readonly string[]): Promise<void> {
    await arrived(watched, person, values.at(-1) ?? '');
    const facts = values.slice(1).map((value, at) => telephone(values[at], value));
    expect(await watched.facts(person)).toEqual(facts);
    expect((await watched.entry(person)).own).toMatchObject(own);
    await expectInStep(watched, await telephones(slapd));
  }

  /** Six terminals, each of which is held up at another step of the change. */
  async function heldUp(
    stack: AsyncDisposableStack,
    person: PersonId,
    options: { readonly transport: TransportChoice },
  ): Promise<readonly Gated[]> {
    const one = async (step: MethodStep, at: number): Promise<Gated> => {
      const tap = stack.use(await Tap.open(world));
      const home = newStore(world).replace('.sqlite', '');
      mkdirSync(home);
      const store = join(home, 'personal-address-book.sqlite');
      const watched = stack.use(await enterThrough(tap, world, { employee: at, store, ...options }));
      await watched.hold(person);
      await watched.terminal.writeOwn(person, own);
      await tap.passed.first('the answer to the first NOTIFY', (each) => each.step === 'S305');
      return { step, tap, store, watched, held: tap.hold(step) };
    };
    return Promise.all(steps.map(one));
  }

  describe.each<[Ending, TransportChoice]>([
    ['stop', 'tcp'],
    ['kill', 'tcp'],
    ['stop', 'udp'],
    ['kill', 'udp'],
  ])('the server: %s, terminals over %s', (ending, transport) => {
    const stack = new AsyncDisposableStack();
    let gated: readonly Gated[];
    let person: PersonId;
    let number: number;
    beforeAll(async () => {
      ({ person, number } = await somebody());
      gated = await heldUp(stack, person, { transport });
      await setTelephone(slapd, number, '8001');
      for (const { held } of gated) await held.reached();
      await world.restart(ending);
      for (const { held } of gated) held.release();
    });
    afterAll(() => stack.disposeAsync());

    test.each(steps.map((step, at) => [step, at] as const))('before %s: the change arrives, once', async (_, at) => {
      const one = gated[at];
      if (one === undefined) throw new Error('no such terminal');
      await expectOnce(one.watched, person, [oldTelephone(number), '8001']);
    });

    // Over UDP nobody says that the server went: the subscription goes on with the next one.
    test('the next change arrives as well, once, by itself', async () => {
      await world.inStep(60);
      await setTelephone(slapd, number, '8002');
      await until(
        'the change in the log',
        () => world.find(number),
        (found) => found?.fields.officeTelephone === '8002',
      );
      for (const { watched } of gated) {
        await expectOnce(watched, person, [oldTelephone(number), '8001', '8002']);
      }
    });
  });

  describe('the terminal: kill', () => {
    const stack = new AsyncDisposableStack();
    const again: Watched[] = [];
    let person: PersonId;
    let number: number;
    beforeAll(async () => {
      ({ person, number } = await somebody());
      const gated = await heldUp(stack, person, { transport: 'tcp' });
      for (const { held } of gated) held.release();
      await Promise.all(gated.map(({ watched }) => watched[Symbol.asyncDispose]()));
      // From here on each terminal is a process of its own.
      const spawned = gated.map(({ store }) => {
        const home = join(store, '..');
        return spawnCommand([
          '--json',
          'terminal',
          '--home',
          home,
          '--delivery',
          'notice',
          '--transport',
          'tcp',
          'watch',
        ]);
      });
      for (const each of spawned) stack.defer(() => each.kill());
      for (const { lines } of spawned)
        for (let line = await lines.next(); !String(line.value).includes('"live"'); line = await lines.next())
          if (line.done === true) throw new Error('the terminal ended');
      const held = gated.map(({ tap, step }) => tap.hold(step));
      await setTelephone(slapd, number, '8001');
      for (const each of held) await each.reached();
      for (const each of spawned) await each.kill();
      for (const each of held) each.release();
      for (const { watched } of gated) again.push(stack.use(await watched.again()));
    });
    afterAll(() => stack.disposeAsync());

    test.each(steps.map((step, at) => [step, at] as const))('before %s: the change arrives, once', async (_, at) => {
      const watched = again[at];
      if (watched === undefined) throw new Error('no such terminal');
      await expectOnce(watched, person, [oldTelephone(number), '8001']);
    });
  });

  test.each<[Ending, TransportChoice]>([
    ['stop', 'websocket'],
    ['kill', 'websocket'],
    ['stop', 'udp'],
    ['kill', 'udp'],
  ])('the server: %s, and started after the change: over %s it arrives, once', async (ending, transport) => {
    const { person, number } = await somebody();
    const before = world.keptSubscriptions();
    await using watched = await enter(world, { employee: 0, transport });
    await watched.hold(person);
    await watched.terminal.writeOwn(person, own);
    // It is written down a millisecond after its answer.
    if (transport === 'udp')
      await until(
        'it written down',
        () => [...world.keptSubscriptions()].filter((name) => !before.has(name)),
        ({ length }) => length > 0,
      );
    await world.stop(ending);
    await setTelephone(slapd, number, '8001');
    await setTelephone(slapd, number, '8002');
    await world.start();
    await expectOnce(watched, person, [oldTelephone(number), '8002']);
  });

  test('the server: kill, while changes pour in: each person ends right, and no prompt repeats another', async () => {
    const { person, number } = await somebody();
    await using watched = await enter(world, { employee: 0, transport: 'websocket' });
    await watched.hold(person);
    await watched.terminal.writeOwn(person, own);
    const pouring = (async () => {
      for (let value = 8001; value <= 8120; value += 1) await setTelephone(slapd, number, String(value));
    })();
    for (let round = 0; round < 2; round += 1) await world.restart('kill');
    await pouring;
    await arrived(watched, person, '8120');
    const facts = await watched.facts(person);
    const values = facts.map((fact) => (fact.kind === 'altered' ? [fact.from, fact.to] : []));
    // Changes may be folded into one, but each begins where the last one ended, and none is told twice.
    expect(values.map(([from]) => from)).toEqual([oldTelephone(number), ...values.slice(0, -1).map(([, to]) => to)]);
    expect(new Set(values.map(([, to]) => to)).size).toBe(values.length);
    expect(values.at(-1)?.[1]).toBe('8120');
  });

  test('the terminal: stop, and opened after two changes: they are one prompt, and a removed entry stays removed', async () => {
    const [one, two] = [await somebody(), await somebody()];
    const watched = await enter(world, { employee: 0, transport: 'udp' });
    await watched.hold(one.person, two.person);
    await watched.terminal.writeOwn(one.person, own);
    await watched.terminal.remove(two.person);
    await watched[Symbol.asyncDispose]();
    for (const { number } of [one, two]) {
      for (const value of ['8001', '8002']) await setTelephone(slapd, number, value);
      // Opened before the server has both, it would be right to tell of each.
      await until(
        'both changes in the log',
        () => world.find(number),
        (found) => found?.fields.officeTelephone === '8002',
      );
    }
    await using again = await watched.again();
    await expectOnce(again, one.person, [oldTelephone(one.number), '8002']);
    expect(await again.terminal.entries()).toHaveLength(1);
  });

  test.each<Ending>(['stop', 'kill'])('the directory: %s, right after a change and before the next', async (ending) => {
    const { person, number } = await somebody();
    await using watched = await enter(world, { employee: 0, transport: 'tcp' });
    await watched.hold(person);
    await watched.terminal.writeOwn(person, own);
    await setTelephone(slapd, number, '8001');
    await slapd[ending]();
    await until(
      'the source lost',
      () => world.source(),
      ({ state }) => state === 'lost',
    );
    await slapd.start();
    // Most likely before the server is back: then it is caught up by the cookie.
    await setTelephone(slapd, number, '8002');
    await world.inStep(60);
    await arrived(watched, person, '8002');
    const facts = await watched.facts(person);
    // Where the first change was not told before the directory went, both are one.
    const both = [telephone(oldTelephone(number), '8001'), telephone('8001', '8002')];
    expect(facts).toEqual(facts.length === 1 ? [telephone(oldTelephone(number), '8002')] : both);
  });

  test('the directory: kill, while the server starts and reads it: nobody is removed, and all arrive', async () => {
    const { person, number } = await somebody();
    await using watched = await enter(world, { employee: 0, transport: 'websocket' });
    await watched.hold(person);
    await watched.terminal.writeOwn(person, own);
    await world.stop('kill');
    forget(world, null);
    await setTelephone(slapd, number, '8001');
    await Promise.all([world.start(), slapd.kill()]);
    await slapd.start();
    expect((await world.inStep(60)).persons).toBe(60);
    await expectOnce(watched, person, [oldTelephone(number), '8001']);
  });

  test.each<readonly [string, (cookie: string) => string | null]>([
    ['lost', () => null],
    ['empty', () => ''],
    ['garbage', () => '\u0000\ufffd garbage'],
    ['cut short', (cookie) => cookie.slice(0, -10)],
    ['another server’s', (cookie) => cookie.replace(/#000#/, '#7ff#').replace(/#001#/, '#7ff#')],
  ])('the cookie is %s: changed is changed once, gone is gone, and nobody else moves', async (_, spoil) => {
    const [stays, changes, leaves] = [await somebody(), await somebody(), await somebody()];
    await using watched = await enter(world, { employee: 0, transport: 'websocket' });
    await watched.hold(stays.person, changes.person, leaves.person);
    await watched.terminal.writeOwn(changes.person, own);
    const persons = (await world.source()).persons;
    await world.stop('stop');
    spoilCookie(world, spoil);
    await setTelephone(slapd, changes.number, '8001');
    await remove(slapd, leaves.number);
    await world.start();
    await world.inStep(persons - 1);
    await arrived(watched, changes.person, '8001');
    await until(
      'the leaver',
      () => watched.entry(leaves.person),
      ({ state }) => state === 'left',
    );
    expect(await watched.facts(changes.person)).toEqual([telephone(oldTelephone(changes.number), '8001')]);
    expect(await watched.facts(leaves.person)).toEqual([{ kind: 'left' }]);
    expect(await watched.facts(stays.person)).toEqual([]);
    expect((await watched.entry(changes.person)).own).toMatchObject(own);
  });
});

const forget = (world: World, cookie: string | null): void => spoilCookie(world, () => cookie);

function spoilCookie(world: World, spoil: (cookie: string) => string | null): void {
  using book = new DatabaseSync(world.bookFile);
  const row = book.prepare("select cookie from source where name = 'ldap'").get();
  const cookie = typeof row?.['cookie'] === 'string' ? row['cookie'] : '';
  const { changes } = book.prepare("update source set cookie = ? where name = 'ldap'").run(spoil(cookie));
  if (changes !== 1) throw new Error('the source has no row');
}
