// Notifications of the system: only where the employee asked for them, only while nobody looks at any window of the page,
// and one for all of what came meanwhile, which the next one takes the place of.
//
//   each window that is looked at holds the lock `looked-at`, shared with the others
//   a window that hears of something new, once it has become quiet, takes the lock `telling`; who has it first tells, and
//   writes up to which prompt was told, so that no other window tells it again

import { useEffect } from 'react';
import { promptsOf, type Telling } from '../../../browser/browser.ts';
import { choices } from '../engine/choices.ts';
import { sentenceOf, type Speaker } from './sentence.ts';

const locks = { lookedAt: 'rollcall.looked-at', telling: 'rollcall.telling' };
const tag = 'rollcall.told';
/** A change of many people comes in several steps, one right after the other. */
const quietAfterMilliseconds = 1500;

export type Outside = 'impossible' | 'off' | 'on' | 'refused';

export function outsideNow(): Outside {
  // Only a page that came safely has them, and only with a worker of its own is there one way on every system.
  if (!('Notification' in globalThis) || navigator.serviceWorker === undefined) return 'impossible';
  if (Notification.permission === 'denied') return 'refused';
  return Notification.permission === 'granted' && choices.read('outside') === 'yes' ? 'on' : 'off';
}

/** For a click of the employee's: a browser asks at no other time. */
export async function turnOutside(on: boolean): Promise<void> {
  if (on) await Notification.requestPermission();
  choices.write('outside', on ? 'yes' : 'no');
}

/** `fresh`: what came while the page was open and nobody has seen, newest first. */
export function useOutside(fresh: readonly Telling[], speaker: Speaker): void {
  useEffect(followLooks, []);
  useEffect(() => {
    if (fresh.length === 0 || document.visibilityState === 'visible' || outsideNow() !== 'on') return undefined;
    const timer = setTimeout(() => void tell(fresh, speaker), quietAfterMilliseconds);
    return () => clearTimeout(timer);
    // What is told is told in the language of then.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [fresh]);
}

/** Holds `looked-at` while this window is, and takes away what was told: it is in the page. */
function followLooks(): () => void {
  let held = new AbortController();
  const look = (): void => {
    held.abort();
    if (document.visibilityState !== 'visible') return;
    held = new AbortController();
    void hold(held.signal);
    void takeAway();
  };
  look();
  document.addEventListener('visibilitychange', look);
  return () => {
    document.removeEventListener('visibilitychange', look);
    held.abort();
  };
}

async function hold(signal: AbortSignal): Promise<void> {
  const over = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await navigator.locks?.request(locks.lookedAt, { mode: 'shared' }, () => over);
}

async function takeAway(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  for (const told of (await registration?.getNotifications({ tag })) ?? []) told.close();
}

async function tell(fresh: readonly Telling[], speaker: Speaker): Promise<void> {
  await navigator.locks.request(locks.telling, async () => {
    const { held = [] } = await navigator.locks.query();
    if (held.some(({ name }) => name === locks.lookedAt)) return;
    const newest = Math.max(...fresh.flatMap(promptsOf));
    if (Number(choices.read('told-outside') ?? 0) >= newest) return;
    const registration = await navigator.serviceWorker.getRegistration();
    if (registration === undefined) return;
    choices.write('told-outside', String(newest));
    const { notices } = speaker.texts;
    await registration.showNotification(notices.changes(fresh.length), {
      tag,
      body: fresh
        .slice(0, 3)
        .map((telling) => sentenceOf(telling, speaker))
        .join('\n'),
      icon: '/icon-192.png',
      badge: '/icon-192.png',
    });
  });
}
