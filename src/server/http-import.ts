// An import over HTTP. Who asks for `application/x-ndjson` is told how far it is, a line of JSON a step, and in
// the last line what came of it; who leaves before the line that says `applying` has changed nothing.

import { importReportSchema, mostImportOctets, type ImportLine, type ImportReport } from '../wire/admin.ts';
import type {
  EmbeddedBook,
  Imported,
  ImportFile,
  Importing,
  ImportPreview,
  ImportStep,
  Refusal,
} from './administration.ts';
import { doneOf, granted } from './http-granted.ts';
import { json, likings, refuse, type Answer } from './http-message.ts';
import { jsonAnswer, type Asked, type Route } from './http-routes.ts';

type Outcome = ImportPreview | Imported | Refusal;

const linesType = 'application/x-ndjson';

const importFormats: Readonly<Record<string, ImportFile['format']>> = {
  'text/csv': 'csv',
  'application/ldif': 'ldif',
  'text/x-ldif': 'ldif',
};

export const importRoute = (embedded: EmbeddedBook): Route => ({
  method: 'POST',
  path: '/v1/admin/import',
  who: 'administrator',
  summary: 'What a CSV or LDIF file would change in the embedded book; with apply=true, changes it',
  query: [
    { name: 'apply', what: 'true to do it' },
    { name: 'skip-rejected', what: 'true to do it though rows are wrong, without these' },
  ],
  body: { types: { 'text/csv': null, 'application/ldif': null, 'text/x-ldif': null }, mostOctets: mostImportOctets },
  answers: { 200: { ...jsonAnswer(importReportSchema), [linesType]: null } },
  act: async (asked) => {
    const file: ImportFile = { format: importFormats[asked.bodyType] ?? 'csv', text: asked.body };
    const skipRejected = flag(asked, 'skip-rejected');
    const steps = flag(asked, 'apply') ? embedded.import(file, { skipRejected }) : embedded.preview(file);
    const [liked] = likings(asked.request.headers['accept'] ?? '');
    return liked?.name === linesType && liked.quality > 0 ? inLines(steps) : whole(steps);
  },
});

function flag(asked: Asked, name: string): boolean {
  const value = asked.query.get(name) ?? 'false';
  return value === 'true' || (value === 'false' ? false : refuse(400, `${name} must be true or false`));
}

async function whole(steps: AsyncIterator<ImportStep, Outcome>): Promise<Answer> {
  for (;;) {
    const next = await steps.next();
    if (!next.done) continue;
    const outcome = granted(next.value);
    return json(reportOf(outcome));
  }
}

const inLines = (steps: Importing<ImportPreview | Imported>): Answer => ({
  status: 200,
  headers: { 'content-type': linesType, 'cache-control': 'no-store' },
  body: lines(steps),
});

async function* lines(steps: Importing<ImportPreview | Imported>): AsyncGenerator<string> {
  const line = (value: ImportLine): string => `${JSON.stringify(value)}\n`;
  try {
    for (;;) {
      const next = await steps.next();
      if (!next.done) yield line(next.value);
      else {
        const outcome = next.value;
        return yield line(outcome.kind === 'refused' ? outcome : { kind: 'report', report: reportOf(outcome) });
      }
    }
  } finally {
    // Who has gone wants no more of it.
    await steps.return({ kind: 'refused', status: 409, problem: 'the import was given up' });
  }
}

function reportOf(outcome: ImportPreview | Imported): ImportReport {
  const { rows, added, altered, unchanged, rejected, leftOut } =
    outcome.kind === 'imported' ? outcome.preview : outcome;
  const report = { rows, added, altered, unchanged, rejected, leftOut };
  return outcome.kind === 'imported' ? { ...report, done: doneOf(outcome.list) } : report;
}
