// npm run fuzz -- --minutes N [--seed S] [--only NAME]: the properties of hostile input, one batch of each in turn,
// for as long as told. The tests run the same properties for a moment. A failure is printed as small as it
// can be made, with the command that shows it again.

import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { anyHarmedAnswers } from '../ldap/ad-hostile.ts';
import * as ldap from '../ldap/hostile.ts';
import { anyTextImports } from '../server/hostile-import.ts';
import * as scim from '../scim/hostile.ts';
import * as sip from '../sip/hostile.ts';
import { anyWordOfTheCore } from '../sip/hostile-core.ts';
import * as wire from '../wire/hostile.ts';
import * as ownCard from '../wire/hostile-own-card.ts';
import * as vcard from '../wire/hostile-vcard.ts';
import type { FuzzProperty } from './property.ts';

const all: readonly FuzzProperty[] = [
  sip.anyOctetsParse,
  sip.anyCutFrames,
  sip.anyArrivals,
  anyWordOfTheCore,
  ldap.anyOctetsParse,
  ldap.anyHarmFollows,
  ldap.anyCutFollows,
  ldap.anyFilterPrints,
  anyHarmedAnswers,
  scim.anyTextReads,
  scim.anyPatchKeepsItsShape,
  wire.anyTextParses,
  wire.anyListIsRead,
  vcard.anyCardIsRead,
  vcard.anyTextOfCards,
  ownCard.anyOwnCardIsRead,
  ownCard.anyTextOfContacts,
  anyTextImports,
];

const usage = `npm run fuzz -- [--minutes N] [--seed S] [--only ${all.map(({ name }) => name).join('|')}]`;

/** How many runs a batch has: enough that progress is seen each few seconds. */
const batch = 500;

function readOptions(): { readonly minutes: number; readonly seed: number; readonly chosen: readonly FuzzProperty[] } {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '1' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
        only: { type: 'string' },
      },
    });
    const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
    const chosen = values.only === undefined ? all : all.filter(({ name }) => name === values.only);
    if (!(minutes > 0) || !Number.isInteger(seed) || chosen.length === 0) throw new Error('that cannot be run');
    return { minutes, seed, chosen };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exit(2);
  }
}

const { minutes, seed, chosen } = readOptions();
const end = performance.now() + minutes * 60_000;
const runs = new Map<string, number>();

function tell(): void {
  const left = Math.max(0, Math.round((end - performance.now()) / 1000));
  const counts = [...runs].map(([name, count]) => `${name} ${count}`).join('  ');
  console.log(`${left} s left  ${counts}`);
}

console.log(`seed ${seed}`);
let told = performance.now();
for (let round = seed; performance.now() < end; round += 1)
  for (const { name, property } of chosen) {
    if (performance.now() >= end) break;
    const details = await fc.check(property, { seed: round, numRuns: batch });
    runs.set(name, (runs.get(name) ?? 0) + details.numRuns);
    if (details.failed) {
      console.error(`${name}: ${fc.defaultReportMessage(details) ?? ''}`);
      console.error(`To see it again: npm run fuzz -- --only ${name} --seed ${round} --minutes 1`);
      process.exit(1);
    }
    if (performance.now() - told > 5000) {
      tell();
      told = performance.now();
    }
  }
tell();
console.log('nothing was found');
