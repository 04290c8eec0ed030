// Keeps a directory's content by a follower's events, as a store would: a refresh is staged and
// committed as a whole, with its cookie.

import { setTimeout as sleep } from 'node:timers/promises';
import { textOf } from '../../src/base/bytes.ts';
import type { DirectoryEvent } from '../../src/ldap/refresh.ts';
import type { SyncCookie } from '../../src/ldap/sync.ts';
import { follow, type FollowOptions, type Following } from '../../src/node/ldap-socket.ts';
import type { Slapd } from '../peers/slapd.ts';

type Kept = Readonly<Record<string, string>>;

export class Replica {
  /** By entry key: `dn` and the first value of each attribute. */
  readonly entries = new Map<string, Kept>();
  readonly events: DirectoryEvent[] = [];
  cookie: SyncCookie | undefined;
  /** While set, it is awaited within `take`, as a slow store would. */
  gate: Promise<void> | undefined;
  /** While true, the store fails. */
  broken = false;
  #stage: Map<string, Kept> | undefined;
  #named = new Set<string>();

  readonly take = async (events: readonly DirectoryEvent[]): Promise<void> => {
    await this.gate;
    if (this.broken) throw new Error('the disk is full');
    for (const event of events) {
      this.events.push(event);
      this.#apply(event);
    }
  };

  #apply(event: DirectoryEvent): void {
    const target = this.#stage ?? this.entries;
    switch (event.kind) {
      case 'began':
        this.#stage = new Map(this.entries);
        this.#named = new Set();
        break;
      case 'entry': {
        const attributes = [...event.attributes].map(([name, values]) => [name, textOf(values[0] ?? new Uint8Array())]);
        target.set(event.key, { dn: event.dn, ...(Object.fromEntries(attributes) as Kept) });
        this.#named.add(event.key);
        break;
      }
      case 'present':
        for (const key of event.keys) this.#named.add(key);
        break;
      case 'gone':
        for (const key of event.keys) target.delete(key);
        break;
      case 'refreshed':
        this.#commit(event.sweep);
        this.cookie = event.cookie;
        break;
      case 'checkpoint':
        this.cookie = event.cookie;
        break;
      case 'listed': // only of who compares
      case 'manner':
        break;
      case 'lost':
      case 'refused':
        this.#stage = undefined;
    }
  }

  #commit(sweep: boolean): void {
    this.entries.clear();
    for (const [key, kept] of this.#stage ?? []) if (!sweep || this.#named.has(key)) this.entries.set(key, kept);
    this.#stage = undefined;
  }

  count(kind: DirectoryEvent['kind']): number {
    return this.events.filter((event) => event.kind === kind).length;
  }

  /** The first values of `attribute`, sorted. */
  values(attribute: string): readonly string[] {
    return [...this.entries.values()].flatMap((kept) => kept[attribute] ?? []).sort();
  }

  follow(slapd: Pick<Slapd, 'url' | 'sync' | 'people'>, options: Partial<FollowOptions> = {}): Following {
    return follow({
      urls: [slapd.url],
      ...slapd.sync,
      base: slapd.people,
      filter: '(objectClass=inetOrgPerson)',
      attributes: ['uid', 'cn', 'telephoneNumber'],
      cookie: async () => this.cookie,
      take: this.take,
      ...options,
    });
  }
}

/** Waits until `holds`; after 30 s it fails with `what`. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 3000; tries += 1) {
    if (holds()) return;
    await sleep(10);
  }
  throw new Error(`after 30 s: ${what}`);
}
