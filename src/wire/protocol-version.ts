/** The name of the event package: the field of a SUBSCRIBE that says what the subscription is for (S301). */
export const eventPackage = 'address-book';

/** The media types of bodies in SUBSCRIBE and NOTIFY. */
export const mediaTypes = {
  notice: 'application/vnd.rollcall.notice+json',
  changes: 'application/vnd.rollcall.changes+json',
  held: 'application/vnd.rollcall.held+json',
} as const satisfies Record<string, string>;

/** Every path of the HTTP API starts with it. */
export const apiPrefix = '/v1';
