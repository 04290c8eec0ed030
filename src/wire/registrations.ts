// What an administrator hears of the registrar.

import * as v from 'valibot';

/** `GET /v1/admin/registrations`: one binding of the registrar (RFC 3261 §10). */
export interface RegistrationReport {
  readonly address: string;
  readonly contact: string;
  /** The log-in name. */
  readonly user: string;
  /** `UDP 192.0.2.7:5060`: where the REGISTER came from. */
  readonly from: string;
  readonly grantedSeconds: number;
  /** The binding ends with its flow (RFC 5626). */
  readonly outbound: boolean;
  /** RFC 3327: the proxies on the way to it. */
  readonly path: readonly string[];
}

export interface Registrations {
  readonly registrations: readonly RegistrationReport[];
}

export const registrationsSchema: v.GenericSchema<unknown, Registrations> = v.object({
  registrations: v.array(
    v.object({
      address: v.string(),
      contact: v.string(),
      user: v.string(),
      from: v.string(),
      grantedSeconds: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      outbound: v.boolean(),
      path: v.array(v.string()),
    }),
  ),
});
