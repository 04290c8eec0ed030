// All that runs in real Chromium, over one server and one browser.

import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe } from 'vitest';
import { skipWithout } from '../peers/installed.ts';
import { chromiumPath } from './chromium.ts';
import { badDays } from './bad-days.ts';
import { storeInChromium } from './store.ts';
import { logInByProvider } from './log-in.ts';
import { tabsShareOneEngine } from './tabs.ts';
import { terminalInPage } from './terminal.ts';
import { openWorld, type World } from './world.ts';

describe.skipIf(skipWithout('Chromium', () => existsSync(chromiumPath)))('in Chromium', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  terminalInPage(() => world);
  logInByProvider(() => world);
  storeInChromium(() => world);
  badDays(() => world);
  tabsShareOneEngine(() => world);
});
