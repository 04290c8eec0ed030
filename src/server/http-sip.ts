// The SIP side, for the administrator: what it holds; draining: begin, look, call off.

import { seconds } from '../base/time.ts';
import { drainReportSchema, drainToBeginSchema, type DrainReport } from '../wire/drain.ts';
import { sipCountsSchema } from '../wire/sip-counts.ts';
import type { ServerFact } from './fact.ts';
import { bodyAs } from './http-api.ts';
import { json } from './http-message.ts';
import { jsonAnswer, jsonBody, type Route } from './http-routes.ts';
import type { SipCounts, SipFace, SipInput } from './sip-face.ts';

export interface Drainable {
  readonly sip: Pick<SipFace, 'draining' | 'subscriptions'>;
  readonly tell: (input: SipInput) => void;
  readonly report: (fact: ServerFact) => void;
}

export function drainReport({ draining, subscriptions: left }: Drainable['sip']): DrainReport {
  return { state: !draining ? 'serving' : left > 0 ? 'draining' : 'drained', left };
}

/** For monitoring: what grows without end is a leak, and what waits is load. */
export const countsRoute = (counts: () => SipCounts): Route => ({
  method: 'GET',
  path: '/v1/admin/sip',
  who: 'administrator',
  summary: 'What the SIP side holds: dialogs, transactions, timers, and what waits',
  answers: { 200: jsonAnswer(sipCountsSchema) },
  act: async () => json(counts()),
});

export function drainRoutes({ sip, tell, report }: Drainable): readonly Route[] {
  const path = '/v1/admin/drain';
  const who = 'administrator';
  const answers = { 200: jsonAnswer(drainReportSchema) };
  return [
    {
      method: 'GET',
      path,
      who,
      summary: 'Whether terminals are being moved away, and how many subscriptions are left',
      answers,
      act: async () => json(drainReport(sip)),
    },
    {
      method: 'POST',
      path,
      who,
      summary: 'Moves all terminals to other servers over a time, and lets no new ones in; a restart ends it',
      body: jsonBody(drainToBeginSchema, 16_384),
      answers,
      act: async (asked) => {
        const { overSeconds } = bodyAs(asked, drainToBeginSchema);
        report({ kind: 'drain', state: 'began', subscriptions: sip.subscriptions, overSeconds });
        tell({ kind: 'drain', over: seconds(overSeconds) });
        return json(drainReport(sip));
      },
    },
    {
      method: 'DELETE',
      path,
      who,
      summary: 'Calls the drain off: those who are left stay, and new ones are let in',
      answers,
      act: async () => {
        if (sip.draining) report({ kind: 'drain', state: 'cancelled', subscriptions: sip.subscriptions });
        tell({ kind: 'cancel-drain' });
        return json(drainReport(sip));
      },
    },
  ];
}
