// What a REGISTER asks for (RFC 3261 §10.3, RFC 5626 §6, RFC 3327 §5.3), read without knowing who sent it or
// what is registered; and what the answer says.

import { kept } from '../base/bytes.ts';
import type { Instant } from '../base/time.ts';
import { isReply } from './inspection.ts';
import { listField } from './answers.ts';
import type { Reply } from './answers.ts';
import type { Binding, Outbound } from './bindings.ts';
import { parseSeconds, printParameters, unquote } from './grammar.ts';
import { parseNameAddress } from './headers.ts';
import type { HeaderField, NameAddress } from './headers.ts';
import type { IncomingRequest } from './message.ts';
import { addressOfRecord, parseUri } from './uri.ts';
import type { SipUri } from './uri.ts';

/** One value of Contact; an expiry of 0 takes the binding away. */
export interface Wish {
  readonly uri: SipUri;
  readonly contact: string;
  readonly parameters: Binding['parameters'];
  readonly expiresInSeconds: number;
  /** Undefined where it is registered as RFC 3261 has it. */
  readonly outbound: Outbound | undefined;
}

export interface Registration {
  readonly addressOfRecord: string;
  /** Those that are named; or all there are, which are taken away. Nothing named: only asked for. */
  readonly wishes: readonly Wish[] | 'remove-all';
  readonly callId: string;
  readonly cseq: number;
  readonly path: readonly string[];
}

export interface Interval {
  readonly minExpiresInSeconds: number;
  readonly maxExpiresInSeconds: number;
  readonly defaultExpiresInSeconds: number;
}

/** Of one Contact, and of all values of Path together: what is kept in memory for each binding. */
const mostOctets = 1024;

/** In one REGISTER: each is compared with each, and with those that are there. */
const mostContacts = 50;

export function readRegistration(request: IncomingRequest, interval: Interval): Registration | Reply {
  const named = addressOfRecord(request.to.uri);
  // §10.3 step 5: the Request-URI is the domain, and the address is one of it.
  if (named === undefined || parseUri(request.uri)?.host !== parseUri(request.to.uri)?.host) return { status: 404 };
  const path = request.headers.list('path').map(kept);
  const stray = path.find((each) => parseUri(parseNameAddress(each)?.uri ?? '') === undefined);
  if (stray !== undefined || path.join('').length > mostOctets) return { status: 400, reason: 'Bad Path' };
  const wishes = readWishes(request, interval, path);
  if (wishes !== 'remove-all' && isReply(wishes)) return wishes;
  return { addressOfRecord: named, wishes, callId: kept(request.callId), cseq: request.cseq.number, path };
}

function readWishes(
  request: IncomingRequest,
  interval: Interval,
  path: readonly string[],
): Registration['wishes'] | Reply {
  const contacts = request.headers.list('contact');
  if (contacts.includes('*')) {
    // §10.3 step 6: the only one, and with Expires: 0.
    const alone = contacts.length === 1 && parseSeconds(request.headers.first('expires') ?? '') === 0;
    return alone ? 'remove-all' : { status: 400, reason: 'Contact * Is Alone and Goes With Expires: 0' };
  }
  if (contacts.length > mostContacts) return { status: 403, reason: 'Too Many Contacts' };
  const wishes: Wish[] = [];
  for (const text of contacts) {
    const wish = readWish(text, { request, interval, path });
    if (isReply(wish)) return wish;
    wishes.push(wish);
  }
  // RFC 5626 §6: one instance by one flow.
  const lasting = wishes.filter(({ expiresInSeconds }) => expiresInSeconds > 0);
  if (lasting.length > 1 && lasting.some(({ outbound }) => outbound !== undefined))
    return { status: 400, reason: 'One Contact a Flow' };
  return wishes;
}

interface Around {
  readonly request: IncomingRequest;
  readonly interval: Interval;
  readonly path: readonly string[];
}

function readWish(text: string, around: Around): Wish | Reply {
  const address = parseNameAddress(text);
  const uri = address === undefined ? undefined : parseUri(address.uri);
  if (address === undefined || uri === undefined || text.length > mostOctets)
    return { status: 400, reason: 'Bad Contact' };
  const expiresInSeconds = grant(address, around);
  if (typeof expiresInSeconds !== 'number') return expiresInSeconds;
  const outbound = readOutbound(address, around);
  if (isReply(outbound)) return outbound;
  const parameters = [...address.parameters].filter(([name]) => name !== 'expires');
  return {
    uri,
    contact: kept(address.uri),
    parameters: new Map(parameters.map(([name, value]) => [kept(name), kept(value)])),
    expiresInSeconds,
    outbound,
  };
}

/** RFC 3261 §10.2.1.1, §10.3 step 7: what the contact says, else Expires, else ours; what is malformed counts as an hour. */
function grant({ parameters }: NameAddress, { request, interval }: Around): number | Reply {
  const said = parameters.get('expires') ?? request.headers.first('expires');
  const wanted = said === undefined ? interval.defaultExpiresInSeconds : (parseSeconds(said) ?? 3600);
  const { minExpiresInSeconds, maxExpiresInSeconds } = interval;
  if (wanted > 0 && wanted < 3600 && wanted < minExpiresInSeconds)
    return { status: 423, fields: [['min-expires', `${minExpiresInSeconds}`]] };
  return Math.min(wanted, maxExpiresInSeconds);
}

/** RFC 5626 §6: outbound is applied only where the first hop knows the flow: we do, or who put `ob` into Path. */
function readOutbound({ parameters }: NameAddress, { request, path }: Around): Outbound | Reply | undefined {
  const instance = parameters.get('+sip.instance');
  const regId = parseSeconds(parameters.get('reg-id') ?? '');
  // One without the other is no flow's name, and the number alone is passed over.
  if (instance === undefined || regId === undefined || regId === 0) return undefined;
  if (!tags(request, 'supported').includes('outbound')) return undefined;
  const direct = request.headers.list('via').length === 1;
  const edge = parseUri(parseNameAddress(path[0] ?? '')?.uri ?? '');
  if (!direct && edge?.parameters.has('ob') !== true) return { status: 439 };
  return { instance: kept(unquote(instance)), regId, direct };
}

const tags = (request: IncomingRequest, header: string): readonly string[] =>
  request.headers.list(header).map((tag) => tag.toLowerCase());

export interface Answering {
  readonly request: IncomingRequest;
  readonly registration: Registration;
  readonly bindings: readonly Binding[];
  readonly serviceRoute: readonly string[];
  /** Seconds after which a silent flow is given up (RFC 5626 §4.4); absent where the host sees it end. */
  readonly flowTimer: number | undefined;
}

/** §10.3 step 8: all the bindings that there are now, each with the time that is left of it. */
export function printRegistered(answering: Answering, now: Instant): Reply {
  const { request, registration, bindings, serviceRoute, flowTimer } = answering;
  const { wishes, path } = registration;
  const byFlow =
    wishes !== 'remove-all' && wishes.some((wish) => wish.outbound !== undefined && wish.expiresInSeconds > 0);
  // RFC 3327 §5.3: who does not know Path is not told of it.
  const echoed = tags(request, 'supported').includes('path') ? path : [];
  const fields: HeaderField[] = [
    ...bindings.map((binding): HeaderField => ['contact', printContact(binding, now)]),
    ...echoed.map((value): HeaderField => ['path', value]),
    ...serviceRoute.map((value): HeaderField => ['service-route', value]),
    ...listField('require', byFlow ? ['outbound'] : []),
    ...listField('flow-timer', byFlow && flowTimer !== undefined ? [`${flowTimer}`] : []),
    ['supported', 'path, outbound'],
  ];
  return { status: 200, fields };
}

function printContact({ contact, parameters, expiresAt }: Binding, now: Instant): string {
  // By whole milliseconds: instants have fractions, and a sum less what was added is not always what it was.
  const remaining = Math.max(0, Math.ceil(Math.round(expiresAt - now) / 1000));
  return `<${contact}>${printParameters(parameters)};expires=${remaining}`;
}
