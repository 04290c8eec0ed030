// `GET /v1/admin/sip`: what the SIP side of a server holds now.

import * as v from 'valibot';

/** By name: dialogs, transactions, timers, what waits. Names may be added. */
export type SipCountsReport = Readonly<Record<string, number>>;

export const sipCountsSchema: v.GenericSchema<unknown, SipCountsReport> = v.record(
  v.string(),
  v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
);
