import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { searchMark, stored } from '../../src/ldap/sync-cookie.ts';
import { syncCookie } from '../../src/ldap/sync.ts';
import { checkAddress, follow } from '../../src/node/ldap-socket.ts';
import { Replica, until } from '../ldap/replica.ts';
import { skipWithout } from '../peers/installed.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';

const missing = skipWithout('slapd', slapdIsInstalled);

const modify = (dn: string, attribute: string, value: string): string =>
  `dn: ${dn}\nchangetype: modify\nreplace: ${attribute}\n${attribute}: ${value}\n`;
const remove = (dn: string): string => `dn: ${dn}\nchangetype: delete\n`;
const add = (uid: string, base: string): string =>
  `dn: uid=${uid},${base}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${uid}\nsn: ${uid}\n`;

describe.skipIf(missing)('following a real slapd', () => {
  let slapd: Slapd;
  const person = (number: number): string => `uid=p${String(number).padStart(6, '0')},${slapd.people}`;
  const uids = (replica: Replica): readonly string[] => replica.values('uid');

  /** A replica that holds everything. */
  async function whole(): Promise<Replica> {
    const replica = new Replica();
    await using _following = replica.follow(slapd);
    await until('refreshed', () => replica.count('refreshed') === 1);
    return replica;
  }

  beforeAll(async () => {
    slapd = await startSlapd({
      people: 600,
      ldif: 'dn: ou=elsewhere,dc=example,dc=com\nobjectClass: organizationalUnit\nou: elsewhere\n\n',
    });
  });
  afterAll(async () => slapd[Symbol.asyncDispose]());

  test('adds, modifies, renames, moves, deletes, and who enters or leaves the filter arrive as they happen', async () => {
    const replica = new Replica();
    await using _following = replica.follow(slapd, { filter: '(&(objectClass=inetOrgPerson)(!(title=hidden)))' });
    await until('refreshed', () => replica.entries.size === 600);
    await slapd.change(add('new', slapd.people));
    await until('added', () => uids(replica).includes('new'));
    const key = [...replica.entries].find(([, { uid }]) => uid === 'new')?.[0] ?? '';
    await slapd.change(modify(`uid=new,${slapd.people}`, 'telephoneNumber', '8002'));
    await until('modified', () => replica.entries.get(key)?.['telephonenumber'] === '8002');
    await slapd.change(`dn: uid=new,${slapd.people}\nchangetype: modrdn\nnewrdn: uid=renamed\ndeleteoldrdn: 1\n`);
    await until('renamed', () => replica.entries.get(key)?.['dn'] === `uid=renamed,${slapd.people}`);
    await slapd.change(modify(`uid=renamed,${slapd.people}`, 'title', 'hidden'));
    await until('left the filter', () => !replica.entries.has(key));
    await slapd.change(modify(`uid=renamed,${slapd.people}`, 'title', 'shown'));
    await until('entered the filter', () => replica.entries.has(key));
    const away = `newrdn: uid=renamed\ndeleteoldrdn: 0\nnewsuperior: ou=elsewhere,${slapd.suffix}\n`;
    await slapd.change(`dn: uid=renamed,${slapd.people}\nchangetype: modrdn\n${away}`);
    await until('moved out of the base', () => !replica.entries.has(key));
    const back = `newrdn: uid=renamed\ndeleteoldrdn: 0\nnewsuperior: ${slapd.people}\n`;
    await slapd.change(`dn: uid=renamed,ou=elsewhere,${slapd.suffix}\nchangetype: modrdn\n${back}`);
    await until('moved into the base', () => replica.entries.has(key));
    await slapd.change(remove(`uid=renamed,${slapd.people}`));
    await until('deleted', () => !replica.entries.has(key));
    expect(replica.entries.size).toBe(600);
  });

  test('values with Chinese characters and language options arrive octet for octet', async () => {
    const replica = await whole();
    const zh = [...replica.entries.values()].find(({ uid }) => uid === 'p000001');
    expect(zh?.['cn;lang-zh']).toBe('王小明');
    expect(zh?.['cn']).toBe('Wang Xiaoming');
  });

  test('trap 10: a password change arrives as an entry that is the same as before', async () => {
    const replica = new Replica();
    await using _following = replica.follow(slapd);
    await until('refreshed', () => replica.count('refreshed') === 1);
    const before = [...replica.entries];
    await slapd.change(modify(person(20), 'userPassword', 'another'));
    await until('noise', () => replica.events.at(-1)?.kind === 'checkpoint');
    expect(replica.events.at(-2)).toMatchObject({ kind: 'entry', dn: person(20) });
    expect([...replica.entries]).toEqual(before);
  });

  test('trap 10: a delete and a new entry of the same DN are two entries', async () => {
    const replica = new Replica();
    await using _following = replica.follow(slapd);
    await until('refreshed', () => replica.count('refreshed') === 1);
    const keyOf = (): string | undefined => [...replica.entries].find(([, { uid }]) => uid === 'p000021')?.[0];
    const before = keyOf();
    await slapd.change(`${remove(person(21))}\n${add('p000021', slapd.people)}`);
    await until('both', () => keyOf() !== undefined && keyOf() !== before);
    expect(replica.entries.has(before ?? '')).toBe(false);
  });

  test('a reconnect with the cookie brings what happened meanwhile, by a delete phase', async () => {
    const replica = await whole();
    const before = uids(replica);
    await slapd.change(`${remove(person(30))}\n${modify(person(31), 'telephoneNumber', '31')}`);
    replica.events.length = 0;
    await using _following = replica.follow(slapd);
    await until('refreshed', () => replica.count('refreshed') === 1);
    expect(replica.events.map(({ kind }) => kind)).toEqual(['began', 'gone', 'entry', 'refreshed']);
    expect(uids(replica)).toEqual(before.filter((uid) => uid !== 'p000030'));
  });

  test('after a restart of the server, which forgets its session log, a present phase does the same', async () => {
    const replica = await whole();
    const before = uids(replica);
    await slapd.change(`${remove(person(40))}\n${modify(person(41), 'telephoneNumber', '41')}`);
    await slapd.stop();
    await slapd.start();
    replica.events.length = 0;
    await using _following = replica.follow(slapd);
    await until('refreshed', () => replica.count('refreshed') === 1);
    expect(replica.count('present')).toBeGreaterThan(1); // 256 a message
    expect(replica.count('entry')).toBe(1);
    expect(uids(replica)).toEqual(before.filter((uid) => uid !== 'p000040'));
  });

  test('trap 3: a lost cookie still finds who is gone', async () => {
    const replica = await whole();
    await slapd.change(remove(person(50)));
    replica.cookie = undefined;
    replica.events.length = 0;
    await using _following = replica.follow(slapd);
    await until('refreshed', () => replica.count('refreshed') === 1);
    expect(replica.events.at(-1)).toMatchObject({ sweep: true });
    expect(uids(replica)).not.toContain('p000050');
  });

  const filter = '(objectClass=inetOrgPerson)';
  const mark = (): string =>
    searchMark([slapd.sync.dn, slapd.people, filter, ...['uid', 'cn', 'telephoneNumber'].sort()]);

  test.each(['garbage', 'MARK of another make', 'MARK rid=000', 'MARK rid=000,csn=junk', 'MARK '])(
    'trap 3: with the garbage cookie "%s" everything is read afresh, and who is gone is found',
    async (garbage) => {
      const replica = await whole();
      replica.entries.set('00000000-0000-0000-0000-000000000000', { uid: 'nobody', dn: '' });
      replica.cookie = syncCookie(garbage.replace('MARK', `${mark()}@${Math.floor(Date.now() / 1000)}`));
      replica.events.length = 0;
      await using _following = replica.follow(slapd);
      await until('refreshed', () => replica.count('refreshed') === 1);
      expect(uids(replica)).not.toContain('nobody');
      expect(replica.cookie).toMatch(/ rid=000,csn=\d{14}/);
    },
  );

  test('trap 5: a cookie newer than the server (a restored backup) leads to a full refresh, and is told', async () => {
    const replica = await whole();
    replica.entries.set('00000000-0000-0000-0000-000000000000', { uid: 'after the backup', dn: '' });
    replica.cookie = stored(
      { mark: mark(), wholeAt: wallTime(Date.now()) },
      'rid=000,csn=20991231235959.000000Z#000000#001#000000',
    );
    replica.events.length = 0;
    await using _following = replica.follow(slapd);
    await until('refreshed', () => replica.count('refreshed') === 1);
    expect(replica.events[1]).toMatchObject({
      kind: 'lost',
      problem: expect.stringContaining('newer than provider') as string,
    });
    expect(replica.events.at(-1)).toMatchObject({ kind: 'refreshed', sweep: true });
    expect(uids(replica)).not.toContain('after the backup');
    expect(replica.cookie).not.toContain('2099');
  });

  test('trap 6: an access rule that hides people is silent, and shows itself in the next present phase', async () => {
    const replica = await whole();
    const hide = 'dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\n';
    const rule = `to dn.subtree="${slapd.people}" filter=(uid=p00001*) by * none`;
    await slapd.configure(`${hide}add: olcAccess\nolcAccess: {0}${rule}\n`);
    // The configuration lies in slapd.conf, so a restart would forget the rule; a lost cookie does as well.
    replica.cookie = undefined;
    replica.events.length = 0;
    await using _following = replica.follow(slapd);
    await until('refreshed', () => replica.count('refreshed') === 1);
    expect(uids(replica)).not.toContain('p000010');
    expect(replica.count('gone')).toBe(0);
    await slapd.configure(`${hide}delete: olcAccess\nolcAccess: {0}\n`);
  });

  test('a base that is not there is refused with what to check', async () => {
    const replica = new Replica();
    await using _following = replica.follow(slapd, { base: `ou=nowhere,${slapd.suffix}` });
    await until('refused', () => replica.count('refused') === 1);
    expect(replica.events.at(-1)).toMatchObject({
      problem: expect.stringContaining('noSuchObject (32)') as string,
      advice: expect.stringContaining('a hidden base looks the same') as string,
    });
  });

  test('a wrong password is refused and tried once', async () => {
    const replica = new Replica();
    await using _following = replica.follow(slapd, { password: 'wrong' });
    await until('refused', () => replica.count('refused') === 1);
    expect(replica.events.map(({ kind }) => kind)).toEqual(['refused']);
  });

  test('slapd is followed over its Unix socket too', async () => {
    const replica = new Replica();
    await using _following = replica.follow(slapd, { urls: [slapd.ldapiUrl] });
    await until('refreshed', () => replica.count('refreshed') === 1);
  });

  test('the first address that works is taken', async () => {
    const replica = new Replica();
    await using _following = replica.follow(slapd, { urls: ['ldap://127.0.0.1:1/', slapd.url] });
    await until('refreshed', () => replica.count('refreshed') === 1);
    expect(replica.events[0]).toMatchObject({
      kind: 'lost',
      problem: expect.stringContaining('is the server running') as string,
    });
  });

  test('killed while it persists, and started again: nothing is missed', async () => {
    const replica = new Replica();
    await using following = replica.follow(slapd);
    await until('refreshed', () => replica.count('refreshed') === 1);
    await slapd.kill();
    await until('lost', () => replica.count('lost') > 0);
    await slapd.start();
    await slapd.change(remove(person(60)));
    following.retry();
    await until('refreshed again', () => replica.count('refreshed') === 2 && !uids(replica).includes('p000060'));
  });

  test('a store that fails is given everything again, from what it holds', async () => {
    const replica = new Replica();
    await using following = replica.follow(slapd);
    await until('refreshed', () => replica.count('refreshed') === 1);
    replica.broken = true;
    await slapd.change(modify(person(70), 'telephoneNumber', '70'));
    await slapd.change(modify(person(71), 'telephoneNumber', '71'));
    await new Promise((resolve) => setTimeout(resolve, 200));
    replica.broken = false;
    following.retry();
    await until('caught up', () => ['70', '71'].every((number) => replica.values('telephonenumber').includes(number)));
  });

  test('while the store is slow the server is not read, and nothing is lost', async () => {
    const replica = await whole();
    let open: () => void = () => undefined;
    replica.gate = new Promise((resolve) => {
      open = resolve;
    });
    replica.cookie = undefined;
    await using _following = replica.follow(slapd);
    for (let number = 80; number < 120; number += 1)
      await slapd.change(modify(person(number), 'telephoneNumber', `slow ${number}`));
    expect(replica.values('telephonenumber').some((value) => value.startsWith('slow'))).toBe(false);
    open();
    await until(
      'caught up',
      () => replica.values('telephonenumber').filter((value) => value.startsWith('slow')).length === 40,
    );
  });

  test('after its end nothing more is told', async () => {
    const replica = new Replica();
    const following = replica.follow(slapd);
    await until('refreshed', () => replica.count('refreshed') === 1);
    await following[Symbol.asyncDispose]();
    const told = replica.events.length;
    await slapd.change(modify(person(130), 'telephoneNumber', '130'));
    following.retry();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(replica.events.length).toBe(told);
  });
});

describe.skipIf(missing)('a server killed within a refresh', () => {
  test('leaves nothing of the refresh behind, and it is done again', async () => {
    // 20 MB: more than the sockets' buffers hold, so that the end of it cannot have been sent.
    const large = (number: number): string =>
      `dn: cn=large ${number},ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nsn: x\n` +
      `cn: large ${number}\nuid: large ${number}\ndescription: ${'x'.repeat(200_000)}\n\n`;
    await using slapd = await startSlapd({
      people: 5,
      ldif: Array.from({ length: 100 }, (_, at) => large(at)).join(''),
    });
    const replica = new Replica();
    let open: () => void = () => undefined;
    replica.gate = new Promise((resolve) => {
      open = resolve;
    });
    await using following = replica.follow(slapd, { attributes: ['uid', 'description'] });
    await new Promise((resolve) => setTimeout(resolve, 300)); // it waits at the gate, within the refresh
    await slapd.kill();
    open();
    await until('lost', () => replica.count('lost') > 0);
    expect(replica.count('refreshed')).toBe(0);
    expect(replica.entries.size).toBe(0);
    await slapd.start();
    following.retry();
    await until('refreshed', () => replica.count('refreshed') === 1);
    expect(replica.entries.size).toBe(105);
  });
});

describe.skipIf(missing)('an account without limits', () => {
  test('trap 7: gets 500 entries and then a refusal; nobody is taken for gone', async () => {
    await using slapd = await startSlapd({ people: 600, syncUnlimited: false });
    const replica = new Replica();
    replica.entries.set('00000000-0000-0000-0000-000000000000', { uid: 'known before', dn: '' });
    await using following = replica.follow(slapd);
    await until('refused', () => replica.count('refused') === 1);
    expect(replica.count('entry')).toBe(500);
    expect(replica.count('refreshed')).toBe(0);
    expect(replica.values('uid')).toEqual(['known before']);
    expect(replica.events.at(-1)).toMatchObject({
      advice: expect.stringContaining(`limits dn.exact="${slapd.sync.dn}" size=unlimited time=unlimited`) as string,
    });
    // What the advice says is what helps.
    await slapd.configure(
      `dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nadd: olcLimits\n` +
        `olcLimits: dn.exact="${slapd.sync.dn}" size=unlimited time=unlimited\n`,
    );
    following.retry();
    await until('refreshed', () => replica.count('refreshed') === 1);
    expect(replica.entries.size).toBe(600);
  });
});

test('a cookie that cannot be read, of a connection lost meanwhile, leaves the next connection alone', async () => {
  const cookie = Promise.withResolvers<undefined>();
  const cookies = [cookie.promise, Promise.resolve(undefined)];
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const told: string[] = [];
  const accepted = async (): Promise<Socket> => ((await once(server, 'connection')) as [Socket])[0];
  const first = accepted();
  {
    await using following = follow({
      dn: '',
      password: '',
      base: 'dc=example,dc=com',
      filter: '(objectClass=*)',
      attributes: ['cn'],
      urls: [`ldap://127.0.0.1:${port}`],
      cookie: () => cookies.shift() ?? Promise.resolve(undefined),
      take: async (events) => void told.push(...events.map(({ kind }) => kind)),
    });
    await until('asked for the cookie', () => cookies.length === 1);
    const second = accepted();
    (await first).destroy();
    await until('lost', () => told.includes('lost'));
    following.retry();
    const socket = await second;
    await once(socket, 'data');
    cookie.reject(new Error('the disk failed'));
    await new Promise(setImmediate);
    expect(told).toEqual(['lost']);
    socket.destroy();
  }
  server.close();
});

describe('addresses', () => {
  test('a password does not go over the network in clear text unless that is allowed', () => {
    expect(() => checkAddress('ldap://dir.example.com', {}, true)).toThrow(/clear text/);
    expect(() => checkAddress('LDAP://192.0.2.1', {}, true)).toThrow(/clear text/);
    expect(() => checkAddress('ldap://127.0.0.1.example.com', {}, true)).toThrow(/clear text/);
    expect(() => checkAddress('ldap://dir.example.com', {}, false)).not.toThrow();
    expect(() => checkAddress('ldap://dir.example.com', { startTls: true }, true)).not.toThrow();
    expect(() => checkAddress('ldap://dir.example.com', { allowClearText: true }, true)).not.toThrow();
    for (const near of [
      'ldap://localhost',
      'ldap://127.0.0.1:389',
      'ldap://[::1]',
      'ldapi://%2Frun%2Fldapi',
      'ldaps://x',
    ])
      expect(() => checkAddress(near, {}, true)).not.toThrow();
  });

  test('what is no address, or no certificate, is refused at once', () => {
    expect(() => checkAddress('https://dir.example.com', {}, false)).toThrow(/not an ldap:/);
    expect(() => checkAddress('dir.example.com', {}, false)).toThrow(TypeError);
    expect(() => checkAddress('ldapi://%zz', {}, false)).toThrow(TypeError);
    expect(() => checkAddress('ldapi://localhost', {}, false)).toThrow(/ldapi:\/\/%2Fpath/);
    expect(() => checkAddress('ldapi:///run/slapd/ldapi', {}, false)).not.toThrow();
    expect(() =>
      checkAddress(
        'ldaps://dir.example.com',
        { ca: '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----' },
        false,
      ),
    ).toThrow();
  });
});
