// How a terminal logs in: by a password, or by the company's identity provider in a browser on this machine, which
// comes back to a port that listens only meanwhile (RFC 8252 §7.3).

import { createHash, randomBytes } from 'node:crypto';
import { byPassword } from '../terminal/answers.ts';
import type { TerminalHttp } from '../terminal/http-exchange.ts';
import { offerOf, redeem } from '../terminal/provider-log-in.ts';
import { TerminalFault } from '../terminal/terminal-fault.ts';
import type { Session } from '../wire/http.ts';
import { authorizationUrl } from '../wire/oidc.ts';
import { awaitBrowser } from './browser-return.ts';
import type { BrowserAttempt, LogInAttempt } from './terminal.ts';

/** Whoever walks away from the browser should not find a port that still listens. */
const browserWithinMilliseconds = 600_000;

/** @throws TerminalFault when the server does not let in, or is not there */
export const sessionOf = (client: TerminalHttp, attempt: LogInAttempt): Promise<Session> =>
  'browser' in attempt ? byBrowser(client, attempt) : byPassword(client, attempt);

async function byBrowser(client: TerminalHttp, { browser, signal }: BrowserAttempt): Promise<Session> {
  const offer = await offerOf(client);
  const codeVerifier = randomBytes(32).toString('base64url');
  const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
  const state = randomBytes(16).toString('base64url');
  const late = AbortSignal.timeout(browserWithinMilliseconds);
  await using waiting = await awaitBrowser(state, signal === undefined ? late : AbortSignal.any([late, signal]));
  const { redirectUri } = waiting;
  browser(authorizationUrl(offer, { redirectUri, codeChallenge, state }));
  const code = await waiting.code;
  try {
    const session = await redeem(client, { code, codeVerifier, redirectUri });
    await waiting.reply(`You are logged in, ${session.name}. This page may be closed.`);
    return session;
  } catch (fault) {
    if (fault instanceof TerminalFault) await waiting.reply(`You are not logged in. ${fault.message}`);
    throw fault;
  }
}
