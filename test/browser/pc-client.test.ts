// All of the PC client in real Chromium, over one browser: each part has a whole server of its own that serves the page as
// it is built.

import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe } from 'vitest';
import { skipWithout } from '../peers/installed.ts';
import { chromiumPath, openProfile, type Profile } from './chromium.ts';
import { inAndOut } from './pc-client-exchange.ts';
import { firstMinute } from './pc-client-first-minute.ts';
import { noticesOfChanges } from './pc-client-notices.ts';
import { reachingPeople } from './pc-client-reach.ts';
import { settingsAndBadDays } from './pc-client-settings.ts';
import { buildPage } from './pc-client.ts';

describe.skipIf(skipWithout('Chromium', () => existsSync(chromiumPath)))('the PC client', () => {
  let profile: Profile;
  const browser = (): Profile => profile;

  beforeAll(async () => {
    buildPage();
    profile = await openProfile();
  });
  afterAll(() => profile[Symbol.asyncDispose]());

  describe('in the first minute', () => firstMinute(browser));
  describe('with its notices', () => noticesOfChanges(browser));
  describe('in and out', () => inAndOut(browser));
  describe('with its settings, and on bad days', () => settingsAndBadDays(browser));
  describe('to reach people', () => reachingPeople(browser));
});
