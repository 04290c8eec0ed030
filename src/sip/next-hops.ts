// The notifier's way back to a proxy whose connection has ended (RFC 3261 §18.1.1, RFC 3263): NOTIFYs go by the route
// of their dialog, so a new connection to its first hop serves as well as the one that SUBSCRIBE came by.
//
//   flow closed -> adrift --something to send--> hailing --reached--> sends by the new flow
//                    |                              '--not within Timer F--> as a NOTIFY that nobody answered
//                    '--a refresh comes by a flow of its own--> by that
//
// Whoever subscribes writes the route, so it is followed only where the host says that it may lead: to peers of its
// configuration. Nobody makes a server connect elsewhere, nor ask the DNS for names of their own.

import { later, milliseconds, seconds } from '../base/time.ts';
import type { Instant, Milliseconds } from '../base/time.ts';
import { alarm } from './agenda.ts';
import type { Alarm } from './agenda.ts';
import type { Dialog } from './dialog.ts';
import { parseNameAddress } from './headers.ts';
import type { NotifierHeard } from './notifier-subscription.ts';
import type { Setting } from './setting.ts';
import { t1x64 } from './transaction.ts';
import type { Flow, FlowPath } from './transaction-user.ts';
import { parseUri, printUri } from './uri.ts';
import type { SipUri } from './uri.ts';

/** Whether a connection may be opened to the first hop of a route; `from`: the flow that came from there, and ended. */
export type MayReach = (hop: SipUri, from: FlowPath) => boolean;

/** What waits for a flow; undefined: there will be none. */
type Waiting = (path: FlowPath | undefined, now: Instant) => void;

interface Handed<Member> {
  readonly member: Member;
  readonly waiting: Waiting | undefined;
}

interface Hail<Member> {
  readonly waiting: Map<Member, Waiting>;
  readonly giveUpAt: Instant;
  readonly again: Alarm;
  pause: Milliseconds;
}

/** What becomes of a NOTIFY whose connection ends before its answer: whether it arrived nobody knows, so it is told again. */
export const lostNotify: NotifierHeard = { kind: 'undelivered', status: 503, retryAfterSeconds: 1 };

const firstPause = seconds(1);
const longestPause = seconds(8);

export class NextHops<Member extends { readonly dialog: Dialog; readonly path: FlowPath }> {
  readonly #setting: Setting;
  readonly #mayReach: MayReach;
  readonly #adrift = new Map<Member, string>();
  readonly #hails = new Map<string, Hail<Member>>();
  readonly #reached = new Map<string, FlowPath>();

  constructor(setting: Setting, mayReach: MayReach) {
    this.#setting = setting;
    this.#mayReach = mayReach;
  }

  /** Whether there would be a way to another flow, if this one ended. */
  leadsOn(dialog: Dialog, path: FlowPath): boolean {
    return this.#firstHop({ dialog, path }) !== undefined;
  }

  /** The member's flow has ended. Whether there is a way to another. */
  lose(member: Member): boolean {
    const first = this.#firstHop(member);
    if (first === undefined) return false;
    this.#adrift.set(member, hopOf(first));
    return true;
  }

  #firstHop({ dialog, path }: Pick<Member, 'dialog' | 'path'>): SipUri | undefined {
    const first = parseUri(parseNameAddress(dialog.routes[0] ?? '')?.uri ?? '');
    return first !== undefined && this.#mayReach(first, path) ? first : undefined;
  }

  /** False where the member has its flow; else `waiting` is called, once, when it has another, or there is none to be had. */
  hail(member: Member, waiting: Waiting, now: Instant): boolean {
    const hop = this.#adrift.get(member);
    if (hop === undefined) return false;
    const path = this.#reached.get(hop);
    if (path === undefined) this.#call(hop, now).waiting.set(member, waiting);
    else this.#hand({ member, waiting }, path, now);
    return true;
  }

  /** A request of its own came by `path`: what waits goes by that. */
  found(member: Member, path: FlowPath, now: Instant): void {
    const hop = this.#adrift.get(member);
    if (hop === undefined) return;
    const hail = this.#hails.get(hop);
    const waiting = hail?.waiting.get(member);
    hail?.waiting.delete(member);
    this.#hand({ member, waiting }, path, now);
  }

  forget(member: Member): void {
    const hop = this.#adrift.get(member);
    if (hop === undefined) return;
    this.#adrift.delete(member);
    this.#hails.get(hop)?.waiting.delete(member);
  }

  flowClosed(flow: Flow): void {
    for (const [hop, path] of this.#reached) if (path.flow === flow) this.#reached.delete(hop);
  }

  /** The host has opened a flow to `hop`. */
  reached(hop: string, path: FlowPath, now: Instant): void {
    this.#reached.set(hop, path);
    this.#end(hop, path, now);
  }

  /** It could not, this time. */
  unreached(hop: string, now: Instant): void {
    const hail = this.#hails.get(hop);
    if (hail === undefined) return;
    const at = later(now, hail.pause);
    if (at >= hail.giveUpAt || hail.waiting.size === 0) return this.#end(hop, undefined, now);
    hail.pause = milliseconds(Math.min(2 * hail.pause, longestPause));
    this.#setting.agenda.set(hail.again, at);
  }

  #hand({ member, waiting }: Handed<Member>, path: FlowPath | undefined, now: Instant): void {
    this.#adrift.delete(member);
    waiting?.(path, now);
  }

  #call(hop: string, now: Instant): Hail<Member> {
    const known = this.#hails.get(hop);
    if (known !== undefined) return known;
    const ask = (): void => this.#setting.say({ kind: 'open', hop });
    const hail = { waiting: new Map(), giveUpAt: later(now, t1x64), again: alarm(ask), pause: firstPause };
    this.#hails.set(hop, hail);
    ask();
    return hail;
  }

  #end(hop: string, path: FlowPath | undefined, now: Instant): void {
    const hail = this.#hails.get(hop);
    if (hail === undefined) return;
    this.#hails.delete(hop);
    this.#setting.agenda.drop(hail.again);
    for (const [member, waiting] of hail.waiting) this.#hand({ member, waiting }, path, now);
  }
}

/** Of all that a route may say as much as leads there. `maddr` is left out: it would lead elsewhere than what was looked at. */
function hopOf({ scheme, host, port, parameters }: SipUri): string {
  const transport = parameters.get('transport');
  const kept = new Map(transport === undefined ? [] : [['transport', transport]]);
  return printUri({ scheme, user: '', host, port, parameters: kept, headers: '' });
}
