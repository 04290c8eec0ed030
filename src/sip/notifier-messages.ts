// What the notifier reads in a SUBSCRIBE and writes in a NOTIFY.

import { utf8 } from '../base/bytes.ts';
import { contactOf, viaOf } from './answers.ts';
import type { Reply } from './answers.ts';
import { parties, routed } from './dialog.ts';
import type { Dialog } from './dialog.ts';
import { isToken, parseSeconds, quote } from './grammar.ts';
import { Headers, mediaType } from './headers.ts';
import type { Event, HeaderField } from './headers.ts';
import type { IncomingRequest } from './message.ts';
import type { Farewell, Notice } from './notifier-subscription.ts';
import { printMessage } from './print.ts';
import type { EventPackage } from './setting.ts';
import type { FlowPath, SubscribeRequest } from './transaction-user.ts';

/** As much of a subscription as its NOTIFYs show. */
export interface Notified {
  readonly dialog: Dialog;
  readonly path: FlowPath;
  readonly event: string;
}

/** What differs from NOTIFY to NOTIFY. */
export interface Content {
  readonly state: string;
  readonly notice: Notice;
}

export function farewell(last: Farewell, etag: string): Content {
  const retry = last.retryAfterSeconds === undefined ? '' : `;retry-after=${last.retryAfterSeconds}`;
  return { state: `terminated;reason=${last.reason}${retry}`, notice: last.notice ?? { etag, body: undefined } };
}

export function printNotify(subscription: Notified, branch: string, content: Content): Uint8Array {
  const { dialog, path } = subscription;
  const { etag, body } = content.notice;
  const route = routed(dialog);
  const fields: HeaderField[] = [
    viaOf(path, branch),
    ...route.fields,
    ...parties(dialog),
    ['cseq', `${dialog.localCSeq} NOTIFY`],
    ['max-forwards', '70'],
    contactOf(path),
    ['event', subscription.event],
    ['subscription-state', content.state],
    ['sip-etag', etag],
    ...(body === undefined ? [] : [['content-type', body.type] as const]),
  ];
  const octets = utf8(body?.text ?? '');
  return printMessage({
    kind: 'request',
    method: 'NOTIFY',
    uri: route.uri,
    headers: new Headers(fields),
    body: octets,
  });
}

export const recordRoutes = (request: IncomingRequest): readonly HeaderField[] =>
  request.headers.all('record-route').map((value): HeaderField => ['record-route', value]);

/** RFC 6665 §8.2.1: of the parameters only `id` goes back. */
export function printEvent(event: Event): string {
  const id = event.parameters.get('id');
  if (id === undefined) return event.name;
  return `${event.name};id=${isToken(id) ? id : quote(id)}`;
}

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
