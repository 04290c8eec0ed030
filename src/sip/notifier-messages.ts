// What the notifier reads in a SUBSCRIBE, and says in its answers and in the last NOTIFY.

import type { Reply } from './answers.ts';
import { hearsInOrder } from './dialog.ts';
import type { Dialog } from './dialog.ts';
import { isToken, parseSeconds, quote } from './grammar.ts';
import { mediaType } from './headers.ts';
import type { Event, HeaderField } from './headers.ts';
import type { IncomingRequest } from './message.ts';
import type { Farewell } from './notifier-subscription.ts';
import type { Content } from './notify-printer.ts';
import type { Asker, EventPackage } from './setting.ts';
import type { Answering } from './transactions.ts';
import type { SubscribeRequest } from './transaction-user.ts';

/** What the last NOTIFY says. */
export function farewell(last: Farewell, etag: string): Pick<Content, 'state' | 'notice'> {
  const retry = last.retryAfterSeconds === undefined ? '' : `;retry-after=${last.retryAfterSeconds}`;
  return { state: `terminated;reason=${last.reason}${retry}`, notice: last.notice ?? { etag, body: undefined } };
}

export const recordRoutes = (request: IncomingRequest): readonly HeaderField[] =>
  request.headers.all('record-route').map((value): HeaderField => ['record-route', value]);

/** RFC 6665 §8.2.1: of the parameters only `id` goes back. */
export function printEvent(event: Event): string {
  const id = event.parameters.get('id');
  if (id === undefined) return event.name;
  return `${event.name};id=${isToken(id) ? id : quote(id)}`;
}

/** RFC 3261 §8.2.2.1: a resource that there is not. */
export const strays = (request: IncomingRequest, served: EventPackage, asker: Asker): Reply | undefined =>
  served.hasResource?.(request.uri, asker) === false ? { status: 404 } : undefined;

/** The seconds to grant (RFC 6665 §4.2.1.1), or the 423: only for what is under an hour and too short. */
export function grant(request: IncomingRequest, served: EventPackage): number | Reply {
  const text = request.headers.first('expires');
  const wanted = text === undefined ? served.defaultExpiresInSeconds : parseSeconds(text);
  if (wanted === undefined) return { status: 400, reason: 'Bad Expires' };
  const { minExpiresInSeconds, maxExpiresInSeconds } = served;
  if (wanted > 0 && wanted < 3600 && wanted < minExpiresInSeconds) {
    return { status: 423, fields: [['min-expires', `${minExpiresInSeconds}`]] };
  }
  return Math.min(wanted, maxExpiresInSeconds);
}

export function wishes(
  request: IncomingRequest,
  event: Event,
): Pick<SubscribeRequest, 'parameters' | 'accept' | 'suppressIfMatch'> {
  const suppressIfMatch = request.headers.first('suppress-if-match');
  const accept = request.headers.list('accept').map(mediaType);
  return { parameters: event.parameters, accept, ...(suppressIfMatch === undefined ? {} : { suppressIfMatch }) };
}

interface Refreshable {
  readonly user: string;
  readonly dialog: Dialog;
  readonly pending: { readonly answering: Answering } | undefined;
}

/** Why a refresh cannot be asked. */
export function hinders(subscription: Refreshable, request: IncomingRequest, user: string): Reply | undefined {
  if (subscription.user !== user) return { status: 403 };
  if (!hearsInOrder(subscription.dialog, request)) return { status: 500, reason: 'CSeq Out of Order' };
  // As RFC 3261 §14.2 does for a second INVITE: the one before is not answered yet.
  if (subscription.pending?.answering.state.kind === 'trying')
    return { status: 500, reason: 'Still Answering', fields: [['retry-after', '1']] };
  return undefined;
}
