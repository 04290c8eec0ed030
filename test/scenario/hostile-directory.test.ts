// A directory that breaks LDAP, or lies: what it did is told, nobody is removed, the process lives, and once it
// is itself again a change arrives. The server follows a real slapd by way of one that puts words in its mouth.

import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { element, octets, text } from '../../src/ldap/ber.ts';
import { syncInfoName, syncStateType } from '../../src/ldap/sync.ts';
import { bindResult, notice, searchDone, serverMessage } from '../ldap/server-messages.ts';
import { skipWithout } from '../peers/installed.ts';
import { testPerson } from '../peers/people.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';
import { setTelephone } from './directory.ts';
import { LyingDirectory } from './lying-directory.ts';
import { until } from './waiting.ts';
import { enter, telephone, type Watched } from './watched.ts';
import { World, type Fact } from './world.ts';

const people = 30;
/** The message IDs of the bind and the search on a new connection. */
const bind = 1;
const search = 2;

/** A delete-phase set that says that everybody is gone (RFC 4533 §2.5). */
const allGone = (keys: readonly string[]): Uint8Array => {
  const uuids = keys.map((key) => octets(Buffer.from(key.replaceAll('-', ''), 'hex')));
  const set = element(0xa3, Uint8Array.of(0x01, 0x01, 0xff), element(0x31, ...uuids));
  return serverMessage(search, element(0x79, text(syncInfoName, 0x80), octets(set, 0x81)));
};

const entryWith = (control: Uint8Array): Uint8Array =>
  serverMessage(
    search,
    element(0x64, text('uid=eve,dc=example,dc=com'), element(0x30)),
    element(0x30, text(syncStateType), octets(control)),
  );

const broken: readonly (readonly [what: string, bytes: Uint8Array, words: RegExp])[] = [
  ['octets that are no LDAP', Uint8Array.from({ length: 300 }, (_, at) => (at * 151 + 7) % 256), /broke the protocol/],
  ['a message of 2 GB', Uint8Array.of(0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x02), /broke the protocol/],
  ['a length of 126 octets', Uint8Array.of(0x30, 0xfe, ...new Uint8Array(126).fill(0xff)), /broke the protocol/],
  ['a message without a length', Uint8Array.of(0x30, 0x80, 0x02, 0x01, 0x02, 0x00, 0x00), /broke the protocol/],
  [
    'a message in a message that is longer',
    Uint8Array.of(0x30, 0x05, 0x02, 0x01, 0x02, 0x64, 0x7f),
    /broke the protocol/,
  ],
  ['an operation that there is none of', serverMessage(search, element(0x6f, text('?'))), /broke the protocol/],
  [
    'an entry without a state',
    serverMessage(search, element(0x64, text('uid=eve'), element(0x30))),
    /broke the protocol .*RFC 4533/,
  ],
  [
    'a key of three octets',
    entryWith(element(0x30, Uint8Array.of(0x0a, 1, 1), octets(Uint8Array.of(1, 2, 3)))),
    /broke the protocol .*RFC 4533/,
  ],
  ['the end of a search that has none', searchDone(search, 0), /ended the search/],
  ['its leave', notice(52), /takes its leave/],
];

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('a hostile directory', () => {
  let slapd: Slapd;
  let lying: LyingDirectory;
  let world: World;
  let watched: Watched;
  let changes = 0;
  beforeAll(async () => {
    slapd = await startSlapd({ people });
    lying = await LyingDirectory.open(slapd.port);
    const { people: base, sync } = slapd;
    world = await World.open(
      { slapd: { url: lying.url, people: base, sync }, source: { brake: { count: 5, settleSeconds: 1 } } },
      people,
    );
    watched = await enter(world, { transport: 'tcp' });
    await watched.hold(await world.person(1));
  });
  afterAll(async () => {
    await watched?.[Symbol.asyncDispose]();
    await world?.[Symbol.asyncDispose]();
    await lying?.[Symbol.asyncDispose]();
    await slapd?.[Symbol.asyncDispose]();
  });

  /** Waits until the source was told to be lost, or refused, with these words. */
  async function told(words: RegExp, from: number): Promise<void> {
    const isTold = ({ kind, ...rest }: Fact): boolean =>
      kind === 'source' && 'event' in rest && 'problem' in rest.event && words.test(rest.event.problem);
    await world.facts.first(String(words), isTold, from);
  }

  /** Everybody is there, and a change that is made now is the only one that the terminal hears of. */
  async function expectUnharmed(): Promise<void> {
    await world.inStep(people);
    const old = changes === 0 ? (testPerson(1, '').attributes['telephoneNumber'] ?? '') : `81${changes}`;
    changes += 1;
    const from = watched.told.all.length;
    await setTelephone(slapd, 1, `81${changes}`);
    const prompts = await watched.prompted(from);
    expect(prompts.map(({ fact }) => fact)).toEqual([telephone(old, `81${changes}`)]);
    expect(await watched.terminal.prompts()).toHaveLength(changes);
    const health = (await (await fetch(`${world.url}/health`)).json()) as { readonly revision: number };
    expect(health.revision).toBe(people + changes);
    expect(world.facts.all.filter(({ kind }) => kind === 'trouble')).toEqual([]);
  }

  test.each(broken)(
    'says %s while it is followed: it is told, read anew, and nobody moves',
    async (_, bytes, words) => {
      const from = world.facts.all.length;
      lying.say(bytes);
      await told(words, from);
      await expectUnharmed();
    },
  );

  test('says half a message and hangs up: it is told, read anew, and nobody moves', async () => {
    const from = world.facts.all.length;
    lying.say(searchDone(search, 0).subarray(0, 5));
    lying.hangUp();
    await told(/the connection is closed/, from);
    await expectUnharmed();
  });

  test.each<readonly [string, Uint8Array, RegExp]>([
    ['octets that are no LDAP', new Uint8Array(100).fill(0xff), /broke the protocol/],
    ['that it is busy', bindResult(bind, 51), /busy/i],
  ])('answers the bind with %s: it is told, and tried again', async (_, bytes, words) => {
    const from = world.facts.all.length;
    lying.greetWith(bytes);
    await told(words, from);
    await expectUnharmed();
  });

  test('says that everybody is gone: nobody is removed, and the administrator is asked', async () => {
    using book = new DatabaseSync(world.bookFile, { readOnly: true });
    const keys = book.prepare('select key from link').all();
    expect(keys).toHaveLength(people);
    lying.say(allGone(keys.map(({ key }) => String(key))));
    const held = await until(
      'a hold',
      () => world.holds(),
      (holds) => holds.length === 1,
    );
    expect(held[0]?.reason).toContain(`${people} of ${people} persons of ldap would be removed`);
    await world.admin.ask({ method: 'POST', path: `/v1/admin/holds/${held[0]?.id}/reject` });
    expect((await watched.terminal.entries()).map(({ state }) => state)).toEqual(['held']);
    await expectUnharmed();
  });
});
