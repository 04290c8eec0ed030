// `rollcall directory import`: sends a file to the server, and says what it would change, or changed.

import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { importReportSchema, type ImportReport } from '../wire/admin.ts';
import type { AdminClient } from './admin-client.ts';
import { CommandFailure, exitCodes, type Output } from './output.ts';
import type { Progress } from './progress.ts';
import { printable } from './screen.ts';
import { differenceWords } from './values.ts';

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
  output.tell(importWords(report), report);
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
  const ldif = ['.ldif', '.ldf'].includes(extname(file).toLowerCase());
  // One request, compared and committed as one: there is nothing to count on the way.
  progress.show(`${apply ? 'importing' : 'comparing'} ${(text.length / 1e6).toFixed(1)} million characters`);
  const query = new URLSearchParams({ apply: String(apply), 'skip-rejected': String(skipRejected) });
  return client.ask({
    method: 'POST',
    path: `/v1/admin/import?${query.toString()}`,
    body: { type: ldif ? 'application/ldif' : 'text/csv', text },
    answer: importReportSchema,
  });
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

function importWords(report: ImportReport): string {
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
      .map(({ line, name, from, to }) => `line ${line}: ${printable(name)}: ${differenceWords(from, to)}`),
    ...more(altered.length),
    counts(report),
    done === undefined ? 'nothing was changed; --apply does it' : `done; the log is at revision ${done.upTo}`,
  ].join('\n');
}

function counts({ rows, added, altered, unchanged, rejected, done }: ImportReport): string {
  const [add, alter] = done === undefined ? ['to add', 'to alter'] : ['added', 'altered'];
  return `${rows} rows: ${added.length} ${add}, ${altered.length} ${alter}, ${unchanged} as they are, ${rejected.length} wrong`;
}
