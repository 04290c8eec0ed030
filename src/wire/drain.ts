// `/v1/admin/drain`: moving all terminals to other servers.

import * as v from 'valibot';

/** A day: whoever drains for longer has forgotten it. */
export const longestDrainSeconds = 86_400;

/** `POST`: over so many seconds, evenly. */
export interface DrainToBegin {
  readonly overSeconds: number;
}

export const drainToBeginSchema: v.GenericSchema<unknown, DrainToBegin> = v.strictObject({
  overSeconds: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(longestDrainSeconds)),
});

/** How far it is: `drained` once nobody is left. */
export interface DrainReport {
  readonly state: 'serving' | 'draining' | 'drained';
  /** Subscriptions that are left. */
  readonly left: number;
}

export const drainReportSchema: v.GenericSchema<unknown, DrainReport> = v.object({
  state: v.picklist(['serving', 'draining', 'drained']),
  left: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
