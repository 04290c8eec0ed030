// A vCard's content lines: unfolding, groups, parameters, escapes (RFC 6350 §3, RFC 6868; RFC 2426 §2.6 and §4 are the same
// but for what is said of them below).

/** A property as its line has it. */
export interface VCardProperty {
  readonly line: number;
  /** In upper case, without the group. */
  readonly name: string;
  /** `item1` of `item1.TEL`, in lower case. */
  readonly group?: string;
  /** Values by the parameter's name, in upper case. */
  readonly parameters: ReadonlyMap<string, readonly string[]>;
  /** As it is written, with its escapes. */
  readonly value: string;
}

export interface VCardProblem {
  /** From 1. */
  readonly line: number;
  readonly problem: string;
}

/** Some photos are larger than any that is taken, see `mostPhotoBytes`; no line is longer than those. */
const longestLine = 4 * 1024 * 1024;

/** The lines, unfolded, that are not empty. */
export function* contentLines(text: string): Generator<VCardProperty | VCardProblem, void> {
  const end = /\r\n|\n|\r/g;
  let parts: string[] = [];
  let [length, start, line] = [0, 1, 0];
  for (let from = text.startsWith('\ufeff') ? 1 : 0; from <= text.length; from = end.lastIndex) {
    end.lastIndex = from;
    const found = end.exec(text);
    const part = text.slice(from, found?.index);
    line += 1;
    if (parts.length > 0 && /^[ \t]/.test(part)) {
      // Of one that is too long no more is held than says so.
      if (length <= longestLine) parts.push(part.slice(1));
      length += part.length - 1;
    } else {
      if (length > 0) yield propertyOf(start, parts, length);
      [parts, length, start] = [[part], part.length, line];
    }
    if (found === null) break;
  }
  if (length > 0) yield propertyOf(start, parts, length);
}

const propertyName = /(?:([A-Za-z0-9-]+)\.)?([A-Za-z0-9-]+)/y;
const parameterName = /;([A-Za-z0-9-]+)=/y;
const parameterValue = /"([^"]*)"|([^",;:]*)/y;

function propertyOf(line: number, parts: readonly string[], length: number): VCardProperty | VCardProblem {
  if (length > longestLine) return { line, problem: `it has more than ${longestLine} characters` };
  const text = parts.join('');
  const reader = new Reader(text);
  const [, group, given] = reader.take(propertyName) ?? [];
  const name = given?.toUpperCase();
  const parameters = new Map<string, string[]>();
  for (let next = reader.take(parameterName); next !== undefined; next = reader.take(parameterName)) {
    const key = (next[1] ?? '').toUpperCase();
    const values = parameters.get(key) ?? [];
    parameters.set(key, values);
    do {
      const [, quoted, bare = ''] = reader.take(parameterValue) ?? [];
      values.push(withoutCarets(quoted ?? bare));
    } while (reader.skip(','));
  }
  if (name === undefined || !reader.skip(':'))
    return { line, problem: 'it is not of the form NAME;PARAMETER=value:value' };
  const value = text.slice(reader.at);
  return { line, name, parameters, value, ...(group !== undefined && { group: group.toLowerCase() }) };
}

class Reader {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.at = pattern.lastIndex;
    return found;
  }

  skip(character: string): boolean {
    if (this.#text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }
}

/** RFC 6868 §3.2. */
const withoutCarets = (text: string): string =>
  text.replaceAll(/\^[n^']/g, (pair) => (pair === '^n' ? '\n' : pair === "^'" ? '"' : '^'));

/** Fields are far shorter; what follows is left out. */
const longestText = 65_536;

/** RFC 6350 §3.4. What need not be escaped, and is (`\:`), is itself. */
const unescaped = (text: string): string =>
  text.replaceAll(/\\(.)/gs, (_, character: string) => (/n/i.test(character) ? '\n' : character));

export const textOf = ({ value }: VCardProperty): string => unescaped(value.slice(0, longestText));

/** Of a structured value, parted by semicolons. */
export const componentsOf = (property: VCardProperty): readonly string[] => partsOf(property, ';');

/** Of a list, parted by commas. */
export const itemsOf = (property: VCardProperty): readonly string[] => partsOf(property, ',');

function partsOf({ value }: VCardProperty, between: ';' | ','): readonly string[] {
  const text = value.slice(0, longestText);
  const components: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === between) {
      components.push(unescaped(text.slice(from, at)));
      from = at + 1;
    }
  }
  return [...components, unescaped(text.slice(from))];
}

const mostTypes = 16;

/** In lower case; also where a list of them is in quotes (`TYPE="work,voice"`). */
export const typesOf = ({ parameters }: VCardProperty): readonly string[] =>
  (parameters.get('TYPE') ?? [])
    .slice(0, mostTypes)
    .flatMap((each) => each.toLowerCase().split(',').slice(0, mostTypes));
