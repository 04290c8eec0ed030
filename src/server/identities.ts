// Whose an identity is that a peer of the trust domain asserts: by the SIP address and the telephone numbers of
// the persons of the book. In memory, and only where such peers are configured: some 500 octets a person.
//
// Identities are compared exactly, once what makes no difference is gone: a wrong guess here would be another
// person's subscription. What two persons have is nobody's.

import type { Change } from '../book/change.ts';
import { altered, type Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import { Groups } from '../sip/groups.ts';
import { addressOfRecord, parseUri, schemeOf } from '../sip/uri.ts';
import { sipUri } from './sip-address.ts';

/** Home telephones are nobody's business (see `audience`), and a list of others is often shared. */
const identifying = ['sipAddress', 'officeTelephone', 'mobileTelephone'] as const;

interface Holder {
  readonly person: PersonId;
  /** Of `identifying` only. */
  readonly fields: Fields;
}

/** Who subscribes by the word of such a peer. No session has such a name. */
export const personUser = (person: PersonId): string => `person:${person}`;

/** Undefined for a user of any other kind. */
export const personOfUser = (user: string): PersonId | undefined =>
  user.startsWith('person:') ? (user.slice('person:'.length) as PersonId) : undefined;

export class Identities {
  readonly #domain: string;
  readonly #byKey = new Groups<string, Holder>();
  readonly #byPerson = new Map<PersonId, Holder>();

  /** `domain`: whose the addresses and numbers are that name none. */
  constructor(domain: string) {
    this.#domain = domain.toLowerCase();
  }

  /** Whether a subscription of this user may go on. */
  has(user: string): boolean {
    const person = personOfUser(user);
    return person !== undefined && this.#byPerson.has(person);
  }

  /** The one person whom all of the identities that are known are of. */
  personOf(identities: readonly string[]): PersonId | undefined {
    const found = new Set<PersonId>();
    for (const identity of identities)
      for (const key of keysOf(identity, this.#domain)) for (const { person } of this.#byKey.of(key)) found.add(person);
    const [person] = found;
    return found.size === 1 ? person : undefined;
  }

  /** Gives what is not true any more of the person: `gone`, or known by other identities. */
  take(change: Change): 'gone' | 'changed' | undefined {
    const { person } = change;
    const before = this.#byPerson.get(person);
    if (change.kind === 'removed') {
      if (before !== undefined) this.#drop(before);
      return 'gone';
    }
    if (change.kind === 'altered' && !identifying.some((name) => name in change.from || name in change.to))
      return undefined;
    this.put(person, change.kind === 'added' ? change.fields : altered(before?.fields ?? {}, change));
    return before === undefined ? undefined : 'changed';
  }

  put(person: PersonId, all: Fields): void {
    const before = this.#byPerson.get(person);
    if (before !== undefined) this.#drop(before);
    const entries = identifying.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]] as const]));
    const holder: Holder = { person, fields: Object.fromEntries(entries) };
    this.#byPerson.set(person, holder);
    for (const key of this.#keysOf(holder)) this.#byKey.add(key, holder);
  }

  #drop(holder: Holder): void {
    this.#byPerson.delete(holder.person);
    for (const key of this.#keysOf(holder)) this.#byKey.delete(key, holder);
  }

  #keysOf({ fields }: Holder): ReadonlySet<string> {
    const { sipAddress, officeTelephone, mobileTelephone } = fields;
    const sip = sipAddress === undefined ? [] : keysOf(sipUri(sipAddress, this.#domain), this.#domain);
    const numbers = [officeTelephone, mobileTelephone].flatMap((value) => numberKey(value ?? '', this.#domain) ?? []);
    return new Set([...sip, ...numbers]);
  }
}

/** What a URI is found by: none where it is of no kind that identifies anybody. */
function keysOf(uri: string, domain: string): readonly string[] {
  if (schemeOf(uri) === 'tel') return telKey(uri, domain);
  const address = addressOfRecord(uri);
  if (address === undefined) return [];
  const sip = parseUri(uri);
  const [user = ''] = address.split('@', 1);
  // RFC 3261 §19.1.6: a telephone number in a SIP URI says so; so does a plus before nothing but digits.
  const isNumber = sip?.parameters.get('user')?.toLowerCase() === 'phone' || /^\+\d+$/.test(user);
  const context = sip?.host ?? domain;
  return [`sip:${address}`, ...(isNumber ? (numberKey(user.split(';', 1)[0] ?? '', context) ?? []) : [])];
}

/** RFC 3966 §5: global, or local with the context that makes it one. An extension is another telephone. */
function telKey(uri: string, domain: string): readonly string[] {
  const [number = '', ...parameters] = uri.slice('tel:'.length).split(';');
  const lower = parameters.map((parameter) => parameter.toLowerCase());
  if (lower.some((parameter) => parameter.startsWith('ext='))) return [];
  if (number.startsWith('+')) return numberKey(number, domain) ?? [];
  const context = lower.find((parameter) => parameter.startsWith('phone-context='))?.slice('phone-context='.length);
  if (context === undefined) return [];
  return (context.startsWith('+') ? numberKey(context + number, domain) : numberKey(number, context)) ?? [];
}

/** RFC 3966 §3: visual separators make no difference. Undefined for what is more than a number. */
function numberKey(text: string, context: string): readonly [string] | undefined {
  const digits = text.replaceAll(/[\s().\-/]/g, '');
  if (!/^\+?\d{2,}$/.test(digits)) return undefined;
  return [digits.startsWith('+') ? `tel:${digits}` : `tel:${digits}@${context}`];
}
