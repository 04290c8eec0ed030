/** The name of the event package: the field of a SUBSCRIBE that says what the subscription is for (S301). */
export const eventPackage = 'address-book';

/** Every path of the HTTP API starts with it. */
export const apiPrefix = '/v1';

/** The media types of the bodies of SUBSCRIBE and NOTIFY. */
export const noticeType = 'application/vnd.rollcall.notice+json';
export const changesType = 'application/vnd.rollcall.changes+json';
export const heldType = 'application/vnd.rollcall.held+json';
