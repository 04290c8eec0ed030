// A follower of Active Directory with a played one at the other end, and what a store would keep of its events.
// Time is a number here.

import assert from 'node:assert/strict';
import { textOf } from '../../src/base/bytes.ts';
import { instant, wallTime, type Instant } from '../../src/base/time.ts';
import { AdFollower, type AdFollowerOptions } from '../../src/ldap/ad-follower.ts';
import type { FollowerSaid } from '../../src/ldap/line.ts';
import { guidOf } from '../../src/ldap/object-guid.ts';
import type { DirectoryEvent } from '../../src/ldap/refresh.ts';
import type { SyncCookie } from '../../src/ldap/sync.ts';
import { readRequest } from './client-requests.ts';
import { guidBytes, PlayedAd } from './played-ad.ts';

export const minute = 60_000;
const midnight = 1_800_000_000_000;

export class Kept {
  readonly ad: PlayedAd;
  readonly events: DirectoryEvent[] = [];
  /** By key: the DN and the first telephone number. */
  readonly persons = new Map<string, { readonly dn: string; readonly telephone: string }>();
  cookie: SyncCookie | undefined;
  now: Instant = instant(0);
  readonly #follower: AdFollower;
  #named = new Set<string>();
  #connected = false;

  constructor(ad: PlayedAd, options: Partial<AdFollowerOptions> = {}) {
    this.ad = ad;
    this.#follower = new AdFollower({
      urls: ['ldap://dc1', 'ldap://dc2'],
      startTls: false,
      dn: 'reader@example.test',
      password: 'secret',
      base: ad.root,
      filter: '(&(objectCategory=person)(!(department=secret)))',
      attributes: ['telephoneNumber', 'member'],
      leaveOut: ['disabled', 'hidden'],
      random: () => 0,
      ...options,
    });
  }

  start(): void {
    this.#carryOut(this.#follower.handle({ kind: 'start' }, this.now));
  }

  stop(): void {
    this.#carryOut(this.#follower.handle({ kind: 'stop' }, this.now));
  }

  lose(): void {
    this.#carryOut(this.#follower.handle({ kind: 'closed', why: 'cut' }, this.now));
  }

  /** What the server says unasked. */
  hear(...messages: readonly Uint8Array[]): void {
    for (const bytes of messages) this.#carryOut(this.#follower.handle({ kind: 'received', bytes }, this.now));
  }

  get deadline(): Instant | undefined {
    return this.#follower.deadline();
  }

  handle(heard: Parameters<AdFollower['handle']>[0]): void {
    this.#carryOut(this.#follower.handle(heard, this.now));
  }

  /** Lets so many milliseconds pass. */
  pass(milliseconds: number): void {
    const end = instant(this.now + milliseconds);
    for (let due = this.deadline; due !== undefined && due <= end; due = this.deadline) {
      this.now = instant(Math.max(due, this.now));
      this.#carryOut(this.#follower.wake(this.now));
    }
    this.now = end;
  }

  kinds(from = 0): readonly string[] {
    return this.events.slice(from).map(({ kind }) => kind);
  }

  get manner(): string {
    return this.events.findLast((event) => event.kind === 'manner')?.words ?? '';
  }

  #carryOut(said: readonly FollowerSaid[]): void {
    const queue = [...said];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (next.kind === 'connect') {
        this.#connected = true;
        const heard = { kind: 'connected', cookie: this.cookie, at: wallTime(midnight + this.now) } as const;
        queue.push(...this.#follower.handle(heard, this.now));
      } else if (next.kind === 'hang-up') this.#connected = false;
      else if (next.kind === 'send') queue.push(...this.#answered(next.bytes));
      else if (next.kind !== 'secure') this.#apply(next);
    }
  }

  #answered(bytes: Uint8Array): readonly FollowerSaid[] {
    if (!this.#connected) return [];
    return this.ad
      .answer(readRequest(bytes))
      .flatMap((answer) => this.#follower.handle({ kind: 'received', bytes: answer }, this.now));
  }

  #apply(event: DirectoryEvent): void {
    this.events.push(event);
    switch (event.kind) {
      case 'began':
        this.#named = new Set();
        break;
      case 'entry': {
        const [telephone] = event.attributes.get('telephonenumber') ?? [];
        this.persons.set(event.key, { dn: event.dn, telephone: telephone === undefined ? '' : textOf(telephone) });
        this.#named.add(event.key);
        break;
      }
      case 'present':
        for (const key of event.keys) this.#named.add(key);
        break;
      case 'gone':
        for (const key of event.keys) this.persons.delete(key);
        break;
      case 'refreshed':
        if (event.sweep) for (const key of this.persons.keys()) if (!this.#named.has(key)) this.persons.delete(key);
        this.cookie = event.cookie;
        break;
      case 'checkpoint':
        this.cookie = event.cookie;
        break;
      case 'listed':
      case 'manner':
      case 'lost':
      case 'refused':
    }
  }
}

/** Two persons in a unit, and one who was deleted. */
export function smallDomain(): PlayedAd {
  const ad = new PlayedAd();
  ad.add(1, {}, `OU=Staff,${ad.root}`);
  ad.add(2, { telephonenumber: ['8001'] });
  ad.add(3, { telephonenumber: ['8002'] });
  ad.add(99);
  ad.remove(99);
  return ad;
}

export const keyText = (number: number): string => guidOf(guidBytes(number));

/** Everybody whom the directory shows is kept as they are, and nobody else. */
export function expectInStep({ ad, persons }: Kept): void {
  const wanted = [...ad.persons()].map(([number, person]) => [keyText(number), person] as const);
  assert.deepEqual(Object.fromEntries(persons), Object.fromEntries(wanted));
}
