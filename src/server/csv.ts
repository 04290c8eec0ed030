// CSV (RFC 4180), with what spreadsheets write beyond it: `;` or tab between cells, lone carriage returns,
// a byte order mark. Own code, since csv-parse's types bring Node's globals into a room that has none.

/** A row, with the line on which it begins, from 1. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

export interface CsvProblem {
  readonly line: number;
  readonly problem: string;
}

/** The rows of `text`, and in the end what makes it impossible to tell them apart, if anything does; lines without anything are left out. */
export function* csvRows(text: string): Generator<CsvRow, CsvProblem | undefined> {
  const plain = text.replace(/^\ufeff/, '');
  const delimiter = delimiterOf(plain);
  let cells: string[] = [];
  let line = 1;
  let begin = 1;
  for (let at = 0; at <= plain.length;) {
    const cell = plain[at] === '"' ? quoted(plain, at) : bare(plain, at, delimiter);
    if (cell === undefined) return { line, problem: 'a quote is opened and never closed' };
    const next = plain[cell.end];
    if (next !== undefined && next !== delimiter && next !== '\r' && next !== '\n')
      return {
        line: line + feeds(cell.text),
        problem: `after a closing quote comes ${JSON.stringify(next)}; a quote within quotes is written twice`,
      };
    cells.push(cell.text);
    line += feeds(cell.text);
    at = cell.end + 1;
    if (next === delimiter) continue;
    if (cells.length > 1 || cell.text !== '') yield { line: begin, cells };
    cells = [];
    if (next === '\r' && plain[at] === '\n') at += 1;
    line += 1;
    begin = line;
  }
  return undefined;
}

interface Cell {
  readonly text: string;
  /** Where the delimiter, or the line's end, is. */
  readonly end: number;
}

function quoted(text: string, from: number): Cell | undefined {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 2))
    if (text[at + 1] !== '"') return { text: text.slice(from + 1, at).replaceAll('""', '"'), end: at + 1 };
  return undefined;
}

function bare(text: string, from: number, delimiter: string): Cell {
  let end = from;
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return { text: text.slice(from, end), end };
}

const feeds = (cell: string): number => cell.match(/\r\n|\r|\n/g)?.length ?? 0;

/** Which of `,` `;` and tab parts the cells of the first line. */
function delimiterOf(text: string): string {
  const header = (/^[^\r\n]*/.exec(text)?.[0] ?? '').replaceAll(/"[^"]*"/g, '');
  const count = (character: string): number => header.split(character).length;
  return [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best));
}
