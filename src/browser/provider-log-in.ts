// Log-in by the company's identity provider in a page. The page leaves for the provider, which sends the browser back to an
// address that the server lists; what the page must remember meanwhile is in sessionStorage, for this tab alone.

import * as v from 'valibot';
import { byPassword } from '../terminal/answers.ts';
import type { PasswordAttempt } from '../terminal/face.ts';
import type { TerminalHttp } from '../terminal/http-exchange.ts';
import { offerOf, providerAt, redeem, returnOf, type ProviderAt, type Returned } from '../terminal/provider-log-in.ts';
import { TerminalFault } from '../terminal/terminal-fault.ts';
import type { Session } from '../wire/http.ts';
import { authorizationUrl } from '../wire/oidc.ts';
import { codeChallengeOf, secret } from './chance.ts';
import { HttpClient } from './http-client.ts';

/** What a page that was come back to logs in with; see `returnedLogIn`. */
export interface ReturnedAttempt {
  readonly server: string;
  readonly returned: Returned & Pick<Begun, 'codeVerifier' | 'redirectUri'>;
}

export type LogInAttempt = PasswordAttempt | ReturnedAttempt;

interface Begun {
  readonly server: string;
  readonly state: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
  /** Where the employee was, to be there again. */
  readonly from: string;
}

const key = 'rollcall:log-in';

const begunSchema: v.GenericSchema<unknown, Begun> = v.object({
  server: v.string(),
  state: v.string(),
  codeVerifier: v.string(),
  redirectUri: v.string(),
  from: v.string(),
});

/** @throws TerminalFault when the server does not let in, or is not there */
export function sessionOf(client: TerminalHttp, attempt: LogInAttempt): Promise<Session> {
  if (!('returned' in attempt)) return byPassword(client, attempt);
  const { returned } = attempt;
  if ('code' in returned) return redeem(client, returned);
  return Promise.reject(new TerminalFault({ kind: 'log-in-again', words: returned.words }));
}

/** Whether the log-in screen should offer it. The server is the page's own where none is named. @throws TerminalFault where it is not there */
export async function identityProvider(server: string = location.origin): Promise<ProviderAt> {
  using client = new HttpClient(server);
  return await providerAt(client);
}

/**
 * Leaves this page for the identity provider. Kept only where the employee turns back to the page as it was.
 * @throws TerminalFault where the server does not offer it, or does not list an address of this page's origin to come back to
 */
export async function leaveToLogIn(server: string = location.origin): Promise<void> {
  using client = new HttpClient(server);
  const offer = await offerOf(client);
  const redirectUri = offer.returnAddresses.find((address) => URL.parse(address)?.origin === location.origin);
  if (redirectUri === undefined) {
    const words = `The server lists no address at ${location.origin} to come back to: its administrator must add one.`;
    throw new TerminalFault({ kind: 'not-allowed', words });
  }
  const begun: Begun = { server, state: secret(), codeVerifier: secret(), redirectUri, from: location.href };
  sessionStorage.setItem(key, JSON.stringify(begun));
  const { state, codeVerifier } = begun;
  const turnedBack = new Promise<void>((resolve) =>
    window.addEventListener('pageshow', () => resolve(), { once: true }),
  );
  location.assign(authorizationUrl(offer, { redirectUri, state, codeChallenge: codeChallengeOf(codeVerifier) }));
  await turnedBack;
}

/**
 * What to log in with where the identity provider has sent the browser back to this page; undefined where it has not.
 * The page's address is then the one that the employee left, and a second call gives nothing: a code is good once.
 */
export function returnedLogIn(): ReturnedAttempt | undefined {
  const begun = readBegun();
  if (begun === undefined) return undefined;
  const returned = returnOf(new URL(location.href).searchParams, begun.state);
  if (returned === undefined) return undefined;
  sessionStorage.removeItem(key);
  history.replaceState(history.state, '', begun.from);
  const { server, codeVerifier, redirectUri } = begun;
  return { server, returned: { ...returned, codeVerifier, redirectUri } };
}

function readBegun(): Begun | undefined {
  const text = sessionStorage.getItem(key);
  if (text === null) return undefined;
  try {
    return v.parse(begunSchema, JSON.parse(text));
  } catch (error) {
    // Another program of this origin keeps something under our name.
    if (!(error instanceof SyntaxError) && !(error instanceof v.ValiError)) throw error;
    return undefined;
  }
}
