// Dialogs (RFC 3261 §12, RFC 6665 §4.4.1): who talks with whom, in which order, along which route.

import { kept, keptTogether } from '../base/bytes.ts';
import { parseNameAddress } from './headers.ts';
import type { HeaderField } from './headers.ts';
import type { IncomingRequest } from './message.ts';
import { isSipUri, parseUri, printUri } from './uri.ts';

/** What changes with each message is changed in place: 20,000 copies for one change of the address book cost as much as their NOTIFYs. */
export interface Dialog {
  readonly callId: string;
  readonly local: { readonly uri: string; readonly tag: string };
  readonly remote: { readonly uri: string; readonly tag: string };
  localCSeq: number;
  remoteCSeq: number;
  /** Fixed when the dialog is made; values of Route, in order. */
  readonly routes: readonly string[];
  /** Where requests are sent: the peer's last Contact. */
  target: string;
}

/**
 * The dialog that a request makes at its receiver: a SUBSCRIBE at the notifier, and the first NOTIFY at
 * the subscriber (RFC 6665 §4.4.1: not the 200, whose Record-Route may differ). In both the receiver is
 * the UAS of RFC 3261 §12.1.1: Record-Route is taken in its order.
 * Undefined where the request has no tag in From or no usable Contact.
 */
export function dialogFrom(
  request: IncomingRequest,
  local: { readonly tag: string; readonly cseq: number },
): Dialog | undefined {
  const target = targetOf(request);
  const remoteTag = request.from.parameters.get('tag');
  if (target === undefined || remoteTag === undefined || remoteTag === '') return undefined;
  const words = [request.callId, request.to.uri, request.from.uri, remoteTag, target];
  const routes = request.headers.list('record-route');
  const [callId = '', to = '', from = '', tag = '', contact = '', ...route] = keptTogether([...words, ...routes]);
  return {
    callId,
    local: { uri: to, tag: local.tag },
    remote: { uri: from, tag },
    localCSeq: local.cseq,
    remoteCSeq: request.cseq.number,
    routes: route,
    target: contact,
  };
}

/** The URI of the one Contact; undefined where there is none, more than one, or one that is no SIP URI. */
export function targetOf(request: IncomingRequest): string | undefined {
  const contacts = request.headers.list('contact');
  const uri = contacts.length === 1 ? parseNameAddress(contacts[0] ?? '')?.uri : undefined;
  return uri === undefined || !isSipUri(uri) ? undefined : uri;
}

export const hearsInOrder = (dialog: Dialog, request: IncomingRequest): boolean =>
  request.cseq.number > dialog.remoteCSeq;

/** After a request of the peer: its CSeq counts, and its Contact is the new target (RFC 3261 §12.2.2). The routes stay. */
export function refresh(dialog: Dialog, request: IncomingRequest): void {
  const target = targetOf(request);
  dialog.remoteCSeq = request.cseq.number;
  if (target !== undefined && target !== dialog.target) dialog.target = kept(target);
}

/** The next CSeq of ours. */
export function count(dialog: Dialog): number {
  dialog.localCSeq += 1;
  return dialog.localCSeq;
}

/** Request-URI and Route fields of a request within the dialog (RFC 3261 §12.2.1.1). */
export function routed(dialog: Dialog): { readonly uri: string; readonly fields: readonly HeaderField[] } {
  const [first, ...rest] = dialog.routes;
  if (first === undefined) return { uri: requestUri(dialog.target), fields: [] };
  const next = parseNameAddress(first)?.uri ?? dialog.target;
  if (parseUri(next)?.parameters.has('lr') !== false)
    return { uri: requestUri(dialog.target), fields: routeFields(dialog.routes) };
  // A strict router: it stands in the Request-URI, and the target is the last Route.
  return { uri: requestUri(next), fields: routeFields([...rest, `<${dialog.target}>`]) };
}

/** RFC 3261 §12.2.1.1, §19.1.1: without what a Request-URI must not have. */
function requestUri(text: string): string {
  if (!text.includes('?') && !/;method=/i.test(text)) return text;
  const uri = parseUri(text);
  if (uri === undefined) return text;
  return printUri({
    ...uri,
    headers: '',
    parameters: new Map([...uri.parameters].filter(([name]) => name !== 'method')),
  });
}

const routeFields = (routes: readonly string[]): readonly HeaderField[] =>
  routes.map((route): HeaderField => ['route', route]);

/** From and To as we write them in a request. */
export function parties(dialog: Dialog): readonly HeaderField[] {
  return [
    ['from', `<${dialog.local.uri}>;tag=${dialog.local.tag}`],
    ['to', `<${dialog.remote.uri}>;tag=${dialog.remote.tag}`],
    ['call-id', dialog.callId],
  ];
}
