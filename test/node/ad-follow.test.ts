import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { milliseconds } from '../../src/base/time.ts';
import { syncCookie } from '../../src/ldap/sync.ts';
import {
  followActiveDirectory,
  type FollowActiveDirectoryOptions,
  type Following,
} from '../../src/node/ldap-socket.ts';
import { Replica, until } from '../ldap/replica.ts';
import { skipWithout } from '../peers/installed.ts';
import { sambaIsInstalled, startSamba, type Samba } from '../peers/samba.ts';

const missing = skipWithout('Samba (as root)', sambaIsInstalled);

describe.skipIf(missing)('following a real Samba as Active Directory', () => {
  let samba: Samba;
  let replica: Replica;
  let following: Following | undefined;
  let unit: string;
  let units = 100;

  beforeAll(async () => {
    samba = await startSamba();
    await samba.session.delete(await samba.addUnit('Gone'));
  }, 240_000);
  afterAll(() => samba?.[Symbol.asyncDispose]());
  afterEach(async () => {
    await following?.[Symbol.asyncDispose]();
    following = undefined;
  });

  /** A unit of its own for each test, with Ada and Ben. */
  async function people(): Promise<void> {
    units += 1;
    unit = await samba.addUnit(`Unit${units}`);
    await samba.addUser(`ada${units}`, unit, { telephoneNumber: '8001' });
    await samba.addUser(`ben${units}`, unit, { manager: `CN=ada${units},${unit}` });
    replica = new Replica();
  }
  const ada = (): string => `CN=ada${units},${unit}`;
  const ben = (): string => `CN=ben${units},${unit}`;

  function follow(options: Partial<FollowActiveDirectoryOptions> = {}): void {
    following = followActiveDirectory({
      urls: [samba.url],
      ...samba.admin,
      base: samba.root,
      filter: `(&(objectCategory=person)(|(sAMAccountName=*${units})(objectClass=contact)))`,
      attributes: ['sAMAccountName', 'telephoneNumber', 'manager', 'displayName', 'department'],
      leaveOut: ['disabled', 'hidden'],
      cookie: async () => replica.cookie,
      take: replica.take,
      ...options,
    });
  }
  async function inStep(times = 1): Promise<void> {
    await until(`in step ${times} times`, () => replica.count('refreshed') >= times);
  }
  async function stopFollowing(): Promise<void> {
    await following?.[Symbol.asyncDispose]();
    following = undefined;
  }
  const names = (): readonly string[] => replica.values('samaccountname').map((name) => name.replace(/\d+$/, ''));
  const manner = (): string => replica.events.findLast((event) => event.kind === 'manner')?.words ?? '';
  const replace = (dn: string, attribute: string, ...values: readonly string[]): Promise<void> =>
    samba.session.modify(dn, [{ kind: 'replace', attribute, values }]);

  test('everybody comes with a refresh, and each change as it is made', async () => {
    await people();
    follow();
    await inStep();
    expect(names()).toEqual(['ada', 'ben']);
    expect(replica.events.findLast((event) => event.kind === 'refreshed')).toMatchObject({ sweep: true });
    expect(manner()).toBe('by DirSync, at each change notification; deleted objects are shown to the account');

    await replace(ada(), 'telephoneNumber', '8002');
    await until('the number is altered', () => replica.values('telephonenumber').includes('8002'));
    await replace(ada(), 'telephoneNumber');
    await until('the number is taken away', () => replica.values('telephonenumber').length === 0);
    await replace(ben(), 'manager');
    await until('the manager is taken away', () => replica.values('manager').length === 0);
    await samba.addUser(`carla${units}`, unit);
    await until('Carla is added', () => names().includes('carla'));
    await samba.session.delete(`CN=carla${units},${unit}`);
    await until('Carla is deleted', () => !names().includes('carla'));
    expect(replica.count('checkpoint')).toBeGreaterThanOrEqual(5);
  });

  test('the key is the objectGUID as Windows writes it', async () => {
    await people();
    follow();
    await inStep();
    const { entries } = await samba.session.search({
      base: ada(),
      scope: 'base',
      filter: '(objectClass=*)',
      attributes: ['objectGUID'],
      sizeLimit: 0,
    });
    const bytes = Buffer.from(entries[0]?.attributes.get('objectguid')?.[0] ?? new Uint8Array());
    const [key] = [...replica.entries].find(([, { dn }]) => dn === ada()) ?? [];
    const fields = [bytes.readUInt32LE(0), bytes.readUInt16LE(4), bytes.readUInt16LE(6)].map((field) =>
      field.toString(16),
    );
    expect(
      key
        ?.split('-')
        .slice(0, 3)
        .map((field) => field.replace(/^0+/, '')),
    ).toEqual(fields);
    expect(key?.replaceAll('-', '').slice(16)).toBe(bytes.toString('hex', 8));
  });

  test('who is renamed or moved is the same person; who leaves the base or the filter is gone', async () => {
    await people();
    const elsewhere = await samba.addUnit(`Elsewhere${units}`);
    follow({ base: unit, filter: '(&(objectCategory=person)(!(department=Secret)))' });
    await inStep();
    const [key] = [...replica.entries].find(([, { dn }]) => dn === ben()) ?? [];
    await samba.session.rename({ dn: ben(), newRdn: 'CN=benedict', deleteOldRdn: true });
    await until('Ben has another name', () => replica.entries.get(key ?? '')?.['dn'] === `CN=benedict,${unit}`);
    await samba.session.rename({
      dn: `CN=benedict,${unit}`,
      newRdn: 'CN=benedict',
      deleteOldRdn: true,
      newParent: elsewhere,
    });
    await until('Ben has left the base', () => !names().includes('ben'));
    await replace(ada(), 'department', 'Secret');
    await until('Ada has left the filter', () => !names().includes('ada'));
    await replace(ada(), 'department', 'Open');
    await until('Ada is back', () => names().includes('ada'));
  });

  test('a unit that is renamed takes its people with it, who get no change of their own', async () => {
    await people();
    follow();
    await inStep();
    const renamed = `OU=Renamed${units},${samba.root}`;
    await samba.session.rename({ dn: unit, newRdn: `OU=Renamed${units}`, deleteOldRdn: true });
    await until('Ben lies below the new name', () =>
      [...replica.entries.values()].some(({ dn }) => dn === `CN=ben${units},${renamed}`),
    );
    expect(replica.values('manager')).toEqual([`CN=ada${units},${renamed}`]);
  });

  test('a unit that is moved out of the base is gone, and brings its people when it is moved back', async () => {
    await people();
    const inner = await samba.addUnit('Inner', unit);
    await samba.addUser(`eve${units}`, inner);
    follow({ base: unit, filter: '(|(objectCategory=person)(objectClass=organizationalUnit))' });
    await inStep();
    const [key = ''] = [...replica.entries].find(([, { dn }]) => dn === inner) ?? [];
    const move = { newRdn: 'OU=Inner', deleteOldRdn: true };
    await samba.session.rename({ dn: inner, ...move, newParent: samba.root });
    await until('the unit is gone', () => !replica.entries.has(key));
    await samba.session.rename({ dn: `OU=Inner,${samba.root}`, ...move, newParent: unit });
    const before = replica.events.length;
    const isEve = ({ dn }: { readonly dn: string }): boolean => dn === `CN=eve${units},${inner}`;
    await until('Eve is named', () =>
      replica.events.slice(before).some((event) => event.kind === 'entry' && isEve(event)),
    );
  });

  test('disabled accounts are left out, and back once they are enabled, unless they are wanted', async () => {
    await people();
    await replace(ben(), 'userAccountControl', '514');
    follow();
    await inStep();
    expect(names()).toEqual(['ada']);
    await replace(ben(), 'userAccountControl', '512');
    await until('Ben is there', () => names().includes('ben'));
    await replace(ben(), 'userAccountControl', '514');
    await until('Ben is left out', () => !names().includes('ben'));
    await stopFollowing();
    follow({ leaveOut: [] });
    await until('Ben is wanted', () => names().includes('ben'));
  });

  test('a filter by membership of a group is followed as the group changes', async () => {
    await people();
    const group = `CN=staff${units},${unit}`;
    await samba.session.add(group, { objectClass: ['group'], sAMAccountName: [`staff${units}`], member: [ada()] });
    follow({ filter: `(&(objectCategory=person)(memberOf=${group}))` });
    await inStep();
    expect(names()).toEqual(['ada']);
    const members = (kind: 'add' | 'delete', dn: string): Promise<void> =>
      samba.session.modify(group, [{ kind, attribute: 'member', values: [dn] }]);
    await members('add', ben());
    await until('Ben came', () => names().includes('ben'));
    await members('delete', ada());
    await until('Ada went', () => !names().includes('ada'));
  });

  test('contacts are persons too', async () => {
    await people();
    await samba.session.add(`CN=Guest of ours,${unit}`, { objectClass: ['contact'], displayName: ['Guest of ours'] });
    follow({ base: unit });
    await inStep();
    expect(replica.values('displayname')).toEqual(['Guest of ours']);
  });

  test('a deleted person who is brought back has the same key', async () => {
    await people();
    follow();
    await inStep();
    const [key = ''] = [...replica.entries].find(([, { dn }]) => dn === ben()) ?? [];
    await samba.session.delete(ben());
    await until('Ben is gone', () => !names().includes('ben'));
    const deleted = `CN=ben${units}\\0ADEL:${key},CN=Deleted Objects,${samba.root}`;
    const back = `delete: isDeleted\n-\nreplace: distinguishedName\ndistinguishedName: ${ben()}\n`;
    await samba.changeDeleted(`dn: ${deleted}\nchangetype: modify\n${back}`);
    await until('Ben is back', () => replica.entries.get(key)?.['dn'] === ben());
  });

  test('with a cookie only what changed meanwhile is read, also after a restart of the server', async () => {
    await people();
    follow();
    await inStep();
    await stopFollowing();
    await replace(ada(), 'telephoneNumber', '8003');
    await samba.session.delete(ben());
    await samba.stop();
    await samba.start();
    const before = replica.events.length;
    follow();
    await inStep(2);
    expect(names()).toEqual(['ada']);
    expect(replica.values('telephonenumber')).toEqual(['8003']);
    const since = replica.events.slice(before);
    expect(since.filter(({ kind }) => kind === 'entry')).toHaveLength(1);
    expect(since).toContainEqual(expect.objectContaining({ kind: 'refreshed', sweep: false }));
  });

  test('an account that is not shown deleted objects finds them by comparing, at the start and then again and again', async () => {
    await people();
    const third = await samba.addUser(`carla${units}`, unit);
    follow({ ...samba.reader, compareKeysEvery: milliseconds(500) });
    await inStep();
    expect(manner()).toContain('by DirSync with the rights of the account alone');
    expect(manner()).toContain('deleted objects are not shown to the account');
    await samba.session.delete(third);
    await until('Carla is gone', () => !names().includes('carla'));
    await stopFollowing();
    await samba.session.delete(ben());
    follow({ ...samba.reader, compareKeysEvery: milliseconds(60_000_000) });
    await until('Ben is gone', () => !names().includes('ben'));
    expect(names()).toEqual(['ada']);
  });

  test('the right "Replicating Directory Changes" is used where there is one', async () => {
    await people();
    follow(samba.replicator);
    await inStep();
    expect(manner()).toMatch(/^by DirSync, at each change notification/);
    await replace(ada(), 'telephoneNumber', '8004');
    await until('the number is altered', () => replica.values('telephonenumber').includes('8004'));
  });

  test('a server that was put back to an earlier time is read anew', async () => {
    await people();
    await samba.stop();
    await samba.save();
    await samba.start();
    follow();
    await inStep();
    await replace(ada(), 'telephoneNumber', '8005');
    await until('the number is altered', () => replica.values('telephonenumber').includes('8005'));
    await stopFollowing();
    await samba.stop();
    await samba.restore();
    await samba.start();
    follow();
    await until('the number is as it was', () => replica.values('telephonenumber').includes('8001'));
  });

  test('a server that was restored from a backup has another invocationId, and is read anew', async () => {
    await people();
    follow();
    await inStep();
    await stopFollowing();
    await samba.stop();
    await samba.takeNewInvocation();
    await samba.start();
    const before = replica.events.length;
    follow();
    await inStep(2);
    expect(replica.events.slice(before)).toContainEqual(expect.objectContaining({ kind: 'refreshed', sweep: true }));
    expect(replica.events.slice(before).filter(({ kind }) => kind === 'entry')).toHaveLength(replica.entries.size);
    await replace(ada(), 'telephoneNumber', '8007');
    await until('the number is altered', () => replica.values('telephonenumber').includes('8007'));
  });

  test('a cookie that was damaged in the store is not used', async () => {
    await people();
    follow();
    await inStep();
    await stopFollowing();
    const { cookie = syncCookie('') } = replica;
    // Samba takes this one, and says that nothing has changed.
    replica.cookie = syncCookie(cookie.replace('MSDS', 'MSDT'));
    await replace(ada(), 'telephoneNumber', '8006');
    follow();
    await inStep(2);
    expect(replica.values('telephonenumber')).toEqual(['8006']);
    expect(replica.events.findLast((event) => event.kind === 'refreshed')).toMatchObject({ sweep: true });
  });

  test('more persons than one page holds come in pages', async () => {
    await people();
    const contact = (number: number): string =>
      `dn: CN=c${number},${unit}\nobjectClass: contact\ndisplayName: Contact ${number}\n`;
    await samba.stop();
    await samba.load(Array.from({ length: 1010 }, (_, number) => contact(number)).join('\n'));
    await samba.start();
    follow({ base: unit });
    await inStep();
    expect(replica.entries.size).toBe(1012);
  });
});
