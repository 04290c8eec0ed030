import * as v from 'valibot';
import { Fault } from '../base/fault.ts';

/** The peer said something that is not of this protocol. Nothing of the message was used. */
export class WireFault extends Fault {
  override readonly name = 'WireFault';
  readonly blame = 'peer';
}

/** RFC 9457: what an HTTP answer of the API says when it is not what was asked for. */
export interface Problem {
  /** `about:blank`, or one of `problemTypes` as a URI reference. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  /** With `too-old`: the oldest revision after which changes can still be had. */
  readonly oldest?: number;
}

export type ProblemType =
  | 'too-old'
  | 'bad-request'
  | 'not-allowed'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'too-many'
  | 'unavailable';

export const problemUri = (type: ProblemType): string => `/problems/${type}`;

export const problemSchema: v.GenericSchema<unknown, Problem> = v.pipe(
  v.object({
    type: v.optional(v.string(), 'about:blank'),
    title: v.optional(v.string(), ''),
    status: v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)),
    detail: v.exactOptional(v.string()),
    oldest: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  }),
);

/**
 * `text` as JSON held to `schema`.
 * @throws WireFault naming `what`, the first place that is wrong, and what would be right
 */
export function parseJson<T>(schema: v.GenericSchema<unknown, T>, text: string, what: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new WireFault(`${what} is not JSON`, { cause });
  }
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const place = v.getDotPath(issue);
  throw new WireFault(`${what}: ${place === null ? '' : `${place}: `}${issue.message}`);
}
