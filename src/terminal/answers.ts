// What a server answered to the terminal itself, rather than to a question of its engine.

import type { GenericSchema } from 'valibot';
import { readAnswer, type HttpAnswer, type Trouble } from './acquisition.ts';
import { TerminalFault } from './terminal-fault.ts';
import { sessionSchema, type Session } from '../wire/http.ts';
import { parseJson, WireFault } from '../wire/problem.ts';
import { apiPrefix } from '../wire/protocol-version.ts';
import type { PasswordAttempt } from './face.ts';
import type { HttpOutcome, TerminalHttp } from './http-exchange.ts';

export function answerOf(outcome: HttpOutcome): HttpAnswer {
  if (outcome.kind === 'unanswered') throw new TerminalFault(outcome.trouble);
  return outcome.answer;
}

export function faultOf(answer: HttpAnswer): TerminalFault {
  const reading = readAnswer({ kind: 'book' }, answer);
  const trouble: Trouble =
    reading.kind === 'trouble' || reading.kind === 'refused'
      ? reading.trouble
      : { kind: 'malformed', words: `The server answered with HTTP status ${answer.status}.` };
  return new TerminalFault(trouble, { retryAfter: reading.kind === 'trouble' ? reading.retryAfter : undefined });
}

/** `wrong`: what to say of a 401. */
export function readSession(answer: HttpAnswer, wrong: string): Session {
  if (answer.status === 401) throw new TerminalFault({ kind: 'log-in-again', words: wrong });
  return readAs(sessionSchema, answer, 'session');
}

export function readAs<T>(schema: GenericSchema<unknown, T>, answer: HttpAnswer, what: string): T {
  if (answer.status !== 200) throw faultOf(answer);
  try {
    return parseJson(schema, answer.text, what);
  } catch (cause) {
    if (!(cause instanceof WireFault)) throw cause;
    const words = `The server's answer cannot be used: ${cause.message}.`;
    throw new TerminalFault({ kind: 'malformed', words }, { cause });
  }
}

/** @throws TerminalFault when the server does not let in, or is not there */
export async function byPassword(client: TerminalHttp, { user, password }: PasswordAttempt): Promise<Session> {
  const body = JSON.stringify({ user, password });
  const answer = answerOf(await client.ask({ method: 'POST', path: `${apiPrefix}/session`, body }));
  return readSession(answer, 'The user or the password is wrong.');
}
