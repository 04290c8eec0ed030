import { beforeEach, test } from 'vitest';
import * as fc from 'fast-check';
import { milliseconds } from '../../src/base/time.ts';
import { expectInStep, Kept, minute, smallDomain } from './ad-kept.ts';
import { PlayedAd } from './played-ad.ts';
import { searchDone } from './server-messages.ts';

let ad: PlayedAd;
let kept: Kept;
beforeEach(() => {
  ad = smallDomain();
  kept = new Kept(ad);
});

type Act = (number: number) => void;
const acts: readonly Act[] = [
  (number) => ad.objects.has(number) || ad.add(number, { telephonenumber: [String(number)] }),
  (number) => ad.objects.has(number) && ad.alter(number, { telephonenumber: [String(ad.usn)] }),
  (number) => ad.objects.has(number) && ad.alter(number, { telephonenumber: [] }),
  (number) => ad.objects.has(number) && ad.list(number, ad.usn % 2 === 0),
  (number) => ad.objects.get(number)?.deleted === false && ad.remove(number),
  (number) => ad.objects.get(number)?.deleted === true && ad.undelete(number),
  () => ad.renameUnit(1, `Staff${ad.usn}`),
  () => kept.lose(),
  () => {
    kept.stop();
    kept.start();
  },
  () => kept.hear(...ad.notice()),
  () => kept.pass(250),
  () => kept.pass(20_000),
  () => (ad.invocation += 1),
  () => (ad.server = ad.server.includes('DC1') ? ad.server.replace('DC1', 'DC2') : ad.server.replace('DC2', 'DC1')),
  () => (ad.refused = ad.usn % 3 === 0 ? { dirSync0: 50, dirSync1: 50 } : ad.usn % 3 === 1 ? { dirSync0: 50 } : {}),
  () => (ad.dirSyncAtOnce = 1 + (ad.usn % 3)),
  (number) => {
    let left = number;
    ad.instead = (asked) => {
      left -= 1;
      if (left > 0) return undefined;
      ad.instead = () => undefined;
      return asked.tag === 0x63 ? [searchDone(asked.id, 51)] : undefined;
    };
  },
];

test('whatever happens to the directory, the connection and the answers, all is right once everything was compared', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(acts.length - 1), fc.integer({ min: 2, max: 9 })), { maxLength: 60 }),
      fc.boolean(),
      (steps, showsDeleted) => {
        ad = new PlayedAd();
        ad.showsDeleted = showsDeleted;
        ad.add(1, {}, `OU=Staff,${ad.root}`);
        kept = new Kept(ad, { compareEvery: milliseconds(30 * minute) });
        kept.start();
        for (const [act, number] of steps) acts[act]?.(number);
        ad.instead = () => undefined;
        kept.pass(35 * minute);
        expectInStep(kept);
      },
    ),
    { numRuns: 200 },
  );
});
