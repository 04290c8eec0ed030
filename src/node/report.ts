// What the server tells its administrator: one line of JSON a fact on standard error (pino), with the
// same names everywhere. Machines do not log; they give facts, and this file has the words for each.
// What a peer said is escaped, so no header or log-in name can forge a line or move the cursor of who reads.

import { pino, type Logger } from 'pino';
import { adviceForOldCopy } from '../server/behind.ts';
import type { ServerFact } from '../server/fact.ts';
import type { SourceEvent } from '../server/source.ts';
import type { StageFact } from '../server/stage-fact.ts';
import type { LogLevel } from './config.ts';
import type { CertificateFact } from './server-certificate.ts';
import { harmless } from './json-line.ts';
import { unclearWords } from './named-groups.ts';

export interface Report {
  server(fact: ServerFact): void;
  stage(fact: StageFact): void;
  /** What a source said of itself: only trouble is worth a line, and how it is followed. */
  source(source: string, event: Extract<SourceEvent, { kind: 'lost' | 'refused' | 'began' | 'manner' }>): void;
  /** How many a source has named since it began: a line every few seconds, until it is in step. */
  loading(source: string, count: number): void;
  /** A log-in could not be tried against a directory. */
  logInTrouble(source: string, fault: unknown): void;
  /** A directory told why it refused a log-in, which the stranger at the door is not told. */
  logInProblem(source: string, user: string, problem: string): void;
  /** What the identity provider said, or did not, at a log-in or before. */
  oidcTrouble(problem: string): void;
  certificate(fact: CertificateFact): void;
  /** A task in the background failed; it is tried again. */
  trouble(task: string, fault: unknown): void;
  started(where: Readonly<Record<string, unknown>>): void;
  stopped(why: string): void;
}

/** A first load of a million takes a minute; whoever watches wants to see it move. */
const loadingEveryMilliseconds = 3000;

/** What peers do can be as often as they like; the lines of it come at most this often. */
const peersEveryMilliseconds = 1000;

/** Tells the first, and from then on one at a time, with how many were passed over. */
function seldom(): (tell: (passedOver: number) => void) => void {
  let mute = 0;
  let passedOver = 0;
  return (tell) => {
    const now = performance.now();
    if (now < mute) return void (passedOver += 1);
    mute = now + peersEveryMilliseconds;
    tell(passedOver);
    passedOver = 0;
  };
}

const standardError = (): LogStream => pino.destination({ fd: 2, sync: true });

interface LogStream {
  write(line: string): unknown;
}

export function createReport(level: LogLevel, stream: LogStream = standardError()): Report {
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => void stream.write(harmless(line)) },
  );
  return {
    ...sourceReport(log),
    ...serverReport(log),
    oidcTrouble: (said) => {
      const { problem } = clipped({ problem: said });
      log.warn({ kind: 'oidc-trouble', problem }, `identity provider: ${problem}`);
    },
    certificate: certificateReport(log),
  };
}

function sourceReport(log: Logger): Pick<Report, 'stage' | 'source' | 'loading' | 'logInTrouble' | 'logInProblem'> {
  const nextLine = new Map<string, number>();
  return {
    stage: (told) => {
      const fact = clipped(told);
      switch (fact.kind) {
        case 'refreshed':
          return log.info(fact, `source ${fact.source}: in step; ${fact.changes} changes`);
        case 'held': {
          const { id, source, reason, removals } = fact.hold;
          const advice = `look with 'rollcall directory brake list', then 'approve ${id}' or 'reject ${id}'`;
          return log.warn(
            { kind: fact.kind, hold: id, source, persons: removals.length, reason },
            `source ${source}: ${reason} Nobody was removed: ${advice}`,
          );
        }
        case 'held-field': {
          const { id, source, reason, field, persons } = fact.hold;
          const advice = `look with 'rollcall directory brake list', then 'approve ${id}' or 'reject ${id}'`;
          return log.warn(
            { kind: fact.kind, hold: id, source, field, persons: persons.length, reason },
            `source ${source}: ${reason} They keep it: ${advice}`,
          );
        }
        case 'comparing':
          return log.info(
            fact,
            `source ${fact.source}: settings changed (${fact.changed.join(', ')}); reading what they would do`,
          );
        case 'asking':
          return log.warn(
            { kind: fact.kind, source: fact.source, ...fact.asking },
            `source ${fact.source}: ${fact.problem}`,
          );
        case 'relocated':
          return log.info(fact, `source ${fact.source}: what was below ${fact.from} is below ${fact.to} now`);
        case 'nameless':
          return log.warn(
            fact,
            `source ${fact.source}: ${fact.count} entries have no name and are left out, e.g. ${fact.place}`,
          );
        case 'ambiguous':
          return log.warn(
            fact,
            `source ${fact.source}: ${fact.count} entries might be somebody who is known already, and are persons of their own, e.g. ${fact.place}: see 'rollcall directory doubles'`,
          );
        case 'passed-over':
          return log.warn(fact, `source ${fact.source}: ${fact.count} rows are passed over: ${fact.problem}`);
        case 'photoless':
          return log.warn(
            fact,
            `source ${fact.source}: ${fact.count} photos are left out, e.g. of ${fact.place}: ${fact.problem}`,
          );
      }
    },
    source: (source, event) => {
      nextLine.set(source, performance.now() + loadingEveryMilliseconds);
      if (event.kind === 'began') return log.info({ kind: 'began', source }, `source ${source}: reading everything`);
      if (event.kind === 'manner') return log.info({ ...event, source }, `source ${source}: followed ${event.words}`);
      if (event.kind === 'lost')
        return log.warn(
          { ...event, source },
          `source ${source}: ${event.problem}; tried again in ${Math.round(event.retryInMilliseconds / 1000)} s`,
        );
      return log.error({ ...event, source }, `source ${source}: ${event.problem}; ${event.advice}`);
    },
    loading: (source, count) => {
      if (performance.now() < (nextLine.get(source) ?? 0)) return;
      nextLine.set(source, performance.now() + loadingEveryMilliseconds);
      log.info({ kind: 'loading', source, persons: count }, `source ${source}: ${count} persons read so far`);
    },
    logInTrouble: (source, err) =>
      log.warn(
        { kind: 'log-in-trouble', source, err },
        `source ${source}: a log-in could not be tried: ${wordsOf(err)}`,
      ),
    logInProblem: (source, user, problem) =>
      log.warn(
        { kind: 'log-in-problem', source, user, problem },
        `source ${source}: a log-in as ${user} was refused: ${problem}`,
      ),
  };
}

const certificateReport =
  (log: Logger): Report['certificate'] =>
  (fact) => {
    switch (fact.kind) {
      case 'read':
        return log.info({ ...fact, kind: 'certificate' }, `certificate for ${fact.names}, good until ${fact.validTo}`);
      case 'kept':
        return log.error(
          { kind: 'certificate-kept', err: fact.fault },
          `the new certificate cannot be used, the one of before stays: ${fact.fault.message}`,
        );
      case 'runs-out':
        return log.warn(
          { ...fact, kind: 'certificate-runs-out' },
          fact.days < 0
            ? `the certificate expired on ${fact.validTo}: terminals refuse it`
            : `the certificate expires on ${fact.validTo}, in ${fact.days} days`,
        );
    }
  };

function serverReport(log: Logger): Pick<Report, 'server' | 'trouble' | 'started' | 'stopped'> {
  const malformed = seldom();
  const unknown = seldom();
  const strays = seldom();
  const crowds = seldom();
  return {
    server: (told) => {
      const fact = clipped(told);
      switch (fact.kind) {
        case 'logged-in':
          return log.info(fact, 'logged in');
        case 'log-in-refused':
          return log.warn(fact, `log-in refused: ${fact.why}`);
        case 'session-ended':
          return log.info(fact, `session ended: ${fact.why}`);
        case 'behind':
          return log.error(
            fact,
            `a terminal of ${fact.user} has revision ${fact.has} and the log is at ${fact.revision}: ${adviceForOldCopy}`,
          );
        case 'audience-made':
          return log.info(
            fact,
            `audience ${fact.audience}: its view of the book was made anew, ${fact.persons} persons`,
          );
        case 'audience-full':
          return log.warn(
            fact,
            `audience ${fact.audience}: there is room for ${fact.most} values that are to be the same of readers and persons, and there are more: some readers see nobody`,
          );
        case 'group-turned': {
          const { group, found, audiences } = fact;
          const by = `audience ${audiences.join(', ')}`;
          if (found === 1) return log.info(fact, `${by}: there is one group ${group} now`);
          return log.warn(fact, `${by}: ${unclearWords(group, found)}`);
        }
        case 'shown-otherwise':
          return log.info(fact, 'other fields are shown than before: terminals compare what they hold');
        case 'unavailable':
          return log.error({ kind: fact.kind, path: fact.path, err: fact.fault }, fact.fault.message);
        case 'resumed':
          return log.info(fact, `${fact.subscriptions} subscriptions of before go on`);
        case 'unreadable':
          return log.warn(
            fact,
            `${fact.count} kept subscriptions cannot be read and are left out; their terminals subscribe again. The first: ${fact.first}`,
          );
        case 'load':
          if (fact.admitted === 'everyone') return log.info(fact, 'the load is over: everyone is let in again');
          return log.warn(
            fact,
            `overloaded, late by ${Math.round(fact.lag)} ms: ${fact.admitted === 'nobody' ? 'nobody is let in' : 'no new subscriptions are let in'}`,
          );
        case 'drain':
          return log.info(fact, `drain ${fact.state}, with ${fact.subscriptions} subscriptions`);
        case 'malformed':
          return malformed((passedOver) => log.warn({ ...fact, passedOver }, 'a peer broke the protocol'));
        case 'not-ours':
          return strays((passedOver) =>
            log.warn({ ...fact, passedOver }, `a SUBSCRIBE for ${fact.requestUri}, which is not in sip.ownUris`),
          );
        case 'crowded':
          return crowds((passedOver) =>
            log.warn(
              { ...fact, passedOver },
              fact.crowded === 'server'
                ? `no room for a further subscription: limits.subscriptions; there are ${fact.subscriptions}`
                : `no room for a further subscription from ${fact.remote}: limits.subscriptionsPerAddress`,
            ),
          );
        case 'identity-unknown':
          return unknown((passedOver) =>
            log.warn({ ...fact, passedOver }, `nobody of the book, or more than one, is ${fact.identities.join(', ')}`),
          );
      }
    },
    trouble: (task, err) => log.error({ kind: 'trouble', task, err }, `${task}: ${wordsOf(err)}`),
    started: (where) => log.info({ kind: 'started', ...where }, 'started'),
    stopped: (why) => log.info({ kind: 'stopped', why }, 'stopped'),
  };
}

/** A header may have 16 kB; whoever looks for it has enough of its beginning. */
const longestText = 500;

/** `fact` with long texts cut, so that no peer fills the log by a few lines. */
const clipped = <Fact extends object>(fact: Fact): Fact =>
  Object.fromEntries(Object.entries(fact).map(([name, value]: [string, unknown]) => [name, clip(value)])) as Fact;

function clip(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 10).map(clip);
  return typeof value === 'string' && value.length > longestText ? `${value.slice(0, longestText)}...` : value;
}

const wordsOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));
