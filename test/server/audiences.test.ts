// What a reader can find out of whom the reader's audience does not show: nothing. Two servers are asked the same and told the
// same, of which one has persons besides, outside the audience, to whom things happen. Whatever the reader gets of the
// two is compared octet by octet.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Change } from '../../src/book/change.ts';
import type { Fields } from '../../src/book/person.ts';
import { personId, type PersonId } from '../../src/book/person-id.ts';
import { photoHash, type Photo } from '../../src/book/photo.ts';
import { printAddress } from '../../src/node/address.ts';
import { openHttpHost } from '../../src/node/http.ts';
import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';
import { sourceKey, type ChangeLog, type Commit, type Link } from '../../src/server/change-log.ts';
import type { SourceGroup } from '../../src/server/group.ts';
import type { Session } from '../../src/wire/http.ts';
import { LogsInMemory, rule } from './audience-logs.ts';
import { Peer } from './peer.ts';
import { embedded, morning, openWorld, type Asking, type World } from './world.ts';

const [ada, ben, cyd, eve, fay, gil, hal] = ['ada22', 'ben22', 'cyd22', 'eve22', 'fay22', 'gil22', 'hal22'].map(
  personId,
) as [PersonId, PersonId, PersonId, PersonId, PersonId, PersonId, PersonId];
const nobody = personId('zzz22');

const picture = (seed: number): Photo => {
  const bytes = new Uint8Array(400).fill(seed);
  return { hash: photoHash(createHash('sha256').update(bytes).digest('hex')), type: 'image/png', bytes };
};
const [bens, eves] = [picture(1), picture(2)];

const rules = [
  rule('sales', {
    readers: { department: ['Sales'], group: ['staff'] },
    persons: { department: ['Sales', 'Kitchen'], group: ['Staff', 'guests'] },
    same: ['company'],
    fields: ['name', 'department', 'officeTelephone', 'manager', 'photo', 'sipAddress'],
  }),
  rule('everyone', {}),
];

/** Of each log, which of its verbs were called, with what. */
class Calls {
  readonly made: string[] = [];
  over(name: string, log: ChangeLog): ChangeLog {
    return new Proxy(log, {
      get: (target, verb) => {
        const value = Reflect.get(target, verb) as unknown;
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          this.made.push(`${name}.${String(verb)} ${JSON.stringify(given)}`);
          return (value as (...all: unknown[]) => unknown).apply(target, given);
        };
      },
    });
  }
}

class WatchedLogs extends LogsInMemory {
  readonly #calls: Calls;
  constructor(calls: Calls) {
    super();
    this.#calls = calls;
  }
  override async open(audience: string): Promise<ChangeLog> {
    return this.#calls.over(audience, await super.open(audience));
  }
}

/** One of the two servers, with a reader of Sales and what that reader gets to see. */
class Side {
  readonly world: World;
  readonly calls: Calls;
  readonly hides: boolean;
  readonly #session: Session;
  readonly #peers: readonly Peer[];
  /** In the group by which the audience is: whoever comes but Gil, also those whom their department hides. */
  readonly #staff = new Set<PersonId>();
  readonly seen: unknown[] = [];

  private constructor(
    world: World,
    calls: Calls,
    reader: { hides: boolean; session: Session; peers: readonly Peer[] },
  ) {
    this.world = world;
    this.calls = calls;
    this.hides = reader.hides;
    this.#session = reader.session;
    this.#peers = reader.peers;
  }

  static async open(hides: boolean): Promise<Side> {
    const calls = new Calls();
    const changeLog = calls.over('book', openSqliteChangeLog({ path: ':memory:' }));
    const world = await openWorld({ changeLog, audiences: { rules, logs: new WatchedLogs(calls) } });
    const fields: Fields = { name: 'Ada', company: 'ACME', department: 'Sales', sipAddress: 'sip:ada@example.com' };
    const ofAda = { kind: 'added', person: ada, fields } as const;
    const groups = [staffOf([ada])];
    await changeLog.append({ source: embedded, at: morning, changes: [ofAda], links: linksOf([ofAda]), groups });
    await world.server.catchUp();
    await world.account('ada', 'the right password', ada);
    const session = await world.logIn('ada', 'the right password');
    const peers = ['notice', 'broadcast', 'held'].map((name) => new Peer(world, 'TCP', name));
    const side = new Side(world, calls, { hides, session, peers });
    if (hides)
      await side.hidden({
        kind: 'added',
        person: eve,
        fields: { name: 'Eve', department: 'Board', mobileTelephone: '7001' },
      });
    for (const [at, delivery] of (['notice', 'broadcast', 'held'] as const).entries())
      peers[at]?.subscribe(session, delivery, delivery === 'held' ? { held: [ben, eve, nobody] } : {});
    return side;
  }

  /** To persons whom Sales sees. */
  async shown(...changes: readonly Change[]): Promise<void> {
    await this.#append(changes);
  }

  /** To others, on the one side only. */
  async hidden(...changes: readonly Change[]): Promise<void> {
    if (this.hides) await this.#append(changes);
  }

  async #append(changes: readonly Change[]): Promise<void> {
    const photos = changes.flatMap((change) => {
      const photo =
        change.kind === 'removed' ? undefined : change.kind === 'added' ? change.fields.photo : change.to.photo;
      return [bens, eves].filter(({ hash }) => hash === photo);
    });
    for (const { kind, person } of changes) if (kind === 'added' && person !== gil) this.#staff.add(person);
    const employed = changes.map((change) =>
      change.kind === 'added' ? { ...change, fields: { company: 'Acme', ...change.fields } } : change,
    );
    await this.#commit({ changes: employed, photos, links: linksOf(changes), groups: [staffOf(this.#staff)] });
  }

  async #commit(what: Partial<Commit>): Promise<void> {
    const { server, changeLog } = this.world;
    server.announce(await changeLog.append({ source: embedded, at: morning, changes: [], ...what }));
    await server.catchUp();
    await server.settled();
    for (const peer of this.#peers) peer.carry();
  }

  /** Out of the group, or into it again. */
  async staff(person: PersonId, how: 'in' | 'out'): Promise<void> {
    if (how === 'in') this.#staff.add(person);
    else this.#staff.delete(person);
    await this.#commit({ groups: [staffOf(this.#staff)] });
  }

  /** Groups that no rule names, or that nobody is in whom the audience sees; on the one side only. */
  async hiddenGroups(what: Pick<Commit, 'groups' | 'forgetGroups'>): Promise<void> {
    if (this.hides) await this.#commit(what);
  }

  async ask(method: string, path: string, asking: Asking = {}): Promise<unknown> {
    const from = this.calls.made.length;
    const { status, headers, text } = await this.world.ask(method, path, { token: this.#session.token, ...asking });
    const answer = { asked: `${method} ${path} ${asking.query ?? ''}`, status, headers, text };
    return this.#same({ ...answer, reads: this.calls.made.slice(from) });
  }

  /** What was told by SIP so far. */
  told(): unknown {
    return this.#same(
      this.#peers.map(({ heard, octets }) => ({
        octets,
        heard: heard.map((each) => (each.kind === 'notified' ? { ...each, flow: undefined } : each.kind)),
      })),
    );
  }

  /** Without what is by chance: the book's ID, the session's words. */
  #same(what: unknown): unknown {
    let text = JSON.stringify(what);
    for (const [word, chance] of Object.entries({ BOOK: this.book, USER: this.#session.sip.username }))
      text = text.replaceAll(chance, word);
    return JSON.parse(text) as unknown;
  }

  get book(): string {
    const [tag] = this.#peers.flatMap(({ heard }) =>
      heard.flatMap((each) => (each.kind === 'notified' ? [each.etag] : [])),
    );
    return tag?.split('.', 1)[0] ?? 'no book';
  }

  /** The same over a socket, with all heads but the date's. */
  async lookOverSockets(): Promise<readonly unknown[]> {
    const { server } = this.world;
    const answer = server.answer.bind(server);
    const failed = (fault: unknown): never => {
      throw fault;
    };
    await using http = await openHttpHost({ answer, failed, listen: { host: '127.0.0.1', port: 0 } });
    const authorization = `Bearer ${this.#session.token}`;
    // Packed octets would be more or fewer by the book's ID, which is by chance.
    const plain = { 'accept-encoding': 'identity' };
    return await this.#look(async (method, path, { query, headers, body }) => {
      const url = `http://${printAddress(http.address)}${path}${query === undefined ? '' : `?${query}`}`;
      const json = body === undefined ? {} : { body: JSON.stringify(body) };
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const got = await fetch(url, { method, headers: { authorization, ...plain, ...type, ...headers }, ...json });
      const heads = [...got.headers].filter(([name]) => name !== 'date');
      return this.#same([method, path, got.status, heads, await got.text()]);
    });
  }

  look(): Promise<readonly unknown[]> {
    return this.#look((...asked) => this.ask(...asked));
  }

  /** All that comes to a reader's mind, with whatever the reader knows: here even the hidden person's ID and photo. */
  async #look(asking: (method: string, path: string, more: Asking) => Promise<unknown>): Promise<readonly unknown[]> {
    const seen: unknown[] = [];
    const ask = async (method: string, path: string, more: Asking = {}): Promise<void> =>
      void seen.push(await asking(method, path, more));
    for (const query of ['after=0', 'after=1', 'after=2&upTo=3', 'after=0&upTo=1', 'after=99', 'after=0&upTo=99'])
      for (const more of ['', '&with=entries']) await ask('GET', '/v1/changes', { query: query + more });
    await ask('GET', '/v1/book');
    for (const id of [ben, cyd, eve, fay, gil, nobody, 'x'])
      for (const accept of ['application/json', 'text/vcard', 'application/jscontact+json', 'image/png'])
        await ask('GET', `/v1/persons/${id}`, { headers: { accept } });
    for (const text of ['', 'eve', 'evee', 'ben', '7001', 'board', 'sales', 'fay'])
      for (const limit of [1, 50]) await ask('GET', '/v1/persons', { query: `search=${text}&limit=${limit}` });
    for (const query of ['', 'below=', 'below=Sales', 'below=Board']) await ask('GET', '/v1/departments', { query });
    await ask('GET', '/v1/groups');
    for (const person of [ben, eve, nobody]) await ask('GET', '/v1/groups', { query: `person=${person}` });
    for (const id of ['1', '2', '9']) await ask('GET', `/v1/groups/${id}/persons`);
    for (const query of ['', 'department=Board', 'department=Sales', 'limit=1'])
      await ask('GET', '/v1/organisation', { query });
    for (const person of [ben, eve, cyd, nobody])
      for (const list of ['reports', 'peers'])
        await ask('GET', '/v1/organisation', { query: `person=${person}&list=${list}` });
    for (const { hash } of [bens, eves, picture(3)]) await ask('GET', `/v1/photos/${hash}`);
    for (const revisions of [undefined, [0, 0, 0, 0], [1, 1, 1, 1], [2, 3, 4, 99]])
      await ask('POST', '/v1/persons', { body: { ids: [ben, eve, cyd, nobody], ...(revisions && { revisions }) } });
    await ask('POST', '/v1/persons', { body: { ids: [eve] } });
    for (const revision of [0, 1, 2, 3, 4, 5, 6, 9, 99])
      await ask('GET', '/v1/book', { headers: { 'if-none-match': `"${this.book}.${revision}"` } });
    await ask('GET', '/health');
    await ask('GET', '/v1/admin/sources');
    return seen;
  }
}

const linksOf = (changes: readonly Change[]): readonly Link[] =>
  changes.flatMap(({ kind, person }) =>
    kind === 'added' ? [{ key: sourceKey(person), person, place: `uid=${person}` }] : [],
  );

const groupOf = (name: string, members: Iterable<PersonId>): SourceGroup => ({
  kind: 'group',
  key: sourceKey(`group ${name}`),
  place: `cn=${name.toLowerCase()}`,
  name,
  members: [...members].map((person) => `uid=${person}`),
});
const staffOf = (members: Iterable<PersonId>): SourceGroup => groupOf('Staff', [ada, ...members]);

/** What happens to the one, and of it what the other sees. */
type Act = (side: Side) => Promise<void>;

const altered = (person: PersonId, from: Fields, to: Fields): Change => ({ kind: 'altered', person, from, to });

const acts: Readonly<Record<string, Act>> = {
  'somebody of the audience comes, whose manager is hidden': (side) =>
    side.shown({
      kind: 'added',
      person: ben,
      fields: { name: 'Ben', department: 'Sales', photo: bens.hash, ...(side.hides && { manager: eve }) },
    }),
  'a hidden person is altered': (side) =>
    side.hidden(altered(eve, { mobileTelephone: '7001' }, { mobileTelephone: '7002', photo: eves.hash })),
  'somebody who is hidden has the photo of one who is not': async (side) =>
    side.hidden({ kind: 'added', person: fay, fields: { name: 'Fay', photo: bens.hash } }),
  'one who is seen is altered, in the same commit as one who is hidden': async (side) => {
    const ofBen = altered(ben, {}, { officeTelephone: '8001' });
    if (side.hides) await side.hidden(altered(eve, {}, { title: 'Chair' }), ofBen);
    else await side.shown(ofBen);
  },
  'a field that is hidden is altered of one who is seen': (side) =>
    side.hidden(altered(ben, {}, { mobileTelephone: '7003', homeTelephone: '7004' })),
  'a hidden person leaves, and is nobody’s manager any more': (side) =>
    side.hidden({ kind: 'removed', person: eve }, altered(ben, { manager: eve }, {})),
  'and comes back, as the manager of one who is seen': (side) =>
    side.hidden(
      { kind: 'added', person: eve, fields: { name: 'Eve', department: 'Board' } },
      altered(ben, {}, { manager: eve }),
    ),
  'somebody else of the audience comes and goes': async (side) => {
    await side.shown({ kind: 'added', person: cyd, fields: { name: 'Cyd', department: 'Kitchen' } });
    await side.shown({ kind: 'removed', person: cyd });
  },
  'a hidden person logs in and subscribes': async (side) => {
    if (!side.hides) return;
    await side.world.account('eve', 'the right password', eve);
    new Peer(side.world, 'TCP', 'eves').subscribe(await side.world.logIn('eve', 'the right password'), 'broadcast');
  },
  'a hidden person of the right department is in other groups only': async (side) => {
    await side.hidden({ kind: 'added', person: gil, fields: { name: 'Gil', department: 'Sales', manager: ben } });
    await side.hiddenGroups({ groups: [groupOf('Board', [gil, ben, eve])] });
    await side.hiddenGroups({ groups: [{ ...groupOf('Board', [gil]), name: 'The board' }] });
    await side.hiddenGroups({ groups: [groupOf('Guests', [eve])] });
    await side.hiddenGroups({ forgetGroups: [sourceKey('group Guests')] });
  },
  'one who is seen goes out of the group, and comes in again, as others do who are hidden': async (side) => {
    await side.staff(ben, 'out');
    if (side.hides) await side.staff(eve, 'out');
    await side.staff(ben, 'in');
    if (side.hides) await side.staff(eve, 'in');
  },
  'others of the right department and group are of another company, and read what is the same for them': async (
    side,
  ) => {
    const hers = { name: 'Hal', company: 'Bolt', department: 'Sales', manager: ben };
    await side.hidden({ kind: 'added', person: hal, fields: hers });
    await side.hidden(altered(hal, { company: 'Bolt' }, { company: 'Cog' }), altered(ben, {}, { fax: '7005' }));
    await side.hidden(altered(hal, { company: 'Cog' }, {}));
  },
  'one who is seen goes to another company, and comes back, as a hidden person does': async (side) => {
    const [away, back] = [
      altered(ben, { company: 'Acme' }, { company: 'Bolt' }),
      altered(ben, { company: 'Bolt' }, { company: 'Acme' }),
    ];
    await side.shown(away);
    await side.hidden(altered(eve, { company: 'Acme' }, { company: 'Bolt' }));
    await side.hidden(altered(eve, { company: 'Bolt' }, { company: 'Acme' }));
    await side.shown(back);
  },
  'a thousand hidden persons come': (side) =>
    side.hidden(
      ...Array.from({ length: 1000 }, (_, at): Change => {
        const person = personId(
          `h${at.toString(8).replaceAll(/\d/g, (digit) => 'abcdefgh'[Number(digit)] ?? '')}`.padEnd(6, 'z'),
        );
        return { kind: 'added', person, fields: { name: 'Eve', department: 'Board', manager: ben } };
      }),
    ),
  'one who is seen is altered': (side) =>
    side.shown(altered(ben, { officeTelephone: '8001' }, { officeTelephone: '8002' })),
};

test('no answer, count, notification, error or read of a store tells a reader of who is outside the audience', async () => {
  const [plain, secret] = [await Side.open(false), await Side.open(true)];
  expect(secret.told()).toEqual(plain.told());
  for (const [what, act] of Object.entries(acts)) {
    for (const side of [plain, secret]) await act(side);
    expect(secret.told(), what).toEqual(plain.told());
    expect(await secret.look(), what).toEqual(await plain.look());
  }
  const [here, there] = [await plain.lookOverSockets(), await secret.lookOverSockets()];
  expect(there).toEqual(here);
  // It is not that nothing is seen at all.
  expect(JSON.stringify(await plain.look())).toContain('8002');
  expect(plain.told()).not.toEqual((await Side.open(false)).told());
  for (const { world } of [plain, secret]) await world[Symbol.asyncDispose]();
});

test('an old span tells of who is not seen any more only that: who comes to the audience later reads nothing else there', async () => {
  const side = await Side.open(true);
  await side.shown({ kind: 'added', person: cyd, fields: { name: 'Cyd', department: 'Kitchen' } });
  await side.shown(altered(cyd, {}, { officeTelephone: '6001' }));
  await side.shown(altered(cyd, { department: 'Kitchen' }, { department: 'Board' }));
  await side.shown({ kind: 'added', person: ben, fields: { name: 'Ben', department: 'Sales' } });
  for (const upTo of [2, 3, 4, 5])
    for (const more of ['', '&with=entries']) {
      const answer = JSON.stringify(await side.ask('GET', '/v1/changes', { query: `after=1&upTo=${upTo}${more}` }));
      expect(answer).toContain('"status":200');
      expect(answer).not.toMatch(/Cyd|6001|Kitchen/);
      // Up to 3 this ID was never there; from 4 on it went.
      expect(answer.includes(`"removed\\":[\\"${cyd}`)).toBe(upTo > 3 && more === '');
    }
  await side.world[Symbol.asyncDispose]();
});

test('a hidden person, one who is hidden by now, and nobody are one question: the same reads, the same answer', async () => {
  const side = await Side.open(true);
  await side.shown({ kind: 'added', person: cyd, fields: { name: 'Cyd', department: 'Kitchen' } });
  await side.shown(altered(cyd, { department: 'Kitchen' }, { department: 'Board' }));
  await side.shown({ kind: 'added', person: fay, fields: { name: 'Fay', department: 'Kitchen' } });
  await side.shown({ kind: 'removed', person: fay });
  const about = async (person: PersonId): Promise<string> => {
    const answers = [
      await side.ask('GET', `/v1/persons/${person}`),
      await side.ask('GET', '/v1/organisation', { query: `person=${person}` }),
      await side.ask('POST', '/v1/persons', { body: { ids: [person] } }),
      await side.ask('POST', '/v1/persons', { body: { ids: [person], revisions: [1] } }),
    ];
    return JSON.stringify(answers).replaceAll(person, 'ID');
  };
  const nobodys = await about(nobody);
  expect(nobodys).toContain('There is no person');
  for (const person of [eve, cyd, fay]) expect(await about(person)).toBe(nobodys);
  await side.world[Symbol.asyncDispose]();
});
