// Why a subscription is not there, in words for the employee, and whether to ask again by itself
// (RFC 6665 §4.1.3: `rejected` says "don't", all else says "later").

import { seconds, type Milliseconds } from '../base/time.ts';
import type { Ended } from '../sip/transaction-user.ts';
import type { Trouble } from './acquisition.ts';
import type { Lost } from './hearing.ts';

export interface Loss {
  /** The employee must do something first. */
  readonly refused: boolean;
  readonly trouble: Trouble;
  readonly retryAfter: Milliseconds | undefined;
}

const again = (trouble: Trouble, retryAfterSeconds: number | undefined): Loss => ({
  refused: false,
  trouble,
  retryAfter: retryAfterSeconds === undefined ? undefined : seconds(retryAfterSeconds),
});

const notAgain = (trouble: Trouble): Loss => ({ refused: true, trouble, retryAfter: undefined });

const endings: Readonly<Record<Exclude<Ended, 'rejected'>, string>> = {
  deactivated: 'The server asks to subscribe anew.',
  probation: 'The server asks to come back later.',
  timeout: 'The subscription has run out.',
  giveup: 'The server cannot say now whether it allows it.',
  noresource: 'The enterprise address book is not there at this server now.',
  invariant: 'The server says that nothing will change.',
  unsubscribed: 'The subscription has ended.',
  expired: 'The subscription has run out.',
  gone: 'The server does not know the subscription any more.',
  unanswered: 'The server does not answer.',
  'flow-closed': 'The connection to the server was lost.',
};

export function afterLoss(lost: Lost): Loss {
  switch (lost.kind) {
    case 'no-flow':
      return again({ kind: 'unreachable', words: lost.words }, undefined);
    case 'ended':
      // A server of ours says so where a session is over, and where one has more subscriptions than it may: another session helps.
      if (lost.why === 'rejected')
        return notAgain({ kind: 'log-in-again', words: 'The server has ended the session: log in again.' });
      return again({ kind: 'unreachable', words: endings[lost.why] }, lost.retryAfterSeconds);
    case 'refused':
      return afterRefusal(lost);
  }
}

function afterRefusal({ status, reason, retryAfterSeconds }: Extract<Lost, { kind: 'refused' }>): Loss {
  const words = `The server refuses the subscription: ${status} ${reason}.`;
  // RFC 3261 §22.2: credentials that were tried and refused are not tried again.
  if (status === 401 || status === 407)
    return notAgain({ kind: 'log-in-again', words: 'The session has ended: log in again.' });
  if (status === 403 || status >= 600) return notAgain({ kind: 'not-allowed', words });
  return again({ kind: status === 503 ? 'busy' : 'unreachable', words }, retryAfterSeconds);
}
