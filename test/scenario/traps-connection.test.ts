// The traps of OpenLDAP that have to do with connections: idle ones, slow readers, replicas that lag, and ends that
// come in the middle.

import { afterEach, describe, expect, test } from 'vitest';
import { Replica, until as replicaHas } from '../ldap/replica.ts';
import { skipWithout } from '../peers/installed.ts';
import { openSession } from '../../src/node/ldap-session.ts';
import { slapdIsInstalled, startSlapd } from '../peers/slapd.ts';
import { dnOf, newTelephone, numbers, setTelephone, telephones } from './directory.ts';
import { Relay } from './relay.ts';
import { arrives, brake, people, readCookie, revision, TrapScene } from './trap-scene.ts';
import { until } from './waiting.ts';
import { expectInStep } from './watched.ts';
import { World } from './world.ts';

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('the traps of OpenLDAP: connections', () => {
  let scene = new TrapScene();
  afterEach(async () => {
    await scene[Symbol.asyncDispose]();
    scene = new TrapScene();
  });

  test('trap idletimeout: a server that closes idle connections leaves the one that is followed, and a log-in works after it', async () => {
    const slapd = scene.opened.use(await startSlapd({ people, globalLines: ['idletimeout 1'] }));
    const { world, watched } = await scene.follow(slapd);
    // slapd looks for idle connections four times in each idletimeout, but at least once a second.
    await new Promise((resolve) => setTimeout(resolve, 3500));
    await setTelephone(slapd, 1, '8001');
    await arrives(world, watched, [1, '8001']);
    const troubles = world.facts.all.filter(
      ({ kind, ...rest }) => kind === 'source' && 'event' in rest && rest.event.kind === 'lost',
    );
    expect(troubles).toEqual([]);
  });

  test('trap writetimeout: a reader that the store holds up is given up by the server; it notices, goes on from the cookie and misses nothing', async () => {
    const slapd = scene.opened.use(await startSlapd({ people, globalLines: ['writetimeout 1'] }));
    const replica = new Replica();
    await using following = replica.follow(slapd, { attributes: ['uid', 'description'] });
    await replicaHas('refreshed', () => replica.count('refreshed') === 1);
    const gate = Promise.withResolvers<void>();
    replica.gate = gate.promise;
    // More than the sockets' buffers hold: 48 MB on Linux.
    await using session = await openSession({ url: slapd.url });
    await session.bind(slapd.admin.dn, slapd.admin.password);
    const values = numbers(0, 800).map((number) => `${number} ${'x'.repeat(80_000)}`);
    for (const [at, value] of values.entries())
      await session.modify(dnOf(slapd, at % people), [{ kind: 'replace', attribute: 'description', values: [value] }]);
    await new Promise((resolve) => setTimeout(resolve, 3000)); // the server's patience, three times
    gate.resolve();
    await replicaHas('given up', () => replica.count('lost') > 0);
    following.retry();
    const last = values.slice(-people).toSorted();
    await replicaHas('caught up', () => JSON.stringify(replica.values('description')) === JSON.stringify(last));
    expect(replica.entries.size).toBe(people);
  });

  test('trap of the lagging replica: one that knows less than the cookie takes nothing back, and catches up', async () => {
    const [one, two] = await scene.twoSlapds();
    const { world, watched } = await scene.follow(one, { url: [one.url, two.url] });
    await two.stop();
    await setTelephone(one, 1, '8001');
    await arrives(world, watched, [1, '8001']);
    const cookie = readCookie(world);
    const before = await revision(world);
    const from = world.facts.all.length;
    await one.kill();
    await two.start();
    await world.facts.first(
      'the other server',
      ({ kind, ...rest }) => kind === 'stage' && 'fact' in rest && rest.fact.kind === 'refreshed',
      from,
    );
    await setTelephone(two, 2, '8002');
    await arrives(world, watched, [2, '8002']);
    expect((await world.find(1))?.fields.officeTelephone).toBe('8001');
    expect(await revision(world)).toBe(before + 1);
    expect(readCookie(world)).toContain(cookie.split(/csn=|;/)[1]);
    await one.start();
    await setTelephone(one, 3, '8003');
    await arrives(world, watched, [3, '8003']);
    expect(await revision(world)).toBe(before + 2);
    const all = await until(
      'the other has what it missed',
      () => telephones(two),
      (each) => [...each.values()].includes('8001'),
    );
    await expectInStep(watched, all);
  });

  test('fail-over: one of two is killed while changes pour in at both; what each took arrives, and nobody is told twice', async () => {
    const [one, two] = await scene.twoSlapds();
    const { world, watched } = await scene.follow(one, { url: [one.url, two.url] });
    const pour = async (): Promise<void> => {
      for (const number of numbers(10, 15)) await setTelephone(two, number, `81${number}`);
    };
    const poured = pour();
    for (const number of numbers(1, 3)) await setTelephone(one, number, `80${number}`);
    for (const number of numbers(1, 3)) await arrives(world, watched, [number, `80${number}`]);
    await one.kill();
    await poured;
    for (const number of numbers(10, 15))
      await until(
        `${number}`,
        () => world.find(number),
        (found) => found?.fields.officeTelephone === `81${number}`,
      );
    expect(await watched.terminal.prompts()).toHaveLength(3);
    // Each change was one change: nothing was taken back, nothing came again.
    expect(await revision(world)).toBe(people + 3 + 15);
    await one.start();
    await setTelephone(one, 20, '8220');
    await until(
      'by way of the other',
      () => world.find(20),
      (found) => found?.fields.officeTelephone === '8220',
    );
  });

  test('our own end: killed between two batches of a first load, the server begins it anew, and adds nobody twice', async () => {
    const many = 9000;
    const slapd = scene.opened.use(await startSlapd({ people: many }));
    const relay = scene.opened.use(await Relay.open(slapd.port, 4_300_000));
    const world = scene.opened.use(
      await World.openAnyhow({ slapd, ownProcess: true, source: { brake, url: relay.url } }),
    );
    await relay.held.first('the middle of the load', () => true);
    const { persons } = await until(
      'the first batch',
      () => world.source(),
      (source) => source.persons > 5000,
    );
    expect(persons).toBeLessThan(many);
    await slapd.change(newTelephone(slapd, 1, '8001'));
    await world.stop('kill');
    expect(readCookie(world)).toBe('null');
    await world.restart('kill', { url: slapd.url });
    await world.inStep(many);
    // Whoever was added before is known, and only what changed since is a change.
    expect(await revision(world)).toBe(many + 1);
    expect((await world.find(1))?.fields.officeTelephone).toBe('8001');
    expect(await world.holds()).toEqual([]);
  });
});
