// The method, step by step and claim by claim, as it passes between a real directory, the server and
// terminals over real sockets. See docs/protocol.md for the steps' names.

import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PersonId } from '../../src/book/person-id.ts';
import { changedPeopleSchema, personsAnswerSchema, personsQuestionSchema } from '../../src/wire/http.ts';
import { parseJson } from '../../src/wire/problem.ts';
import { skipWithout } from '../peers/installed.ts';
import { testPerson } from '../peers/people.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';
import { newTelephone, setTelephone } from './directory.ts';
import { Tap } from './tap.ts';
import { until } from './waiting.ts';
import { enter, enterThrough, telephone, type Watched } from './watched.ts';
import { World } from './world.ts';

const people = 60;
const oldTelephone = (number: number): string => testPerson(number, '').attributes['telephoneNumber'] ?? '';
function bodyOf(message: string): string {
  const body = message.slice(message.indexOf('\r\n\r\n') + 4);
  const packed = /\r\ncontent-encoding: br\r\n/i.test(message);
  return packed ? brotliDecompressSync(Buffer.from(body, 'latin1')).toString() : body;
}
/** By the name in full; SIP may also say it in one letter (RFC 3261 §7.3.3). */
const field = (message: string, name: string): string | undefined =>
  new RegExp(`\\r\\n(?:${name}|${compact[name] ?? name}): (.*)\\r\\n`, 'i').exec(message)?.[1];
const compact: Readonly<Record<string, string>> = { Event: 'o', 'Call-ID': 'i', 'Content-Type': 'c' };
const altered = (list: string): readonly PersonId[] => parseJson(changedPeopleSchema, bodyOf(list), 'S307').altered;
const named = (question: string): readonly PersonId[] => parseJson(personsQuestionSchema, bodyOf(question), 'S308').ids;

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('the method over real sockets', () => {
  let slapd: Slapd;
  let world: World;
  beforeAll(async () => {
    slapd = await startSlapd({ people });
    world = await World.open({ slapd }, people);
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await slapd?.[Symbol.asyncDispose]();
  });

  // Three persons change, of whom the first terminal holds one; the second terminal holds none of them.
  describe.each(['udp', 'tcp'] as const)('one change over %s', (transport) => {
    const first = transport === 'udp' ? 0 : 10;
    const stack = new AsyncDisposableStack();
    let ada: PersonId;
    let others: readonly PersonId[];
    let one: Tap;
    let two: Tap;
    let watched: Watched;
    let before: number;

    const revision = async (): Promise<number> => {
      const answer = (await (await fetch(`${world.url}/health`)).json()) as { readonly revision: number };
      return answer.revision;
    };

    beforeAll(async () => {
      ada = await world.person(first);
      others = [await world.person(first + 1), await world.person(first + 2)];
      one = stack.use(await Tap.open(world));
      two = stack.use(await Tap.open(world));
      watched = stack.use(await enterThrough(one, world, { employee: first + 3, transport }));
      const second = stack.use(await enterThrough(two, world, { employee: first + 4, transport }));
      await watched.hold(ada, await world.person(first + 5));
      await second.hold(await world.person(first + 5));
      before = await revision();
      await slapd.change([0, 1, 2].map((at) => newTelephone(slapd, first + at, `800${at}`)).join(''));
      for (const tap of [one, two])
        await until(
          'both terminals in step',
          () => tap.of('S307').at(-1) ?? '',
          (list) => list.includes(`"upTo":${before + 3},`),
        );
      await until(
        'the prompt',
        () => watched.terminal.prompts(),
        (prompts) => prompts.length > 0,
      );
    });
    afterAll(() => stack.disposeAsync());

    test('S301: the SUBSCRIBE says by its Event that it is for changes of the address book', () => {
      for (const message of one.of('S301')) {
        expect(message).toMatch(/^SUBSCRIBE sip:address-book@example\.com SIP\/2\.0\r\n/);
        expect([field(message, 'Event'), field(message, 'Expires')]).toEqual(['address-book;delivery=notice', '3600']);
      }
      // The first is challenged, the second is signed (RFC 8760: SHA-256).
      expect(one.of('S301').map((message) => field(message, 'Authorization')?.includes('SHA-256'))).toEqual([
        undefined,
        true,
      ]);
    });

    test('S302: the server answers that it has the subscription, before it notifies', () => {
      const steps = one.passed.all.map(({ step }) => step).filter((step) => step === 'S302' || step === 'S304');
      expect(steps[0]).toBe('S302');
      const [answer = ''] = one.of('S302');
      expect(answer).toMatch(/^SIP\/2\.0 200 OK\r\n/);
      expect(field(answer, 'Expires')).toBe('3600');
      expect(field(answer, 'Call-ID')).toBe(field(one.of('S301').at(-1) ?? '', 'Call-ID'));
    });

    test('S303: the change in the directory is a change in the log, a revision for each person', async () => {
      expect(await revision()).toBe(before + 3);
      expect((await world.find(first))?.fields.officeTelephone).toBe('8000');
    });

    test('S304: everyone who subscribed is told to come and get it, and is told no data', () => {
      for (const tap of [one, two]) {
        const notices = tap.of('S304').filter((message) => bodyOf(message) !== '');
        expect(notices.length).toBeGreaterThan(0);
        for (const notice of notices) {
          expect(field(notice, 'Content-Type')).toBe('application/vnd.rollcall.notice+json');
          expect(JSON.parse(bodyOf(notice))).toMatchObject({
            changes: expect.stringMatching(/^\/v1\/changes\?after=/),
          });
          expect(notice).not.toMatch(/800\d"|Lovelace/);
        }
        expect(field(notices.at(-1) ?? '', 'SIP-ETag')).toMatch(new RegExp(`\\.${before + 3}$`));
      }
    });

    test('S305: the terminal answers each NOTIFY, before it asks for anything', () => {
      const cSeqs = (step: 'S304' | 'S305') => one.of(step).map((message) => field(message, 'CSeq'));
      expect(cSeqs('S305')).toEqual(cSeqs('S304'));
      const steps = watched.steps.map(({ step }) => step);
      const asked = steps.indexOf('S306');
      expect(steps.slice(0, asked).filter((step) => step === 'S305').length).toBeGreaterThanOrEqual(2);
      expect(steps[steps.indexOf('S304') + 1]).toBe('S305');
    });

    test('S306: the terminal asks for the change list where it stands, by HTTP GET', () => {
      const [question = ''] = one.of('S306');
      expect(question).toMatch(new RegExp(`^GET /v1/changes\\?after=${before} HTTP/1\\.1\r\n`));
    });

    test('S307: the change list says which persons changed, and none of their data', () => {
      const lists = one.of('S307');
      expect(new Set(lists.flatMap(altered))).toEqual(new Set([ada, ...others]));
      for (const list of lists) expect(list).not.toMatch(/800\d"|Telephone|Lovelace/);
    });

    test('S308: the terminal names the person IDs that changed and that it holds; who holds none of them asks nothing', () => {
      const asked = one.passed.all.findIndex(({ step }) => step === 'S306');
      const questions = one.passed.all.slice(asked).filter(({ step }) => step === 'S308');
      // More than once where the list comes in parts: an entry that is newer than a part begins is asked for anew.
      expect(questions.length).toBeGreaterThan(0);
      for (const { text } of questions) expect(named(text)).toEqual([ada]);
      const askedByOther = two.passed.all.findIndex(({ step }) => step === 'S306');
      expect(two.passed.all.slice(askedByOther).filter(({ step }) => step === 'S308')).toEqual([]);
    });

    test('S309: the server answers with these entries, the address book is changed and the employee is prompted', async () => {
      const answer = parseJson(personsAnswerSchema, bodyOf(one.of('S309').at(-1) ?? ''), 'S309');
      expect(answer.persons).toMatchObject([{ id: ada, fields: { officeTelephone: '8000' } }]);
      expect((await watched.entry(ada)).base.officeTelephone).toBe('8000');
      expect(await watched.facts(ada)).toEqual([telephone(oldTelephone(first), '8000')]);
      expect(await watched.terminal.prompts()).toHaveLength(1);
    });
  });

  test('S301 to S309: over WebSocket the steps pass in the same order', async () => {
    await using watched = await enter(world, { employee: 20, transport: 'websocket' });
    await watched.hold(await world.person(21));
    const from = watched.told.all.length;
    await setTelephone(slapd, 21, '8021');
    await watched.prompted(from);
    const steps = watched.told.all.flatMap((event) => (event.kind === 'step' ? [event.step] : []));
    expect(steps.slice(0, 5)).toEqual(['S301', 'S302', 'S301', 'S302', 'S304']); // the first S302 is the challenge
    expect(steps.slice(-6)).toEqual(['S304', 'S305', 'S306', 'S307', 'S308', 'S309']);
  });

  test('claim 1: what changed is pushed with the notification, or the whole book is fetched, and is applied directly', async () => {
    const person = await world.person(22);
    await using pushed = await enter(world, { employee: 23, transport: 'udp', delivery: 'broadcast' });
    await using fetched = await enter(world, { employee: 24, transport: 'tcp', acquire: 'book' });
    for (const each of [pushed, fetched]) await each.hold(person);
    const from = [pushed.told.all.length, fetched.told.all.length];
    await setTelephone(slapd, 22, '8022');
    for (const [at, each] of [pushed, fetched].entries()) {
      expect((await each.prompted(from[at])).map(({ fact }) => fact)).toEqual([telephone(oldTelephone(22), '8022')]);
      expect((await each.entry(person)).base.officeTelephone).toBe('8022');
    }
    const since = (watched: Watched, at: number) =>
      watched.told.all.slice(at).flatMap((event) => (event.kind === 'step' ? [event] : []));
    expect(since(pushed, from[0] ?? 0).map(({ step }) => step)).toEqual(['S304', 'S305']);
    const asked = since(fetched, from[1] ?? 0).filter(({ direction, step }) => direction === 'sent' && step !== 'S305');
    expect(asked.map(({ firstLine }) => firstLine)).toEqual(['GET /v1/book HTTP/1.1']);
  });

  test('claim 2: the changed entries are fetched with the data of all that changed, and applied directly', async () => {
    await using tap = await Tap.open(world);
    await using watched = await enterThrough(tap, world, { employee: 25, acquire: 'entries' });
    const person = await world.person(26);
    await watched.hold(person);
    const from = watched.told.all.length;
    const passed = tap.passed.all.length;
    await slapd.change(newTelephone(slapd, 27, '8027') + newTelephone(slapd, 26, '8026'));
    await watched.prompted(from);
    const over = tap.passed.all.slice(passed);
    expect(over.filter(({ step }) => step === 'S306').at(-1)?.text).toMatch(
      /^GET \/v1\/changes\?after=\d+&with=entries /,
    );
    expect(over.filter(({ step }) => step === 'S308')).toEqual([]);
    const entries = over.filter(({ step }) => step === 'S307').map(({ text }) => bodyOf(text));
    expect(entries.join()).toContain('"8027"');
    expect(entries.join()).toContain('"8026"');
    expect((await watched.entry(person)).base.officeTelephone).toBe('8026');
  });

  test('claim 3: of a change list only the persons that are held are asked for, by their IDs', async () => {
    await using tap = await Tap.open(world);
    await using watched = await enterThrough(tap, world, { employee: 28, acquire: 'list', transport: 'tcp' });
    const held = [await world.person(29), await world.person(30)];
    await watched.hold(...held);
    const passed = tap.passed.all.length;
    await slapd.change([31, 29, 32, 33, 30].map((number) => newTelephone(slapd, number, `80${number}`)).join(''));
    await until(
      'both prompts',
      () => watched.terminal.prompts(),
      (prompts) => prompts.length === 2,
    );
    const questions = tap.passed.all.slice(passed).filter(({ step }) => step === 'S308');
    expect(new Set(questions.flatMap(({ text }) => named(text)))).toEqual(new Set(held));
  });

  test('claim 4: the server notifies of a change of its own accord, over UDP, TCP and WebSocket alike', async () => {
    await using stack = new AsyncDisposableStack();
    const person = await world.person(34);
    const all: Watched[] = [];
    for (const [at, transport] of (['udp', 'tcp', 'websocket'] as const).entries())
      all.push(stack.use(await enter(world, { employee: 35 + at, transport })));
    for (const each of all) await each.hold(person);
    const from = all.map((each) => each.told.all.length);
    await setTelephone(slapd, 34, '8034');
    for (const [at, each] of all.entries()) {
      await each.prompted(from[at]);
      const [first] = each.told.all.slice(from[at]);
      expect(first).toMatchObject({ kind: 'step', step: 'S304', direction: 'received' });
      expect(await each.facts(person)).toEqual([telephone(oldTelephone(34), '8034')]);
    }
  });

  test('claim 5: a terminal without a personal address book sends no SUBSCRIBE; the last entry removed ends it', async () => {
    await using tap = await Tap.open(world);
    await using without = await enterThrough(tap, world, { employee: 38 });
    await using other = await enter(world, { employee: 39, transport: 'udp' });
    const person = await world.person(40);
    await other.hold(person);
    const from = other.told.all.length;
    await setTelephone(slapd, 40, '8040');
    await other.prompted(from);
    expect(tap.passed.all.filter(({ over }) => over !== 'HTTP')).toEqual([]);
    await without.hold(person);
    expect(tap.of('S301').length).toBeGreaterThan(0);
    await without.terminal.remove(person);
    const isEnd = (state: string | undefined): boolean => state?.startsWith('terminated') === true;
    await tap.passed.first(
      'the end',
      ({ text, from }) => from === 'server' && isEnd(field(text, 'Subscription-State')),
    );
    expect(field(tap.of('S301').at(-1) ?? '', 'Expires')).toBe('0');
    expect(without.terminal.state).toMatchObject({ kind: 'offline' });
  });

  test('claim 6: the subscription module sees that entries are there, and subscribes with their revision', async () => {
    await using tap = await Tap.open(world);
    const watched = await enterThrough(tap, world, { employee: 41 });
    await watched.hold(await world.person(42));
    await watched[Symbol.asyncDispose]();
    const passed = tap.passed.all.length;
    await using again = await watched.again();
    await again.live();
    const [subscribe] = tap.passed.all.slice(passed).filter(({ step }) => step === 'S301');
    expect(field(subscribe?.text ?? '', 'Suppress-If-Match')).toMatch(/^[0-9a-f-]{36}\.\d+$/);
  });

  test('claim 7: the acquisition module asks for the change list upon a notification, from its own revision', async () => {
    await using tap = await Tap.open(world);
    await using watched = await enterThrough(tap, world, { employee: 43 });
    await watched.hold(await world.person(44));
    for (const value of ['8144', '8244']) {
      const from = watched.told.all.length;
      await setTelephone(slapd, 44, value);
      await watched.prompted(from);
      const notice = JSON.parse(bodyOf(tap.of('S304').at(-1) ?? '')) as { readonly after: number };
      expect(tap.of('S306').at(-1)).toContain(`GET /v1/changes?after=${notice.after} `);
    }
    expect(tap.of('S306')).toHaveLength(2);
  });

  test('claim 8: the processing module compares the change list with the entries, and names nobody else', async () => {
    await using tap = await Tap.open(world);
    await using watched = await enterThrough(tap, world, { employee: 45 });
    const held = await world.person(46);
    await watched.hold(held);
    const passed = tap.passed.all.length;
    await slapd.change([47, 48].map((number) => newTelephone(slapd, number, `80${number}`)).join(''));
    await setTelephone(slapd, 46, '8046');
    await until(
      'the prompt',
      () => watched.facts(held),
      (facts) => facts.length === 1,
    );
    const over = tap.passed.all.slice(passed);
    expect(over.filter(({ step }) => step === 'S307').flatMap(({ text }) => altered(text))).toHaveLength(3);
    const questions = over.filter(({ step }) => step === 'S308');
    expect(questions.length).toBeGreaterThan(0);
    for (const { text } of questions) expect(named(text)).toEqual([held]);
  });

  test('claim 9: the revision module changes the enterprise’s part of an entry alone, and prompts', async () => {
    await using watched = await enter(world, { employee: 49, transport: 'websocket' });
    const person = await world.person(50);
    await watched.hold(person);
    const own = { nickname: 'Chief', note: 'tea, no sugar', groups: ['friends'], favourite: true };
    const numbers = [{ label: 'boat', number: '+1 555 0100' }];
    await watched.terminal.writeOwn(person, { ...own, numbers, values: { city: 'Kashgar' } });
    const before = await watched.entry(person);
    const from = watched.told.all.length;
    await setTelephone(slapd, 50, '8050');
    expect(await watched.prompted(from)).toMatchObject([{ name: 'Chief', fact: telephone(oldTelephone(50), '8050') }]);
    const after = await watched.entry(person);
    expect(after).toEqual({ ...before, base: { ...before.base, officeTelephone: '8050' }, revision: after.revision });
    expect(after.revision).toBeGreaterThan(before.revision);
  });

  test('claim 10: the server answers for book, changes, list and persons, and sends the update message to subscribers alone', async () => {
    await using tap = await Tap.open(world);
    await using subscribed = await enterThrough(tap, world, { employee: 51 });
    const person = await world.person(52);
    await subscribed.hold(person);
    const user = testPerson(53, '');
    const logIn = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const session = (await (
      await fetch(`${world.url}/v1/session`, {
        ...logIn,
        body: JSON.stringify({ user: user.uid, password: user.password }),
      })
    ).json()) as { readonly token: string };
    const from = subscribed.told.all.length;
    await setTelephone(slapd, 52, '8052');
    await subscribed.prompted(from);
    const { after } = JSON.parse(bodyOf(tap.of('S304').at(-1) ?? '')) as { readonly after: number };
    const headers = { authorization: `Bearer ${session.token}` };
    const ask = async (path: string, init: RequestInit = {}): Promise<unknown> =>
      (await fetch(world.url + path, { ...init, headers: { ...headers, 'content-type': 'application/json' } })).json();
    const persons = await ask('/v1/persons', { method: 'POST', body: JSON.stringify({ ids: [person] }) });
    const book = (await ask('/v1/book')) as { readonly persons: readonly (readonly string[])[] };
    expect(await ask(`/v1/changes?after=${after}`)).toMatchObject({ altered: [person], removed: [] });
    expect(await ask(`/v1/changes?after=${after}&with=entries`)).toMatchObject({
      changes: [{ kind: 'altered', person, to: { officeTelephone: '8052' } }],
    });
    expect(persons).toMatchObject({ persons: [{ id: person, fields: { officeTelephone: '8052' } }], gone: [] });
    expect(book.persons.find(([id]) => id === person)).toContain('8052');
    expect(book.persons).toHaveLength(people);
  });
});
