// How many subscriptions come by each address, so that one of them leaves room for all others.

import type { FlowPath } from '../sip/transaction-user.ts';
import { siteOf } from '../sip/site.ts';
import type { Slot } from './held-index.ts';

export interface ByAddressOptions {
  /** Of one IPv4 address, or of one IPv6 network of 64 bits. */
  readonly most: number;
  /** Whether many come by this path, as through a proxy: then there is no limit. */
  readonly isMany: (path: FlowPath) => boolean;
}

interface Site {
  readonly name: string;
  count: number;
}

export class ByAddress {
  readonly #options: ByAddressOptions;
  readonly #sites = new Map<string, Site>();
  /** Of each subscription, by its slot. */
  readonly #siteOf: (Site | undefined)[] = [];

  constructor(options: ByAddressOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#sites.size;
  }

  /** Whether a further one is too many. */
  isFull(path: FlowPath): boolean {
    const { most, isMany } = this.#options;
    return (this.#sites.get(siteOf(path.remote.host))?.count ?? 0) >= most && !isMany(path);
  }

  /** The subscription comes by this address from now on. */
  stand(slot: Slot, { remote }: Pick<FlowPath, 'remote'>): void {
    const name = siteOf(remote.host);
    if (this.#siteOf[slot]?.name === name) return;
    this.leave(slot);
    const site = this.#sites.get(name) ?? { name, count: 0 };
    site.count += 1;
    this.#sites.set(name, site);
    this.#siteOf[slot] = site;
  }

  leave(slot: Slot): void {
    const site = this.#siteOf[slot];
    if (site === undefined) return;
    this.#siteOf[slot] = undefined;
    site.count -= 1;
    if (site.count === 0) this.#sites.delete(site.name);
  }
}
