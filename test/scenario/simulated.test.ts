// Each simulation is one seed: an enterprise, a server and two or three terminals over a network that exists in
// memory only, with the real machines and the real stores, hours in milliseconds (see `simulation/simulation`).

import { expect, test } from 'vitest';
import { Chance } from './simulation/chance.ts';
import { describe } from './simulation/outcome.ts';
import { minute, SimulatedWorld } from './simulation/simulated-world.ts';
import { simulate } from './simulation/simulation.ts';
import { troubles } from './simulation/troubles.ts';

/** 1,000 seeds in all. */
const seedsEach = 1000 / troubles.length;

test.each(troubles.map(({ claim }, at) => [claim, at] as const))(
  '%s, every personal address book is in step within the hour, own values and prompts exact, and no subscription is left without an entry',
  async (_claim, at) => {
    for (let round = 1; round <= seedsEach; round += 1) {
      const outcome = await simulate(round * troubles.length + at);
      expect(outcome.failure, outcome.failure === undefined ? '' : describe(outcome)).toBeUndefined();
    }
  },
);

test('the same seed is the same simulation, line by line; another seed is another', async () => {
  const digests = new Set<string>();
  for (let seed = 1; seed <= 2 * troubles.length; seed += 1) {
    const [one, again] = [await simulate(seed), await simulate(seed)];
    expect(again.lines).toEqual(one.lines);
    expect(again.digest).toBe(one.digest);
    digests.add(one.digest);
  }
  expect(digests.size).toBe(2 * troubles.length);
});

test.each([
  // STUN: at most 29 s until the next request, and 39.5 s in which it is not answered (RFC 5626 §4.4.2).
  ['udp', 69],
  // CRLF: at most 120 s, and 10 s (RFC 5626 §4.4.1); here nobody says that the connection is gone.
  ['tcp', 130],
] as const)(
  'over %s a terminal notices within %i s that the server is away, and is in step again when it is back',
  async (transport, within) => {
    await using world = new SimulatedWorld({
      seed: 1,
      chance: new Chance(1),
      troubles: troubles[0],
      terminals: () => [{ delivery: 'broadcast', acquire: 'list', transport }],
      persons: () => 5,
      listens: false,
    });
    const [place] = world.places;
    if (place === undefined) throw new Error('there is one terminal');
    await world.begin();
    place.employee.keep();
    await world.timeline.pass(5 * minute);
    expect(place.terminal.state.kind).toBe('live');
    place.road.cut = true;
    world.server.kill();
    await world.timeline.pass((within + 1) * 1000);
    expect(place.terminal.state.kind).not.toBe('live');
    place.road.cut = false;
    world.server.start();
    for (const { key } of world.enterprise.persons()) world.enterprise.alterTelephone(key, '8999');
    await world.timeline.pass(3 * minute);
    await world.judge({ marked: true });
  },
);
