// Who logs in by the company's identity provider. The provider vouches for the value of one claim, such as a mail
// address; here it is looked up who bears it: exactly one living person, or nobody.
//
// The bearers are in memory, and only where such log-ins are configured: some 120 octets a person. What the memory says
// is a hint that the log confirms, so who left, or bears another value now, need not be taken out of it.

import type { ChangeList } from '../book/change-list.ts';
import type { FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import type { OidcLogIn, OidcOffer } from '../wire/oidc.ts';
import type { ChangeLog } from './change-log.ts';
import type { Found, WhoLogsIn } from './sessions.ts';

/** What the provider said of a code. */
export type Identified =
  /** The value of the claim that names the person. */
  | { readonly kind: 'identified'; readonly value: string }
  /** The provider refuses the code, or what it gave for it is not to be believed; the host has told the administrator. */
  | { readonly kind: 'wrong' }
  /** It says itself that the mail address is not known to be this person's. */
  | { readonly kind: 'unverified' }
  | { readonly kind: 'unavailable' };

export type OwnOffer = Omit<OidcOffer, 'returnAddresses'>;

export interface OidcProvider {
  /** The field that has the value of the claim. */
  readonly field: FieldName;
  /** Those of the settings; undefined where they name none. */
  readonly returnAddresses?: readonly string[] | undefined;
  /** Undefined while the provider does not answer. */
  offer(): Promise<OwnOffer | undefined>;
  identify(logIn: OidcLogIn): Promise<Identified>;
}

export interface OidcLogInsOptions {
  readonly provider: OidcProvider;
  readonly changeLog: Pick<ChangeLog, 'book' | 'persons'>;
  readonly publicUrl: () => string;
}

export class OidcLogIns {
  readonly #provider: OidcProvider;
  readonly #changeLog: Pick<ChangeLog, 'persons'>;
  readonly #publicUrl: () => string;
  readonly #bearers = new Map<string, PersonId | Set<PersonId>>();

  private constructor({ provider, changeLog, publicUrl }: OidcLogInsOptions) {
    this.#provider = provider;
    this.#changeLog = changeLog;
    this.#publicUrl = publicUrl;
  }

  /** Reads in everyone: a second or so for each 500,000. @throws HostFault when the log cannot be read */
  static async load(options: OidcLogInsOptions): Promise<OidcLogIns> {
    const logIns = new OidcLogIns(options);
    const { pages } = await options.changeLog.book();
    for await (const page of pages) for (const { id, fields } of page) logIns.#put(id, fields);
    return logIns;
  }

  /** To be called with each list that was appended to the log. */
  take({ changes }: ChangeList): void {
    for (const change of changes)
      if (change.kind === 'added') this.#put(change.person, change.fields);
      else if (change.kind === 'altered') this.#put(change.person, change.to);
  }

  async offer(): Promise<OidcOffer | undefined> {
    const offer = await this.#provider.offer();
    return offer && { ...offer, returnAddresses: this.#returnAddresses() };
  }

  /**
   * Whether a browser may have come back there: to a program of its own machine (RFC 8252 §7.3), or to a page of ours. Many
   * providers take any address, or any below one; a page of a stranger's would be given a code, and a session for it.
   */
  mayReturnTo(redirectUri: string): boolean {
    return (
      /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?::\d{1,5})?\//.test(redirectUri) ||
      this.#returnAddresses().includes(redirectUri)
    );
  }

  /** @throws HostFault when the log cannot be read */
  async find(logIn: OidcLogIn): Promise<WhoLogsIn> {
    const identified = await this.#provider.identify(logIn);
    if (identified.kind !== 'identified') return { user: 'oidc', found: identified };
    const key = keyOf(identified.value);
    // No local account or log-in name of a directory is meant, whatever the provider calls somebody.
    const user = `oidc:${key}`;
    return { user, found: await this.#bearing(key, user) };
  }

  async #bearing(key: string, user: string): Promise<Found> {
    const bearers = this.#bearers.get(key);
    const ids = bearers === undefined ? [] : bearers instanceof Set ? [...bearers] : [bearers];
    const { persons } = await this.#changeLog.persons(ids);
    const [one, second] = persons.filter(({ fields }) => this.#keyOf(fields) === key);
    if (one === undefined) return { kind: 'not-in-book' };
    return second === undefined ? { kind: 'found', user, person: one.id } : { kind: 'ambiguous' };
  }

  #returnAddresses(): readonly string[] {
    return this.#provider.returnAddresses ?? [`${this.#publicUrl().replace(/\/$/, '')}/`];
  }

  #put(person: PersonId, fields: Fields): void {
    const key = this.#keyOf(fields);
    if (key === undefined) return;
    const there = this.#bearers.get(key);
    if (there instanceof Set) there.add(person);
    else this.#bearers.set(key, there === undefined || there === person ? person : new Set([there, person]));
  }

  #keyOf(fields: Fields): string | undefined {
    const value = fields[this.#provider.field];
    return value === undefined ? undefined : keyOf(value);
  }
}

/** Of no letters but A to Z the case is passed over: a Kelvin sign is no k in anybody's mail address. */
const keyOf = (value: string): string => value.trim().replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
