// What a domain controller whose answers are harmed on the way may do to who follows it: nothing.

import fc from 'fast-check';
import type { FuzzProperty } from '../fuzz/property.ts';
import { Kept, minute, smallDomain } from './ad-kept.ts';

/** Any octets of the answers to any question are others; it is followed, or the connection is given up and all is right after. */
export const anyHarmedAnswers: FuzzProperty = {
  name: 'ad-follower',
  property: fc.property(
    fc.integer({ min: 1, max: 14 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
    fc.boolean(),
    (which, changes, showsDeleted) => {
      const ad = smallDomain();
      ad.showsDeleted = showsDeleted;
      const kept = new Kept(ad);
      let left = which;
      ad.instead = (asked) => {
        left -= 1;
        if (left !== 0) return undefined;
        ad.instead = () => undefined;
        return ad.answer(asked).map((message) => {
          const harmed = message.slice();
          for (const [at, octet] of changes) harmed[at % harmed.length] = octet;
          return harmed;
        });
      };
      kept.start();
      ad.alter(2, { telephonenumber: ['8009'] });
      kept.hear(...ad.notice());
      kept.pass(10 * minute);
    },
  ),
};
