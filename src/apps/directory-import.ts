// `rollcall directory import`: sends a file to the server, and says what it would change, or changed.

import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { FieldLabels } from '../book/field.ts';
import {
  importLineSchema,
  importReportSchema,
  mostImportOctets,
  type ImportLine,
  type ImportReport,
} from '../wire/admin.ts';
import { BrokenOff, type AdminClient, type LinesRequest } from './admin-client.ts';
import { CommandFailure, exitCodes, type Output } from './output.ts';
import type { Progress } from './progress.ts';
import { printable } from './screen.ts';
import { differenceWords, labelsOf } from './values.ts';

export interface ImportOptions {
  readonly apply?: true;
  readonly skipRejected?: true;
}

export async function importFile(
  client: AdminClient,
  output: Output,
  ...[file, options]: readonly [string, ImportOptions]
): Promise<void> {
  const report = await output.during((progress) => send(client, progress, { file, ...options }));
  output.tell(importWords(report, await labelsOf(client)), report);
  // Wrong rows that one asked to be left out are no failure.
  if (report.rejected.length > 0 && report.done === undefined) process.exitCode = exitCodes.refused;
}

async function send(
  client: AdminClient,
  progress: Progress,
  { file, apply = false, skipRejected = false }: { readonly file: string; apply?: boolean; skipRejected?: boolean },
): Promise<ImportReport> {
  progress.show(`reading ${file}`);
  const text = readImport(file);
  const octets = Buffer.byteLength(text);
  if (octets > mostImportOctets)
    throw new CommandFailure(
      `${file} has ${octets} octets of text; at most ${mostImportOctets} are taken at a time`,
      exitCodes.refused,
    );
  const ldif = ['.ldif', '.ldf'].includes(extname(file).toLowerCase());
  const query = new URLSearchParams({ apply: String(apply), 'skip-rejected': String(skipRejected) });
  const path = `/v1/admin/import?${query.toString()}`;
  const body = { type: ldif ? 'application/ldif' : 'text/csv', text };
  const stop = new AbortController();
  const stopNow = (): void => stop.abort();
  process.once('SIGINT', stopNow);
  try {
    return await followed(client, progress, { path, body, apply, stop: stop.signal });
  } finally {
    process.off('SIGINT', stopNow);
  }
}

interface Sent extends Pick<LinesRequest<ImportLine>, 'path' | 'body' | 'stop'> {
  readonly apply: boolean;
}

async function followed(client: AdminClient, progress: Progress, sent: Sent): Promise<ImportReport> {
  const request: LinesRequest<ImportLine> = {
    ...sent,
    line: importLineSchema,
    sent: (done, total) => progress.show('sending octets', done, total),
  };
  try {
    for await (const line of client.lines(request)) {
      if (line.kind === 'report') return line.report;
      if (line.kind === 'refused') throw new CommandFailure(printable(line.problem), exitCodes.refused);
      show(progress, line);
    }
    throw new BrokenOff('the answer has no end');
  } catch (fault) {
    if (!(fault instanceof BrokenOff)) throw fault;
    const why = `the import broke off: ${printable(fault.message)}`;
    // That the server began to apply it may have been said and not been heard: only the book tells.
    if (sent.apply) progress.show('looking whether it was applied');
    const outcome = sent.apply ? await whatCameOfIt(client, sent) : 'Nothing was changed';
    throw new CommandFailure(`${why}. ${outcome}`, exitCodes.unreachable, { cause: fault });
  }
}

function show(progress: Progress, line: Exclude<ImportLine, { kind: 'report' | 'refused' }>): void {
  switch (line.kind) {
    case 'reading':
      return progress.show('reading rows', line.rows);
    case 'comparing':
      return progress.show('comparing rows', line.rows, line.of);
    case 'applying':
      // One transaction, all or nothing: there is nothing to count on the way.
      return progress.show(`applying ${line.changes.toLocaleString('en')} changes at once`);
  }
}

/** The log has all of an import or nothing of it: where nothing is left to change, it was applied. */
async function whatCameOfIt(client: AdminClient, { body }: Sent): Promise<string> {
  try {
    const { added, altered } = await client.ask({
      method: 'POST',
      path: '/v1/admin/import',
      body,
      answer: importReportSchema,
    });
    return added.length + altered.length === 0 ? 'All of it was applied' : 'Nothing of it was applied';
  } catch (fault) {
    if (!(fault instanceof CommandFailure)) throw fault;
    return `Whether it was applied cannot be seen (${fault.message}): once the server is back, the same command without --apply tells; it is all or nothing`;
  }
}

/** UTF-8, else GB18030, which spreadsheets on Chinese Windows write. */
function readImport(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new CommandFailure(
      `cannot read ${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
      exitCodes.failed,
      { cause },
    );
  }
  for (const encoding of ['utf-8', 'gb18030']) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
      continue; // the next encoding
    }
  }
  throw new CommandFailure(`${file} is neither UTF-8 nor GB18030 text`, exitCodes.failed);
}

export const mostShown = 20;

export const more = (count: number): readonly string[] =>
  count > mostShown ? [`... and ${count - mostShown} more`] : [];

function importWords(report: ImportReport, labels: FieldLabels): string {
  const { rejected, leftOut, added, altered, done } = report;
  return [
    ...rejected.slice(0, mostShown).map(({ line, reason }) => `line ${line}: WRONG: ${printable(reason)}`),
    ...more(rejected.length),
    ...leftOut.slice(0, mostShown).map(({ line, reason }) => `line ${line}: without its photo: ${printable(reason)}`),
    ...more(leftOut.length),
    ...added.slice(0, mostShown).map(({ line, fields }) => `line ${line}: + ${printable(fields.name ?? '')}`),
    ...more(added.length),
    ...altered
      .slice(0, mostShown)
      .map(({ line, name, from, to }) => `line ${line}: ${printable(name)}: ${differenceWords(from, to, labels)}`),
    ...more(altered.length),
    counts(report),
    done === undefined ? 'nothing was changed; --apply does it' : `done; the log is at revision ${done.upTo}`,
  ].join('\n');
}

function counts({ rows, added, altered, unchanged, rejected, done }: ImportReport): string {
  const [add, alter] = done === undefined ? ['to add', 'to alter'] : ['added', 'altered'];
  return `${rows} rows: ${added.length} ${add}, ${altered.length} ${alter}, ${unchanged} as they are, ${rejected.length} wrong`;
}
