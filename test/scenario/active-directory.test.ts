// The whole product over a real Samba as Active Directory: what is in the book, who may log in, what the
// administrator sees, and what a terminal hears.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { textOf } from '../../src/base/bytes.ts';
import type { Fields } from '../../src/book/person.ts';
import { healthSchema } from '../../src/wire/admin.ts';
import { lookUpAnswerSchema } from '../../src/wire/http.ts';
import { skipWithout } from '../peers/installed.ts';
import { photo } from '../peers/pictures.ts';
import { sambaIsInstalled, startSamba, userPassword, type Samba } from '../peers/samba.ts';
import { runCommand } from './server-process.ts';
import { memberships } from './membership.ts';
import { until } from './waiting.ts';
import { newStore, Watched } from './watched.ts';
import { readConfig } from '../../src/node/config.ts';
import { isDirectoryConfig } from '../../src/node/source-config.ts';
import type { Finding } from '../../src/node/seen-persons.ts';
import { testSource } from '../../src/node/source-test.ts';
import { clerk, World, type Fact } from './world.ts';

const brake = { count: 2, percent: 0, settleSeconds: 1 };

describe.skipIf(skipWithout('Samba (as root)', sambaIsInstalled))(
  'an enterprise address book from Active Directory',
  () => {
    let samba: Samba;
    let world: World;
    let staff: string;
    const opened = new AsyncDisposableStack();

    beforeAll(async () => {
      samba = opened.use(await startSamba());
      staff = await samba.addUnit('Staff');
      await samba.addUser('grace', staff, { displayName: 'Grace Hopper', sn: 'Hopper', givenName: 'Grace' });
      await samba.addUser('ada', staff, {
        displayName: 'Ada Lovelace',
        sn: 'Lovelace',
        givenName: 'Ada',
        title: 'Engineer',
        department: 'Research',
        company: 'Example',
        employeeID: '100001',
        telephoneNumber: '8001',
        mobile: '+86 13800000001',
        ipPhone: '8001@example.test',
        otherTelephone: '8009',
        mail: 'ada@example.test',
        physicalDeliveryOfficeName: '1.01',
        streetAddress: '1 Long Street',
        l: 'Beijing',
        co: 'China',
        wWWHomePage: 'https://example.test/ada',
        userPrincipalName: 'ada.lovelace@example.test',
        manager: `CN=grace,${staff}`,
      });
      for (const name of ['ben', 'carla', 'david', 'emma']) await samba.addUser(name, staff, { displayName: name });
      world = opened.use(
        await World.open(
          { slapd: sourceOf(), source: { kind: 'ad', brake, compareKeysEvery: '1s', groups: {}, attributes } },
          6,
        ),
      );
      await world.addClerk();
    }, 240_000);
    afterAll(() => opened.disposeAsync());

    /** Ada has a department; who has none is of the unit. */
    const attributes = { department: ['department', { attribute: 'dn', transform: 'units' }] };
    const sourceOf = () => ({ url: samba.url, people: staff, sync: samba.reader });
    const replace = (name: string, attribute: string, ...values: readonly string[]): Promise<void> =>
      samba.session.modify(`CN=${name},${staff}`, [{ kind: 'replace', attribute, values }]);

    async function find(words: string): Promise<{ readonly id: string; readonly fields: Fields } | undefined> {
      const path = `/v1/persons?search=${encodeURIComponent(words)}&limit=2`;
      const { persons } = await world.admin.ask({ method: 'GET', path, answer: lookUpAnswerSchema });
      return persons[0];
    }

    test('a test of the source says how it is followed, and whether deleted objects are shown', async () => {
      const [source] = readConfig(join(world.folder, 'rollcall.yaml'), {}, {}).sources.filter(isDirectoryConfig);
      if (source === undefined) throw new Error('no source');
      const findings: Finding[] = [];
      for await (const finding of testSource(source, () => undefined)) findings.push(finding);
      const says = Object.fromEntries(findings.map((finding) => [finding.check, finding.says]));
      expect(says['product']).toMatch(/^Active Directory \(Samba.*, as 'kind: ad' says$/);
      expect(says['reading']).toMatch(/; followed by DirSync.*deleted objects are/);
      expect(says['persons']).toContain(`6 found below ${staff}`);
      expect(findings.filter(({ verdict }) => verdict !== 'good')).toEqual([]);
    });

    test('a person has all fields that Active Directory has for them', async () => {
      const grace = await find('Grace Hopper');
      expect((await find('Ada Lovelace'))?.fields).toEqual({
        name: 'Ada Lovelace',
        surname: 'Lovelace',
        givenName: 'Ada',
        title: 'Engineer',
        department: 'Research',
        company: 'Example',
        employeeNumber: '100001',
        officeTelephone: '8001',
        mobileTelephone: '+86 13800000001',
        otherTelephones: '8009',
        sipAddress: 'sip:8001@example.test',
        mail: 'ada@example.test',
        office: '1.01',
        street: '1 Long Street',
        city: 'Beijing',
        country: 'China',
        webPage: 'https://example.test/ada',
        manager: grace?.id,
      });
    });

    test('a terminal hears of a change, and not of an attribute that is no field', async () => {
      const ada = await find('Ada Lovelace');
      await using watched = await Watched.open({ store: newStore(world) });
      await watched.terminal.logIn({ server: world.url, ...clerk });
      await watched.hold(...(ada === undefined ? [] : [ada.id as never]));
      const from = watched.told.all.length;
      await replace('ada', 'pwdLastSet', '0');
      await replace('ada', 'pwdLastSet', '-1');
      await replace('ada', 'telephoneNumber', '8002');
      const prompts = await watched.prompted(from);
      expect(prompts.map(({ fact }) => fact)).toMatchObject([
        { kind: 'altered', field: 'officeTelephone', from: '8001', to: '8002' },
      ]);
    });

    test('a unit that is renamed changes only the departments that are units, and managers stay; one that leaves the base takes its people along', async () => {
      const grace = await find('Grace Hopper');
      const inner = await samba.addUnit('Inner', staff);
      await samba.session.rename({ dn: `CN=grace,${staff}`, newRdn: 'CN=grace', deleteOldRdn: true, newParent: inner });
      await samba.session.rename({ dn: inner, newRdn: 'OU=Chief', deleteOldRdn: true });
      await until(
        'the unit as a department',
        () => find('Grace Hopper'),
        (found) => found?.fields.department === 'Chief',
      );
      await replace('ada', 'telephoneNumber', '8003');
      await until(
        'the number',
        () => find('Ada Lovelace'),
        (ada) => ada?.fields.officeTelephone === '8003',
      );
      expect((await find('Ada Lovelace'))?.fields.manager).toBe(grace?.id);
      expect((await world.source()).persons).toBe(6);

      const move = { newRdn: 'OU=Chief', deleteOldRdn: true };
      await samba.session.rename({ dn: `OU=Chief,${staff}`, ...move, newParent: samba.root });
      await until(
        'Grace has left',
        () => find('Grace Hopper'),
        (found) => found === undefined,
      );
      await samba.session.rename({ dn: `OU=Chief,${samba.root}`, ...move, newParent: staff });
      await until(
        'Grace is back',
        () => find('Grace Hopper'),
        (found) => found?.id === grace?.id,
      );
      expect((await find('Ada Lovelace'))?.fields.manager).toBe(grace?.id);
    });

    test('groups have their members, of groups within them too; who is renamed stays, and who joins is there at once', async () => {
      const add = (name: string, ...members: readonly string[]): Promise<void> =>
        samba.session.add(`CN=${name},${staff}`, {
          objectClass: ['group'],
          sAMAccountName: [name],
          ...(members.length > 0 && { member: members.map((each) => `CN=${each},${staff}`) }),
        });
      await add('Developers', 'ada', 'ben');
      await add('Everyone', 'Developers', 'emma');
      await add('Nobody');
      const first = { Developers: ['100001', 'ben'], Everyone: ['100001', 'ben', 'emma'], Nobody: [] };
      const are = (expected: object) =>
        until(
          'the groups',
          () => memberships(world),
          (found) => JSON.stringify(found) === JSON.stringify(expected),
        );
      await are(first);
      await samba.session.rename({ dn: `CN=ben,${staff}`, newRdn: 'CN=benjamin', deleteOldRdn: true });
      await samba.session.modify(`CN=Developers,${staff}`, [
        { kind: 'add', attribute: 'member', values: [`CN=carla,${staff}`] },
      ]);
      await samba.session.rename({ dn: `CN=Developers,${staff}`, newRdn: 'CN=Makers', deleteOldRdn: true });
      await samba.session.delete(`CN=Nobody,${staff}`);
      await are({ Everyone: ['100001', 'ben', 'carla', 'emma'], Makers: ['100001', 'ben', 'carla'] });
      await samba.session.rename({ dn: `CN=benjamin,${staff}`, newRdn: 'CN=ben', deleteOldRdn: true });
      expect((await world.source()).persons).toBe(6);
    });

    test('addresses that Exchange keeps are told apart by their kind', async () => {
      const addresses = [
        'smtp:ada.l@example.test',
        'SMTP:ada@example.test',
        'X400:c=us;a= ;p=Example',
        'sip:ada@sip.example.test',
      ];
      await replace('ada', 'proxyAddresses', ...addresses);
      await until(
        'the addresses',
        () => find('Ada Lovelace'),
        (ada) => ada?.fields.otherMails !== undefined,
      );
      expect((await find('Ada Lovelace'))?.fields).toMatchObject({
        mail: 'ada@example.test',
        otherMails: 'ada.l@example.test',
        sipAddress: 'sip:ada@sip.example.test',
      });
    });

    test('a thumbnailPhoto is the photo', async () => {
      const { bytes, hash } = photo(1);
      await samba.session.modify(`CN=ada,${staff}`, [
        { kind: 'replace', attribute: 'thumbnailPhoto', values: [bytes] },
      ]);
      await until(
        'the photo',
        () => find('Ada Lovelace'),
        (ada) => ada?.fields.photo === hash,
      );
    });

    test('the administrator reads how the source is followed', async () => {
      const words = /by DirSync with the rights of the account alone, .*deleted objects are not shown to the account/;
      const health = await world.admin.ask({ method: 'GET', path: '/health', answer: healthSchema });
      expect(health.sources.find(({ source }) => source === 'ldap')?.manner).toMatch(words);
      expect((await runCommand(['directory', '--data', world.data, 'sources'])).said).toMatch(words);
      expect((await runCommand(['--json', 'directory', '--data', world.data, 'sources'])).said).toMatch(words);
    });

    describe('log-in', () => {
      const logIn = async (user: string, password: string): Promise<number> => {
        const body = JSON.stringify({ user, password });
        const headers = { 'content-type': 'application/json' };
        return (await fetch(`${world.url}/v1/session`, { method: 'POST', headers, body })).status;
      };

      test.each(['ada', 'ADA', 'ada.lovelace@example.test', 'ada@example.test', 'EXAMPLE\\ada'])(
        'as %s',
        async (user) => {
          expect(await logIn(user, userPassword)).toBe(200);
        },
      );

      test.each(['', 'wrong'])('with the password %j: refused', async (password) => {
        expect(await logIn('ada', password)).toBe(password === '' ? 400 : 401);
      });

      test('an old password that is tried again and again, by each name that the account has, is counted once', async () => {
        const lockOut = (threshold: string): Promise<void> =>
          samba.session.modify(samba.root, [{ kind: 'replace', attribute: 'lockoutThreshold', values: [threshold] }]);
        await lockOut('5');
        for (let time = 0; time < 3; time += 1)
          for (const user of ['ada', 'ada.lovelace@example.test', 'ada@example.test', 'EXAMPLE\\ada'])
            expect(await logIn(user, 'of last month')).toBe(401);
        const filter = '(sAMAccountName=ada)';
        const asked = { base: staff, scope: 'subtree', filter, attributes: ['badPwdCount'], sizeLimit: 2 } as const;
        const { entries } = await samba.session.search(asked);
        expect(entries[0]?.attributes.get('badpwdcount')?.map(textOf)).toEqual(['1']);
        expect(await logIn('ada', userPassword)).toBe(200);
        await lockOut('0');
      });

      test('a name that two bear is nobody', async () => {
        await replace('ben', 'mail', 'ada@example.test');
        expect(await logIn('ada@example.test', userPassword)).toBe(401);
        await replace('ben', 'mail');
      });

      test('why Active Directory refuses is told to the administrator, and not to the stranger', async () => {
        const problem = (fact: Fact): boolean => fact.kind === 'trouble' && fact.task === 'log-in of ben at ldap';
        await replace('ben', 'pwdLastSet', '0');
        const from = world.facts.all.length;
        expect(await logIn('ben', userPassword)).toBe(401);
        expect(await world.facts.first('a reason', problem, from)).toMatchObject({
          fault: 'the password must be changed first',
        });
        await replace('ben', 'pwdLastSet', '-1');
        expect(await logIn('ben', userPassword)).toBe(200);
      });
    });

    test('who is disabled leaves the book, and comes back as the same person', async () => {
      const ben = await find('ben');
      await replace('ben', 'userAccountControl', '514');
      await until(
        'Ben has left',
        () => find('ben'),
        (found) => found === undefined,
      );
      await replace('ben', 'userAccountControl', '512');
      await until(
        'Ben is back',
        () => find('ben'),
        (found) => found?.id === ben?.id,
      );
    });

    test('a mass deletion that the account is not shown is found by comparing, and held by the brake', async () => {
      for (const name of ['ben', 'carla', 'david', 'emma']) await samba.session.delete(`CN=${name},${staff}`);
      await world.facts.first('a hold', (fact) => fact.kind === 'stage' && fact.fact.kind === 'held');
      const [hold] = await world.holds();
      expect(hold?.removals.length).toBeGreaterThan(2);
      expect(await find('carla')).toBeDefined();
    });

    test('a base that another domain holds is refused with words, and followed nowhere', async () => {
      await world.restart('stop', { base: 'OU=Staff,DC=elsewhere,DC=test' });
      const isRefused = (fact: Fact): boolean => fact.kind === 'source' && fact.event.kind === 'refused';
      const refused = await world.facts.first('a refusal', isRefused);
      expect(JSON.stringify(refused)).toContain('does not hold OU=Staff,DC=elsewhere,DC=test');
    });
  },
);
