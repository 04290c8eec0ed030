// Log-in, log-out, how the server is doing, and the document that describes all of this.

import { minutes, type WallTime } from '../base/time.ts';
import { logInSchema, sessionSchema } from '../wire/http.ts';
import { healthSchema, type Health } from '../wire/admin.ts';
import type { Administration } from './administration.ts';
import { adviceForOldCopy, type Behind } from './behind.ts';
import { bodyAs } from './http-api.ts';
import type { Drainable } from './http-sip.ts';
import { json, nothing, problem, type Answer } from './http-message.ts';
import { jsonAnswer, jsonBody, type Asked, type Route } from './http-routes.ts';
import type { LoggedIn, Sessions } from './sessions.ts';
import type { Readers } from './readers.ts';

const ofPasswords = {
  wrong: 'The user or the password is wrong',
  'not-in-book': 'You are not in the enterprise address book; ask its administrator',
  unavailable: 'The directory that knows your password cannot be reached now; try again later',
};

export function sessionRoutes(sessions: Sessions, realm: string): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/session',
      who: 'anyone',
      summary: 'Log-in: a bearer token for this API and credentials for SIP',
      body: jsonBody(logInSchema, 16_384),
      answers: { 200: jsonAnswer(sessionSchema) },
      act: async (asked) => {
        const { remote, at } = asked.request;
        return logInAnswer(await sessions.logIn(bodyAs(asked, logInSchema), remote, at), { realm, words: ofPasswords });
      },
    },
    {
      method: 'DELETE',
      path: '/v1/session',
      who: 'session',
      summary: 'Log-out: ends this session and its subscriptions',
      answers: { 204: {} },
      act: async ({ session }: Asked) => {
        if (session !== undefined) await sessions.end([session], 'logged-out');
        return nothing;
      },
    },
  ];
}

/** What came of a log-in; `words` are for what differs with the way of it. */
export function logInAnswer(
  result: LoggedIn,
  { realm, words }: { readonly realm: string; readonly words: typeof ofPasswords },
): Answer {
  switch (result.kind) {
    case 'open':
      return json(result.session);
    case 'wrong': {
      // RFC 9110 §15.5.2: a 401 names a scheme; ours takes what this very call gives.
      const headers = { 'www-authenticate': `Bearer realm="${realm}"` };
      return problem(401, words.wrong, { headers });
    }
    case 'not-in-book':
      return problem(403, words['not-in-book']);
    case 'ambiguous':
      return problem(403, 'More than one in the enterprise address book may be you; ask its administrator');
    case 'unverified':
      return problem(403, 'The identity provider does not know your mail address to be yours; ask its administrator');
    case 'limited': {
      const headers = { 'retry-after': String(Math.ceil(result.retryAfter / 1000)) };
      return problem(429, 'Too many attempts to log in; wait before the next', { headers });
    }
    case 'unavailable':
      return problem(503, words.unavailable, { headers: { 'retry-after': '10' } });
  }
}

export interface HealthOptions {
  readonly readers: Pick<Readers, 'whole' | 'apart' | 'unclear' | 'full'>;
  readonly behind: Behind;
  readonly administration: Pick<Administration, 'sources' | 'joining'>;
  readonly sip: Drainable['sip'];
}

/** Whoever may log in can say that the log is behind (see `Behind`); so that takes no server out of service. */
export function healthRoute({ readers, behind, administration, sip }: HealthOptions): Route {
  const doubles = countOfDoubles(administration);
  return {
    method: 'GET',
    path: '/health',
    who: 'anyone',
    summary: 'Whether the server can do its work',
    answers: { 200: jsonAnswer(healthSchema), 503: jsonAnswer(healthSchema) },
    act: async ({ administrator, request }) => {
      // That the book moves, and how many read it, tells a reader of persons whom that reader may not see.
      const told = administrator || !readers.apart;
      const sources = (await administration.sources()).map(({ source, state, since, manner, held }) => ({
        source,
        state,
        ...(since !== undefined && { since }),
        ...(manner !== undefined && { manner }),
        ...(told && held !== undefined && { held }),
      }));
      // A source that is lost does not stop anybody from reading; one that is refused needs a hand.
      const able = sources.every(({ state }) => state !== 'refused');
      const { draining } = sip;
      // Who balances load sends nobody here any more once it drains.
      const health: Health = {
        ok: able && !draining,
        draining,
        sources,
        ...(told && stand({ readers, behind, sip })),
        ...(administrator && tasks(readers, await doubles(request.at))),
      };
      return json(health, health.ok ? 200 : 503);
    },
  };
}

/** What an administrator is to look at. */
const tasks = ({ unclear, full }: HealthOptions['readers'], doubles: number): Partial<Health> => ({
  ...(unclear.length > 0 && { groups: unclear }),
  ...(full.length > 0 && { full }),
  ...(doubles > 0 && { doubles }),
});

/** Whoever watches asks every few seconds, and of a million persons counting takes half a second. */
const countedEvery = minutes(10);

function countOfDoubles({ joining }: Pick<Administration, 'joining'>): (at: WallTime) => Promise<number> {
  let counted: { readonly at: WallTime; readonly doubles: number } | undefined;
  return async (at) => {
    if (counted === undefined || Math.abs(at - counted.at) >= countedEvery)
      counted = { at, doubles: (await joining.doubles()).length };
    return counted.doubles;
  };
}

function stand({ readers, behind, sip }: Omit<HealthOptions, 'administration'>): Partial<Health> {
  const { furthest } = behind;
  return {
    ...readers.whole.tail.head,
    subscriptions: sip.subscriptions,
    ...(furthest !== undefined && { behind: { revision: furthest.revision, advice: adviceForOldCopy } }),
  };
}
