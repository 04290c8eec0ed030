// Log-in by the company's identity provider, over HTTP.

import { sessionSchema } from '../wire/http.ts';
import { oidcLogInSchema, oidcOfferSchema } from '../wire/oidc.ts';
import { bodyAs } from './http-api.ts';
import { json, problem } from './http-message.ts';
import { jsonAnswer, jsonBody, type Route } from './http-routes.ts';
import { logInAnswer } from './http-session.ts';
import type { OidcLogIns } from './oidc-log-in.ts';
import type { Sessions } from './sessions.ts';

const words = {
  elsewhere: 'The browser came back to an address that this server does not list (logIn.oidc.returnAddresses)',
  wrong: 'The identity provider did not confirm this log-in; begin it anew',
  'not-in-book':
    'Nobody in the enterprise address book is who the identity provider says you are; ask its administrator',
  unavailable: 'The identity provider cannot be reached now; try again later',
};

export const oidcRoutes = (logIns: OidcLogIns, sessions: Sessions, realm: string): readonly Route[] => [
  {
    method: 'GET',
    path: '/v1/oidc',
    who: 'anyone',
    summary:
      'What an authorization request to the identity provider is made of; 404 where log-ins by one are not offered',
    answers: { 200: jsonAnswer(oidcOfferSchema) },
    act: async () => {
      const offer = await logIns.offer();
      return offer === undefined ? problem(503, words.unavailable, { headers: { 'retry-after': '10' } }) : json(offer);
    },
  },
  {
    method: 'POST',
    path: '/v1/oidc',
    who: 'anyone',
    summary: 'Log-in by a code of the identity provider (OpenID Connect, PKCE): as POST /v1/session',
    body: jsonBody(oidcLogInSchema, 16_384),
    answers: { 200: jsonAnswer(sessionSchema) },
    act: async (asked) => {
      const { remote, at } = asked.request;
      const logIn = bodyAs(asked, oidcLogInSchema);
      if (!logIns.mayReturnTo(logIn.redirectUri)) return problem(400, words.elsewhere);
      return logInAnswer(await sessions.logInAs(() => logIns.find(logIn), remote, at), { realm, words });
    },
  },
];
