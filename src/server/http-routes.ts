// The table of what can be asked: it drives dispatch, the checks before an act, and the OpenAPI
// document, so that none of the three can say something else than the others.

import type { GenericSchema } from 'valibot';
import type { StoredSession } from './account-store.ts';
import type { Answer, Request } from './http-message.ts';
import type { View } from './view.ts';

/** `session`: an employee who logged in. `reader`: such a one, or the administrator. */
export type Who = 'anyone' | 'session' | 'reader' | 'administrator';

export interface Asked {
  readonly request: Request;
  readonly query: ReadonlyMap<string, string>;
  /** What stood in the place of `{name}` in the path. */
  readonly names: ReadonlyMap<string, string>;
  /** Present where `who` is `session`; and for `reader` where it is not the administrator. */
  readonly session?: StoredSession;
  readonly administrator: boolean;
  /** The book as who asks may see it. */
  readonly view: View;
  /** The body as text, of one of the media types of the route; empty where the route takes none. */
  readonly body: string;
  readonly bodyType: string;
}

export interface QueryParameter {
  readonly name: string;
  readonly what: string;
  readonly required?: true;
  readonly integer?: true;
}

export interface RouteBody {
  /** By media type; null where it is text that no schema describes. */
  readonly types: Readonly<Record<string, GenericSchema | null>>;
  readonly mostOctets: number;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `{name}` stands for one segment. */
  readonly path: string;
  readonly who: Who;
  readonly summary: string;
  readonly query?: readonly QueryParameter[];
  readonly body?: RouteBody;
  /** By status: what the answer is, by media type; an empty one has no body. Problems go without saying. */
  readonly answers: Readonly<Record<number, Readonly<Record<string, GenericSchema | null>>>>;
  /** The answer is about the book as it is now: a terminal that has this entity tag is answered with 304 before anything is read. */
  readonly asOfHead?: true;
  readonly act: (asked: Asked) => Promise<Answer>;
}

export const jsonBody = (schema: GenericSchema, mostOctets: number = 1024 * 1024): RouteBody => ({
  types: { 'application/json': schema },
  mostOctets,
});

export const jsonAnswer = (schema: GenericSchema): Readonly<Record<string, GenericSchema>> => ({
  'application/json': schema,
});

export type Found =
  | { readonly kind: 'route'; readonly route: Route; readonly names: ReadonlyMap<string, string> }
  | { readonly kind: 'method-not-allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'not-found' };

interface Place {
  readonly segments: readonly string[];
  readonly byMethod: Map<string, Route>;
}

const noNames: ReadonlyMap<string, string> = new Map();

/** Finds the route of a path and method. Paths without names are found by one look into a map. */
export class RouteTable {
  readonly #exact = new Map<string, Place>();
  readonly #named: Place[] = [];

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const known = [...this.#exact.values(), ...this.#named].find((place) => place.segments.join('/') === route.path);
      const place = known ?? { segments: route.path.split('/'), byMethod: new Map() };
      place.byMethod.set(route.method, route);
      if (known !== undefined) continue;
      if (route.path.includes('{')) this.#named.push(place);
      else this.#exact.set(route.path, place);
    }
  }

  /** The names are still percent-encoded. */
  find(method: string, path: string): Found {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return ofMethod(exact, method, noNames);
    const segments = path.split('/', 16);
    for (const place of this.#named) {
      const names = matched(place.segments, segments);
      if (names !== undefined) return ofMethod(place, method, names);
    }
    return { kind: 'not-found' };
  }
}

function ofMethod({ byMethod }: Place, method: string, names: ReadonlyMap<string, string>): Found {
  // RFC 9110 §9.3.2: HEAD is GET whose body the host does not send.
  const route = byMethod.get(method === 'HEAD' ? 'GET' : method);
  if (route !== undefined) return { kind: 'route', route, names };
  const allow = [...byMethod.keys()];
  return { kind: 'method-not-allowed', allow: allow.includes('GET') ? [...allow, 'HEAD'] : allow };
}

function matched(pattern: readonly string[], segments: readonly string[]): ReadonlyMap<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const names = new Map<string, string>();
  for (const [at, part] of pattern.entries()) {
    const segment = segments[at] ?? '';
    if (!part.startsWith('{')) {
      if (part !== segment) return undefined;
    } else if (segment === '') return undefined;
    else names.set(part.slice(1, -1), segment);
  }
  return names;
}
