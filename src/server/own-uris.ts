// Which Request-URIs are ours (RFC 3261 §8.2.2.1): the address book of the domain, by any name of this server, and what
// the configuration adds, such as the public service identity that a core knows it by.

import { parseUri, userOf } from '../sip/uri.ts';

export interface OwnUrisOptions {
  readonly domain: string;
  /** The user part by which the address book is asked for. */
  readonly users: readonly string[];
  /** Further ones: of one URI with a user, and of one without it the whole host. */
  readonly others: readonly string[];
  /** Whether the host, lower-case, is another name or address of this server. */
  readonly isOurHost: (host: string) => boolean;
}

export class OwnUris {
  readonly #users: ReadonlySet<string>;
  readonly #hosts = new Set<string>();
  readonly #addresses = new Set<string>();
  readonly #isOurHost: (host: string) => boolean;

  constructor({ domain, users, others, isOurHost }: OwnUrisOptions) {
    this.#users = new Set(users);
    this.#isOurHost = isOurHost;
    for (const text of [`sip:${domain}`, ...others]) {
      const uri = parseUri(text);
      if (uri === undefined) continue;
      if (uri.user === '') this.#hosts.add(uri.host);
      else this.#addresses.add(`${userOf(uri)}@${uri.host}`);
    }
  }

  /** `here`: the address that the request came to. The port says nothing: a request that names another has come all the same. */
  has(requestUri: string, here: string): boolean {
    const uri = parseUri(requestUri);
    if (uri === undefined) return false;
    const { host } = uri;
    const user = userOf(uri);
    if (this.#addresses.has(`${user}@${host}`)) return true;
    return (user === '' || this.#users.has(user)) && (this.#hosts.has(host) || host === here || this.#isOurHost(host));
  }
}
