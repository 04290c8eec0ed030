import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { textOf } from '../../src/base/bytes.ts';
import { milliseconds } from '../../src/base/time.ts';
import { LdapFault } from '../../src/ldap/fault.ts';
import { filterValue } from '../../src/ldap/filter.ts';
import { openSession } from '../../src/node/ldap-session.ts';
import { skipWithout } from '../peers/installed.ts';
import { testPerson } from '../peers/people.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('a session with a real slapd', () => {
  let slapd: Slapd;
  beforeAll(async () => {
    slapd = await startSlapd({ people: 30 });
  });
  afterAll(async () => slapd[Symbol.asyncDispose]());

  const searchFor = (uid: string): Parameters<Awaited<ReturnType<typeof openSession>>['search']>[0] => ({
    base: slapd.people,
    scope: 'subtree',
    filter: `(uid=${filterValue(uid)})`,
    attributes: ['cn', 'telephoneNumber', 'entryUUID'],
    sizeLimit: 2,
  });

  test('a log-in: the person is looked up by the reading account, the password is tried on a session of its own', async () => {
    const ada = testPerson(0, slapd.people);
    await using reading = await openSession({ url: slapd.url });
    await reading.bind(slapd.sync.dn, slapd.sync.password);
    const { entries, complete } = await reading.search(searchFor(ada.uid));
    expect(complete).toBe(true);
    expect(entries.map(({ dn, attributes }) => [dn, attributes.get('cn')?.map(textOf)])).toEqual([
      [`uid=${ada.uid},${slapd.people}`, ['Ada Lovelace']],
    ]);
    expect(textOf(entries[0]?.attributes.get('entryuuid')?.[0] ?? new Uint8Array())).toMatch(/^[0-9a-f-]{36}$/);
    const dn = entries[0]?.dn ?? '';
    await using trying = await openSession({ url: slapd.url });
    expect(await trying.accepts(dn, 'wrong')).toBe(false);
    expect(await trying.accepts(dn, '')).toBe(false);
    expect(await trying.accepts('', ada.password)).toBe(false);
    expect(await trying.accepts(`uid=nobody,${slapd.people}`, ada.password)).toBe(false);
    expect(await trying.accepts(dn, ada.password)).toBe(true);
  });

  test('what a person types at log-in cannot widen the search', async () => {
    await using session = await openSession({ url: slapd.url });
    await session.bind(slapd.sync.dn, slapd.sync.password);
    for (const typed of ['*', 'p*', '*)(uid=*', ')(|(uid=*', '\\2a'])
      expect((await session.search(searchFor(typed))).entries).toEqual([]);
  });

  test('an entry is added, modified, renamed, moved and deleted', async () => {
    await using session = await openSession({ url: slapd.url });
    await session.bind(slapd.admin.dn, slapd.admin.password);
    const dn = `uid=欧阳,${slapd.people}`;
    await session.add(dn, { objectClass: ['inetOrgPerson'], uid: ['欧阳'], cn: ['欧阳修'], sn: ['欧阳'] });
    await session.modify(dn, [
      { kind: 'add', attribute: 'telephoneNumber', values: ['8001', '8002'] },
      { kind: 'replace', attribute: 'cn', values: ['Ouyang Xiu'] },
      { kind: 'delete', attribute: 'telephoneNumber', values: ['8001'] },
    ]);
    const [entry] = (await session.search(searchFor('欧阳'))).entries;
    expect(entry?.attributes.get('telephonenumber')?.map(textOf)).toEqual(['8002']);
    expect(entry?.attributes.get('cn')?.map(textOf)).toEqual(['Ouyang Xiu']);
    await session.rename({ dn, newRdn: 'uid=xiu', deleteOldRdn: true, newParent: `ou=groups,${slapd.suffix}` });
    expect((await session.search(searchFor('欧阳'))).entries).toEqual([]);
    await session.delete(`uid=xiu,ou=groups,${slapd.suffix}`);
    await expect(session.delete(`uid=xiu,ou=groups,${slapd.suffix}`)).rejects.toMatchObject({ code: 32 });
  });

  test('a search stops at its limit and says so', async () => {
    await using session = await openSession({ url: slapd.url, mostEntries: 7 });
    await session.bind(slapd.sync.dn, slapd.sync.password);
    const all = { ...searchFor(''), filter: '(objectClass=inetOrgPerson)' };
    expect(await session.search(all)).toMatchObject({ complete: false, entries: { length: 2 } });
    expect(await session.search({ ...all, sizeLimit: 0 })).toMatchObject({ complete: false, entries: { length: 7 } });
  });

  test('a search in pages gives everybody once, the last page too; another question in between disturbs nothing', async () => {
    await using session = await openSession({ url: slapd.url });
    await session.bind(slapd.sync.dn, slapd.sync.password);
    const all = { ...searchFor(''), filter: '(objectClass=inetOrgPerson)', sizeLimit: 0 };
    const pages: (readonly string[])[] = [];
    for await (const page of session.pages(all, 7)) {
      pages.push(page.map(({ dn }) => dn));
      expect((await session.search(searchFor('p000001'))).entries).toHaveLength(1);
    }
    expect(pages.map(({ length }) => length)).toEqual([7, 7, 7, 7, 2]);
    expect(new Set(pages.flat()).size).toBe(30);
    const nobody: unknown[] = [];
    for await (const page of session.pages({ ...all, filter: '(uid=nobody)' }, 7)) nobody.push(...page);
    expect(nobody).toEqual([]);
  });

  test('a size limit within a search in pages is a fault with the line that lifts it, never the end', async () => {
    await slapd.configure(
      `dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcLimits\n` +
        `olcLimits: dn.exact="${slapd.sync.dn}" size=20 size.pr=10\n`,
    );
    await using session = await openSession({ url: slapd.url });
    await session.bind(slapd.sync.dn, slapd.sync.password);
    const all = { ...searchFor(''), filter: '(objectClass=inetOrgPerson)', sizeLimit: 0 };
    const read = async (): Promise<void> => {
      for await (const page of session.pages(all, 7)) expect(page.length).toBeLessThan(8);
    };
    await expect(read()).rejects.toThrow(`limits dn.exact="${slapd.sync.dn}" size=unlimited`);
  });

  test('a refusal says what to do: the account may not write', async () => {
    await using session = await openSession({ url: slapd.url });
    await session.bind(slapd.sync.dn, slapd.sync.password);
    const refused = session.modify(`uid=p000001,${slapd.people}`, [
      { kind: 'replace', attribute: 'cn', values: ['x'] },
    ]);
    await expect(refused).rejects.toThrow(/insufficientAccessRights \(50\).*give cn=sync/);
    await expect(session.bind(slapd.sync.dn, '')).rejects.toMatchObject({ section: 'RFC 4513 §5.1.2' });
  });

  test('when the server is killed, what is asked fails; a new session says that nothing listens', async () => {
    await using session = await openSession({ url: slapd.url });
    await slapd.kill();
    await expect(session.search(searchFor('p000001'))).rejects.toBeInstanceOf(LdapFault);
    await expect(openSession({ url: slapd.url })).rejects.toThrow(/nothing listens at/);
    await slapd.start();
  });
});

test('a server that accepts and says nothing is given up in time', async () => {
  const mute = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const url = `ldap://127.0.0.1:${(mute.address() as AddressInfo).port}`;
  await using session = await openSession({ url, patience: milliseconds(50) });
  await expect(session.accepts('cn=a', 'b')).rejects.toThrow(/no answer within 0.05 s/);
  await expect(openSession({ url, startTls: true, patience: milliseconds(50) })).rejects.toThrow(
    /no connection within/,
  );
  await expect(openSession({ url: url.replace('ldap:', 'ldaps:'), patience: milliseconds(50) })).rejects.toThrow(
    LdapFault,
  );
  mute.close();
});
