// Log-in by the company's identity provider, as far as it is the same in a program and in a page: what the server
// offers, what the provider sends a browser back with, and what the server makes of that.

import type { Session } from '../wire/http.ts';
import { oidcOfferSchema, type OidcLogIn, type OidcOffer } from '../wire/oidc.ts';
import { apiPrefix } from '../wire/protocol-version.ts';
import { answerOf, readAs, readSession } from './answers.ts';
import type { TerminalHttp } from './http-exchange.ts';
import { TerminalFault } from './terminal-fault.ts';

const path = `${apiPrefix}/oidc`;

/** @throws TerminalFault where log-ins by a provider are not offered, or the server or its provider is not there */
export async function offerOf(client: TerminalHttp): Promise<OidcOffer> {
  const answer = answerOf(await client.ask({ method: 'GET', path }));
  if (answer.status === 404)
    throw new TerminalFault({ kind: 'not-allowed', words: 'This server has no log-in by an identity provider.' });
  return readAs(oidcOfferSchema, answer, 'offer');
}

export type ProviderAt = 'offered' | 'away' | 'none';

/** Whether one can log in by a provider; `away` where it does not answer the server now. @throws TerminalFault where the server is not there */
export async function providerAt(client: TerminalHttp): Promise<ProviderAt> {
  const { status } = answerOf(await client.ask({ method: 'GET', path }));
  return status === 200 ? 'offered' : status === 404 ? 'none' : 'away';
}

/** What the provider says of the log-in: a code for the server, or why there is none. */
export type Returned = { readonly code: string } | { readonly words: string };

/** Undefined where it is of no log-in that began with this `state`: anybody may send a browser here. */
export function returnOf(
  parameters: { readonly get: (name: string) => string | null },
  state: string,
): Returned | undefined {
  if (parameters.get('state') !== state) return undefined;
  const code = parameters.get('code');
  if (code !== null && code !== '') return { code };
  // RFC 6749 §4.1.2.1.
  const error = parameters.get('error');
  if (error === null) return undefined;
  const description = parameters.get('error_description');
  return { words: `The identity provider says ${error}${description === null ? '' : `: ${description}`}.` };
}

export async function redeem(client: TerminalHttp, logIn: OidcLogIn): Promise<Session> {
  const answer = answerOf(await client.ask({ method: 'POST', path, body: JSON.stringify(logIn) }));
  return readSession(answer, 'The identity provider did not confirm the log-in: begin it anew.');
}
