// Filters (RFC 7644 §3.4.2.2, figure 1) and the paths of PATCH (§3.5.2, figure 7), which are made of the same words. Beyond
// the grammar it takes what Entra ID asks for where an address is what it matches by: `emails[type eq "work"].value eq "a@b.c"`.

import { unfit, type ScimFault, type ScimType } from './scim-fault.ts';

/** Which attribute, of which of its values, and which part of them. */
export interface Path {
  /** The URN before the name, where there is one. */
  readonly schema?: string;
  readonly name: string;
  readonly filter?: Filter;
  readonly sub?: string;
}

const operators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
export type Operator = (typeof operators)[number];

export type Filter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly kind: 'not'; readonly filter: Filter }
  | { readonly kind: 'present'; readonly path: Path }
  | { readonly kind: 'compare'; readonly path: Path; readonly operator: Operator; readonly value: Literal };

export type Literal = string | number | boolean | null;

const longest = 4096;
const deepest = 16;

/** @throws ScimFault `invalidFilter` */
export function parseFilter(text: string): Filter {
  const reader = new Reader(text, 'invalidFilter');
  const filter = reader.filter(0);
  reader.end();
  return filter;
}

/** @throws ScimFault `invalidPath` */
export function parsePath(text: string): Path {
  const reader = new Reader(text, 'invalidPath');
  const path = reader.path(0);
  reader.end();
  return path;
}

// A URN has colons and dots itself; what follows its last colon is the name.
const attribute = /(?:(urn:[\w.:%+-]+):)?([A-Za-z$][\w$-]*)(?:\.([A-Za-z$][\w$-]*))?/y;
const word = /[A-Za-z]+/y;
const literal = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/iy;
const space = / */y;
const sub = /\.([A-Za-z$][\w$-]*)/y;

class Reader {
  readonly #text: string;
  readonly #wrong: ScimType;
  #at = 0;

  constructor(text: string, wrong: ScimType) {
    this.#text = text;
    this.#wrong = wrong;
    if (text.length > longest) throw this.#fault(`it is longer than ${longest} characters`);
  }

  filter(depth: number): Filter {
    return this.#joined('or', () => this.#joined('and', () => this.#term(depth)));
  }

  path(depth: number): Path {
    const [, schema, name, first] = this.#match(attribute) ?? [];
    if (name === undefined) throw this.#fault('the name of an attribute is missing');
    const path = { name, ...(schema !== undefined && { schema }), ...(first !== undefined && { sub: first }) };
    if (first !== undefined || !this.#take('[')) return path;
    this.#space();
    const filter = this.filter(depth + 1);
    this.#space();
    if (!this.#take(']')) throw this.#fault('] is missing');
    const [, second] = this.#match(sub) ?? [];
    return { ...path, filter, ...(second !== undefined && { sub: second }) };
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw this.#fault('it has more than belongs to it');
  }

  #joined(kind: 'and' | 'or', part: () => Filter): Filter {
    const first = part();
    const filters = [first];
    while (this.#takeWord(kind)) filters.push(part());
    return filters.length === 1 ? first : { kind, filters };
  }

  #term(depth: number): Filter {
    if (depth > deepest) throw this.#fault(`it is nested more than ${deepest} deep`);
    this.#space();
    if (this.#take('(')) return this.#parenthesis(depth);
    const begin = this.#at;
    if (this.#takeWord('not')) {
      this.#space();
      if (this.#take('(')) return { kind: 'not', filter: this.#parenthesis(depth) };
      this.#at = begin;
    }
    return this.#comparison(depth);
  }

  #parenthesis(depth: number): Filter {
    const filter = this.filter(depth + 1);
    this.#space();
    if (!this.#take(')')) throw this.#fault(') is missing');
    return filter;
  }

  #comparison(depth: number): Filter {
    const path = this.path(depth);
    const before = this.#at;
    this.#space();
    const [written = ''] = this.#match(word) ?? [];
    const said = written.toLowerCase();
    if (said === 'pr') return { kind: 'present', path };
    const operator = operators.find((each) => each === said);
    if (operator === undefined) {
      if (path.filter === undefined || path.sub !== undefined)
        throw this.#fault(`an operator is missing: ${operators.join(', ')}, pr`);
      this.#at = before;
      return { kind: 'present', path };
    }
    this.#space();
    const value = this.#literal();
    if (/^[gl]/.test(operator) && (typeof value === 'boolean' || value === null))
      throw this.#fault(`${operator} does not go with ${String(value)}`);
    return { kind: 'compare', path, operator, value };
  }

  #literal(): Literal {
    const [written] = this.#match(literal) ?? [];
    if (written === undefined) throw this.#fault('a value is missing, such as "a text", 1, true or null');
    try {
      return JSON.parse(written.startsWith('"') ? written : written.toLowerCase()) as Literal;
    } catch {
      throw this.#fault(`${written} is no JSON text`);
    }
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  #space(): void {
    this.#match(space);
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  /** A word on its own, with the spaces before it. */
  #takeWord(wanted: string): boolean {
    const begin = this.#at;
    this.#space();
    const [written] = this.#match(word) ?? [];
    if (written?.toLowerCase() === wanted && /^[ (]/.test(this.#text.slice(this.#at))) return true;
    this.#at = begin;
    return false;
  }

  #fault(why: string): ScimFault {
    const what = this.#wrong === 'invalidPath' ? 'path' : 'filter';
    return unfit(this.#wrong, `the ${what} ${JSON.stringify(this.#text.slice(0, 200))} cannot be read: ${why}`);
  }
}
