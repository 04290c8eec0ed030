// Keeps the flows of a subscriber alive, and finds the dead ones (RFC 5626 §4.4).
//
//   resting --24 to 29 s (UDP), 95 to 120 s (TCP, TLS)--> asking --answer--> resting
//                                                            '--none--> the flow has failed: close
//
// On UDP it is a STUN Binding request, sent up to seven times within 39.5 s (RFC 5389 §7.2.1), which holds a NAT's
// binding open as well, and shows when it has become another: then NOTIFYs go nowhere. On TCP and TLS it is CRLFCRLF,
// answered by CRLF within 10 s. A WebSocket has pings of its own, which are its host's.
//
// Whether the peer knows keep-alives is nowhere agreed upon before (RFC 6223 would have it in Via). So a flow that has
// never answered is left alone, and only one that has answered once can fail by its silence.

import { utf8 } from '../base/bytes.ts';
import { later, milliseconds, seconds, type Instant, type Milliseconds } from '../base/time.ts';
import { alarm, type Alarm } from './agenda.ts';
import type { Setting } from './setting.ts';
import { parseBindingAnswer, printBinding } from './stun.ts';
import type { Flow, FlowPath } from './transaction-user.ts';

interface Kept {
  readonly path: FlowPath;
  readonly alarm: Alarm;
  /** What waits for an answer. */
  asked: { readonly bytes: Uint8Array; readonly sent: number } | undefined;
  answeredOnce: boolean;
  /** Where the peer saw us. */
  mapped: string | undefined;
}

/** RFC 5626 §4.4.1, §4.4.2: between four fifths of the longest and the longest. */
const rests = { datagrams: [seconds(24), seconds(29)], streams: [seconds(95), seconds(120)] } as const;
const pongWithin = seconds(10);
/** RFC 5389 §7.2.1: RTO, Rc, and Rm of the last. */
const stunTimes = { first: 500, sends: 7, last: 16 } as const;

const ping = utf8('\r\n\r\n');

export class KeepAlives {
  readonly #setting: Setting;
  readonly #pinging: (flow: Flow) => void;
  readonly #kept = new Map<Flow, Kept>();

  /** `pinging` hears of a stream before it is pinged. */
  constructor(setting: Setting, pinging: (flow: Flow) => void) {
    this.#setting = setting;
    this.#pinging = pinging;
  }

  /** From now on, as long as somebody subscribes by it. */
  keep(path: FlowPath, now: Instant): void {
    if (path.transport === 'WS' || path.transport === 'WSS' || this.#kept.has(path.flow)) return;
    const ring = alarm((at) => this.#ring(kept, at));
    const kept: Kept = { path, alarm: ring, asked: undefined, answeredOnce: false, mapped: undefined };
    this.#kept.set(path.flow, kept);
    this.#rest(kept, now);
  }

  forget(flow: Flow): void {
    const kept = this.#kept.get(flow);
    if (kept === undefined) return;
    this.#kept.delete(flow);
    this.#setting.agenda.drop(kept.alarm);
  }

  /** What may be an answer: a datagram, or, of a stream, its line break. */
  answered(flow: Flow, bytes: Uint8Array | undefined, now: Instant): void {
    const kept = this.#kept.get(flow);
    if (kept?.asked === undefined) return;
    if (bytes !== undefined) {
      const answer = parseBindingAnswer(bytes);
      if (answer === undefined || !isSame(answer.transaction, kept.asked.bytes.subarray(8, 20))) return;
      // RFC 5626 §4.4.2: another address than before is a failure of the flow.
      if (kept.mapped !== undefined && kept.mapped !== answer.mapped) return this.#fail(kept);
      kept.mapped = answer.mapped;
    }
    kept.asked = undefined;
    kept.answeredOnce = true;
    this.#rest(kept, now);
  }

  #ring(kept: Kept, now: Instant): void {
    const { path, asked } = kept;
    if (asked === undefined) return this.#ask(kept, now);
    if (path.transport === 'UDP' && asked.sent < stunTimes.sends) return this.#send(kept, asked, now);
    if (kept.answeredOnce) this.#fail(kept);
    else this.forget(path.flow);
  }

  #ask(kept: Kept, now: Instant): void {
    const { flow, transport } = kept.path;
    if (transport === 'UDP') return this.#send(kept, { bytes: printBinding(this.#transaction()), sent: 0 }, now);
    this.#pinging(flow);
    this.#send(kept, { bytes: ping, sent: 0 }, now);
  }

  #send(kept: Kept, { bytes, sent }: NonNullable<Kept['asked']>, now: Instant): void {
    const { flow, transport } = kept.path;
    kept.asked = { bytes, sent: sent + 1 };
    this.#setting.say({ kind: 'send', flow, bytes });
    this.#setting.agenda.set(kept.alarm, later(now, transport === 'UDP' ? stunWait(sent + 1) : pongWithin));
  }

  /** The host closes it, and whoever subscribed by it hears of that. */
  #fail({ path }: Kept): void {
    this.forget(path.flow);
    this.#setting.say({ kind: 'close', flow: path.flow });
  }

  #rest(kept: Kept, now: Instant): void {
    const [least, most] = kept.path.transport === 'UDP' ? rests.datagrams : rests.streams;
    const share = shareOf(this.#setting.options.random());
    this.#setting.agenda.set(kept.alarm, later(now, milliseconds(Math.round(least + share * (most - least)))));
  }

  #transaction(): Uint8Array {
    const { random } = this.#setting.options;
    return utf8(`${random()}${random()}${' '.repeat(12)}`).slice(0, 12);
  }
}

/** After the last one, whose answer is waited for the longest. */
const stunWait = (sent: number): Milliseconds =>
  milliseconds(stunTimes.first * (sent < stunTimes.sends ? 2 ** (sent - 1) : stunTimes.last));

/** From 0 up to, and not, 1. */
const shareOf = (token: string): number => utf8(token).reduce((sum, octet) => (sum * 31 + octet) % 65_536, 0) / 65_536;

const isSame = (one: Uint8Array, other: Uint8Array): boolean => one.every((octet, at) => octet === other[at]);
