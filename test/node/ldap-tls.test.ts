import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSession } from '../../src/node/ldap-session.ts';
import { Replica, until } from '../ldap/replica.ts';
import { makeCertificates } from '../peers/certificates.ts';
import { skipWithout } from '../peers/installed.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('TLS with a real slapd', () => {
  let slapd: Slapd;
  let otherCa: string;
  beforeAll(async () => {
    slapd = await startSlapd({ people: 5, tls: true, databaseLines: ['security tls=1'] });
    const folder = mkdtempSync(join(tmpdir(), 'ca-'));
    otherCa = makeCertificates(folder).ca;
    rmSync(folder, { recursive: true });
  });
  afterAll(async () => slapd[Symbol.asyncDispose]());

  const ways = [
    ['LDAPS', (): { urls: readonly [string] } => ({ urls: [slapd.ldapsUrl] })],
    ['StartTLS', (): { urls: readonly [string]; startTls: true } => ({ urls: [slapd.url], startTls: true })],
  ] as const;

  test.each(ways)('%s with the right CA: followed, before and after a change', async (_, way) => {
    const replica = new Replica();
    await using _following = replica.follow(slapd, { ...way(), ca: slapd.ca });
    await until('refreshed', () => replica.entries.size === 5);
    await using session = await openSession({ url: slapd.ldapsUrl, ca: slapd.ca });
    await session.bind(slapd.admin.dn, slapd.admin.password);
    const value = `${Math.trunc(replica.events.length)}-${way().urls[0]}`;
    await session.modify(`uid=p000001,${slapd.people}`, [{ kind: 'replace', attribute: 'cn', values: [value] }]);
    await until('changed', () => replica.values('cn').includes(value));
  });

  test.each(ways)(
    '%s where the certificate is by another CA: nothing is said, and what to do is told',
    async (_, way) => {
      const replica = new Replica();
      await using _following = replica.follow(slapd, { ...way(), ca: otherCa });
      await until('lost', () => replica.count('lost') > 0);
      expect(replica.events[0]).toMatchObject({
        problem: expect.stringMatching(/configure the CA|certificate/) as string,
      });
      expect(replica.count('began')).toBe(0);
    },
  );

  test.each(ways)(
    '%s where the certificate has another name: nothing is said, and what to do is told',
    async (_, way) => {
      const replica = new Replica();
      await using _following = replica.follow(slapd, { ...way(), ca: slapd.ca, servername: 'elsewhere.example.com' });
      await until('lost', () => replica.count('lost') > 0);
      expect(replica.events[0]).toMatchObject({
        problem: expect.stringContaining('name the server as its certificate does') as string,
      });
      expect(replica.count('began')).toBe(0);
    },
  );

  test.each(ways)('%s without a CA of ours: the system’s do not know it', async (_, way) => {
    const replica = new Replica();
    await using _following = replica.follow(slapd, way());
    await until('lost', () => replica.count('lost') > 0);
    expect(replica.count('began')).toBe(0);
  });

  test('NODE_TLS_REJECT_UNAUTHORIZED=0 does not open the door', async () => {
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await expect(openSession({ url: slapd.ldapsUrl, ca: otherCa })).rejects.toThrow(/certificate/);
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
  });

  test('a session by StartTLS, by the name in the certificate', async () => {
    await using session = await openSession({
      url: slapd.url.replace('127.0.0.1', 'localhost'),
      startTls: true,
      ca: slapd.ca,
    });
    expect(await session.accepts(slapd.sync.dn, slapd.sync.password)).toBe(true);
    await expect(
      openSession({ url: slapd.url, startTls: true, ca: slapd.ca, servername: 'elsewhere.example.com' }),
    ).rejects.toThrow(/name the server as its certificate does/);
  });

  test('a server that wants TLS is told to the administrator as such', async () => {
    const replica = new Replica();
    await using _following = replica.follow(slapd);
    await until('refused', () => replica.count('refused') > 0);
    expect(replica.events[0]).toMatchObject({ advice: expect.stringContaining('StartTLS') as string });
  });
});

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('StartTLS with a slapd that has no certificate', () => {
  test('is refused, and no password is sent', async () => {
    await using slapd = await startSlapd({ people: 1 });
    const replica = new Replica();
    await using _following = replica.follow(slapd, { startTls: true });
    await until('refused', () => replica.count('refused') + replica.count('lost') > 0);
    expect(replica.events[0]).toMatchObject({ problem: expect.stringContaining('StartTLS') as string });
    await expect(openSession({ url: slapd.url, startTls: true })).rejects.toThrow(/refuses StartTLS/);
  });
});
