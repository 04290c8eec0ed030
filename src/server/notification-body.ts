// What a NOTIFY says: the changes themselves where they are small enough for the flow, else a notice
// of where they are. A span is folded and printed once for all who stand at the same revision.

import { utf8 } from '../base/bytes.ts';
import type { Revision } from '../book/change.ts';
import { condense, type ChangeList } from '../book/change-list.ts';
import type { Body } from '../sip/transaction-user.ts';
import { printChangeList, printNotice } from '../wire/change-list.ts';
import { apiPrefix, changesType, noticeType } from '../wire/protocol-version.ts';
import type { Takes } from './subscriptions.ts';
import type { Tail } from './tail.ts';

/** One span, condensed, and printed when first asked for. */
export interface Span {
  readonly list: ChangeList;
  printed(): Printed;
}

/** One body for all who are told of it: the endpoint knows it by its identity, and prints it once. */
export interface Printed {
  readonly body: Body;
  readonly octets: number;
}

export function print(list: ChangeList): Printed {
  const body = { type: changesType, text: printChangeList(list) };
  return { body, octets: utf8(body.text).length };
}

// Most terminals stand at the same few revisions; each other one is worked out when it is its turn.
const mostSpans = 256;

/** The spans from a revision to the tail's head, for all who are told of what this tail has. */
export class Spans {
  readonly tail: Tail;
  readonly #byAfter = new Map<Revision, Span>();
  #upTo: string | undefined;

  constructor(tail: Tail) {
    this.tail = tail;
  }

  since(after: Revision): Span | 'further-back' {
    const { etag } = this.tail;
    if (this.#upTo !== etag) this.#byAfter.clear();
    this.#upTo = etag;
    const known = this.#byAfter.get(after);
    if (known !== undefined) return known;
    const raw = this.tail.since(after);
    if (raw === 'further-back') return raw;
    const made = span(condense(raw));
    if (this.#byAfter.size >= mostSpans) this.#byAfter.clear();
    this.#byAfter.set(after, made);
    return made;
  }
}

function span(list: ChangeList): Span {
  let printed: Printed | undefined;
  return { list, printed: () => (printed ??= print(list)) };
}

/** What a notice says: one span in one form. */
interface Told extends Omit<ChangeList, 'changes'> {
  readonly takes: Takes;
}

/** Notices, of which the last is kept: a change to all is told to nearly all from the same revision. */
export class Notices {
  readonly #base: () => string;
  #last: { readonly told: Told; readonly body: Body } | undefined;

  /** `base` is the absolute URL of the server, without a slash at its end. */
  constructor(base: () => string) {
    this.#base = base;
  }

  body(told: Told): Body {
    const last = this.#last;
    if (last !== undefined && same(last.told, told)) return last.body;
    const body = noticeBody(told, this.#base());
    this.#last = { told, body };
    return body;
  }
}

const same = (one: Told, other: Told): boolean =>
  one.after === other.after && one.upTo === other.upTo && one.takes === other.takes && one.book === other.book;

/** *Come and get it* (S304), in the form that the subscriber takes. */
function noticeBody({ book, after, upTo, takes }: Told, base: string): Body {
  if (takes === 'external-body') return externalBody(`${base}${apiPrefix}/changes?after=${after}`);
  return { type: noticeType, text: printNotice({ book, after, upTo }) };
}

// RFC 4483 §3: the URL stands in the Content-Type of the indirection; the body is the header fields of
// what is there, closed by an empty line.
const externalBody = (url: string): Body => ({
  type: `message/external-body; access-type="URL"; URL="${url}"`,
  text: 'Content-Type: application/json\r\nContent-Disposition: render\r\n\r\n',
});

/**
 * Which of our bodies an Accept header takes; undefined where none. An absent header takes the
 * package's own types (RFC 6665 §5.4.5), which both are.
 */
export function takesOf(accept: readonly string[]): Takes | undefined {
  if (accept.length === 0 || accept.includes(changesType)) return 'changes-and-notice';
  const types = new Set(accept.map((each) => each.split(';', 1)[0]?.trim().toLowerCase()));
  const takes = (type: string): boolean =>
    types.has(type) || types.has('*/*') || types.has(`${type.split('/', 1)[0]}/*`);
  // Whoever names only the changes must still learn of a span too large for them; so a notice is
  // sent to whoever takes either of ours.
  if (takes(changesType)) return 'changes-and-notice';
  if (takes(noticeType)) return 'notice';
  return takes('message/external-body') ? 'external-body' : undefined;
}
