// What a notifier writes down of a subscription so that another process can go on with it: its usage, and the
// dialog of that (RFC 5057 §3). The subscriber notices nothing, but that our CSeq leaps.

import type { Milliseconds } from '../base/time.ts';
import type { Dialog } from './dialog.ts';
import type { FlowPath, SubscriptionId } from './transaction-user.ts';

export interface KeptUsage {
  readonly subscription: SubscriptionId;
  readonly user: string;
  /** The event package, after aliases. */
  readonly served: string;
  /** The Event header of its NOTIFYs. */
  readonly event: string;
  /** P-Charging-Vector of its NOTIFYs. */
  readonly charging?: string;
  readonly dialog: Dialog;
  readonly path: FlowPath;
  /** From the moment of keeping, or of going on. */
  readonly expiresIn: Milliseconds;
}

/**
 * RFC 3261 §12.2.1.1: the CSeq of a dialog only has to rise. So many NOTIFYs of one subscription may have gone out since
 * it was last written down; one is in flight at a time, and what moves is written each ten seconds.
 */
const unwrittenNotifies = 65_536;

/** RFC 3261 §8.1.1.5: less than 2^31. */
export const mostCSeq = 2_147_483_647;

/** The dialog whose next CSeq is above all that were sent; undefined where none is left above them. */
export function leapt(dialog: Dialog): Dialog | undefined {
  const localCSeq = dialog.localCSeq + unwrittenNotifies;
  return localCSeq > mostCSeq - unwrittenNotifies ? undefined : { ...dialog, localCSeq };
}
