// The method, step by step and claim by claim, as it passes between a real directory, the server and
// terminals over real sockets: the scenarios in `method/`, with all deliveries and acquisitions that they apply to.
// See docs/protocol.md for the steps' names.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { acquisitions } from '../../src/terminal/acquisition.ts';
import { deliveries } from '../../src/wire/interest.ts';
import { skipWithout } from '../peers/installed.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';
import { setTelephone } from './directory.ts';
import { personsOfOne, RealStage } from './method/real-stage.ts';
import { choices, type Scenario } from './method/scenario.ts';
import { scenarios } from './method/scenarios.ts';
import type { Choice } from './method/stage.ts';
import { enter } from './watched.ts';
import { World } from './world.ts';

/** With one delivery the acquisition seldom matters: each comes with one, where the scenario applies to that; the simulated network has all. */
const withEach = (scenario: Scenario): readonly Choice[] => {
  const applicable = choices.filter((choice) => scenario.applies(choice));
  const usual = applicable.filter(
    ({ delivery, acquire }) => deliveries.indexOf(delivery) === acquisitions.indexOf(acquire),
  );
  return usual.length > 1 ? usual : applicable;
};

const played = scenarios
  .flatMap((scenario) => withEach(scenario).map((choice) => ({ scenario, choice })))
  .map(({ scenario, choice }, at) => ({
    scenario,
    choice,
    tag: scenario.tag,
    sentence: scenario.sentence,
    how: `${choice.delivery}, ${choice.acquire}, ${at % 2 === 0 ? 'udp' : 'tcp'}`,
    transport: at % 2 === 0 ? ('udp' as const) : ('tcp' as const),
    first: at * personsOfOne,
  }));
const people = played.length * personsOfOne + 2;

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

  test.each(played)('$tag: $sentence ($how)', async ({ scenario, choice, transport, first }) => {
    await using stage = await RealStage.open({ slapd, world, choice, transport, first });
    await scenario.play(stage);
  });

  test('S301 to S309: over WebSocket the steps pass in the same order, and the employee is prompted', async () => {
    await using watched = await enter(world, { employee: people - 1, transport: 'websocket' });
    await watched.hold(await world.person(people - 2));
    const from = watched.told.all.length;
    await setTelephone(slapd, people - 2, '8021');
    await watched.prompted(from);
    const steps = watched.told.all.flatMap((event) => (event.kind === 'step' ? [event.step] : []));
    expect(steps.slice(0, 5)).toEqual(['S301', 'S302', 'S301', 'S302', 'S304']); // the first S302 is the challenge
    expect(steps.slice(-6)).toEqual(['S304', 'S305', 'S306', 'S307', 'S308', 'S309']);
  });
});
