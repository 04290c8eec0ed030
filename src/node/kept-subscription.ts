// A kept subscription as one line of JSON, and back. What a peer said in it goes out again in messages of ours, so it is
// held to what it was when it came in.

import net from 'node:net';
import * as v from 'valibot';
import { milliseconds, wallTime, type WallTime } from '../base/time.ts';
import type { Dialog } from '../sip/dialog.ts';
import { mostCSeq } from '../sip/kept-usage.ts';
import { subscriptionId, type Address } from '../sip/transaction-user.ts';
import { parseUri } from '../sip/uri.ts';
import type { KeptSubscription, Standing } from '../server/subscription-store.ts';
import type { Choice } from '../server/subscriptions.ts';
import { bookIdSchema, personIdSchema } from '../wire/change-list.ts';
import { deliveries } from '../wire/interest.ts';
import { parseJson } from '../wire/problem.ts';

/** What is in the line; the rest of a `KeptSubscription` stands beside it, since it moves. */
type Line = Omit<KeptSubscription, 'slot' | 'told'>;

/** The largest head of a message that is taken, and so of a part of it. */
const words = v.pipe(v.string(), v.minLength(1), v.maxLength(16_384), v.regex(/^\P{Cc}+$/u, 'has control characters'));

const sipUri = v.pipe(
  words,
  v.check((text) => parseUri(text) !== undefined, 'is no SIP URI'),
);

const cseq = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(4_294_967_295));

const dialog: v.GenericSchema<unknown, Dialog> = v.object({
  callId: words,
  // Of a From or To that nobody has to send to, any URI will do.
  local: v.object({ uri: words, tag: words }),
  remote: v.object({ uri: words, tag: words }),
  localCSeq: v.pipe(cseq, v.maxValue(mostCSeq)),
  remoteCSeq: cseq,
  routes: v.pipe(v.array(words), v.maxLength(256)),
  target: sipUri,
});

const address: v.GenericSchema<unknown, Address> = v.object({
  host: v.pipe(
    v.string(),
    v.check((text) => net.isIP(text) > 0, 'is no IP address'),
  ),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
});

const choice: v.GenericSchema<unknown, Choice> = v.object({
  delivery: v.picklist(deliveries),
  takes: v.picklist(['changes-and-notice', 'notice', 'external-body']),
});

const line: v.GenericSchema<unknown, Line & { readonly expiresAt: number }> = v.object({
  usage: v.object({
    subscription: v.pipe(words, v.maxLength(64), v.transform(subscriptionId)),
    user: words,
    served: words,
    event: words,
    charging: v.exactOptional(words),
    dialog,
    path: v.object({ transport: v.picklist(['UDP', 'TCP', 'TLS']), local: address, remote: address }),
    expiresIn: v.pipe(v.number(), v.transform(milliseconds)),
  }),
  choice,
  rates: v.exactOptional(v.record(v.string(), words)),
  held: v.exactOptional(v.pipe(v.array(personIdSchema), v.maxLength(100_000))),
  book: bookIdSchema,
  expiresAt: v.pipe(v.number(), v.safeInteger()),
});

/** At `at`; what is left of its time becomes the time at which it runs out. */
export function printKept({ usage, choice: chosen, rates, held, book }: KeptSubscription, at: WallTime): string {
  const { subscription, user, served, event, charging, dialog: talk, path, expiresIn } = usage;
  const { transport, local, remote } = path;
  const expiresAt = Math.round(at + expiresIn);
  const kept = {
    subscription,
    user,
    served,
    event,
    charging,
    dialog: talk,
    path: { transport, local, remote },
    expiresIn: 0,
  };
  return JSON.stringify({ usage: kept, choice: chosen, rates, held, book, expiresAt });
}

/**
 * As it stands at `at`; `expiresIn` is negative where it ran out.
 * @throws WireFault where it is none
 */
export function parseKept(text: string, { slot, told, localCSeq }: Standing, at: WallTime): KeptSubscription {
  const { expiresAt, usage, ...kept } = parseJson(line, text, `subscription ${slot}`);
  const expiresIn = milliseconds(wallTime(expiresAt) - at);
  return { ...kept, slot, told, usage: { ...usage, expiresIn, dialog: { ...usage.dialog, localCSeq } } };
}
