// Draining, for the administrator: begin, look, call off.

import { seconds } from '../base/time.ts';
import { drainReportSchema, drainToBeginSchema, type DrainReport } from '../wire/drain.ts';
import type { ServerFact } from './fact.ts';
import { bodyAs } from './http-api.ts';
import { json } from './http-message.ts';
import { jsonAnswer, jsonBody, type Route } from './http-routes.ts';
import type { SipFace, SipInput } from './sip-face.ts';

export interface Drainable {
  readonly sip: Pick<SipFace, 'draining' | 'subscriptions'>;
  readonly tell: (input: SipInput) => void;
  readonly report: (fact: ServerFact) => void;
}

export function drainReport({ draining, subscriptions: left }: Drainable['sip']): DrainReport {
  return { state: !draining ? 'serving' : left > 0 ? 'draining' : 'drained', left };
}

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
