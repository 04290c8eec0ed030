// A SCIM service provider (RFC 7644) over a store of resources: what a provisioning client asks, and what it is answered. Who
// asks has been seen to.

import type { WallTime } from '../base/time.ts';
import { folded, readComplex, valueOf, type Complex } from './attributes.ts';
import { parseFilter, type Filter } from './filter.ts';
import { resourceTest } from './matching.ts';
import { patched, readPatch } from './patch.ts';
import { acceptable, schemasOf } from './resource.ts';
import {
  resourceId,
  type Indexed,
  type Named,
  type ResourceId,
  type ResourceStore,
  type StoredResource,
} from './resource-store.ts';
import { ScimFault, unfit } from './scim-fault.ts';
import {
  configDocument,
  endpoint,
  resourceTypes,
  schemaDocument,
  schemas,
  typeDocument,
  type ResourceType,
} from './schema.ts';
import { readSelection, selected, type Selection } from './selection.ts';

export interface ScimRequest {
  readonly method: string;
  /** The segments after the source's own, decoded. */
  readonly path: readonly string[];
  readonly query: ReadonlyMap<string, string>;
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  /** The absolute URL of the source, without a slash at its end. */
  readonly base: string;
  readonly at: WallTime;
  /** @throws ScimFault where it is too large or no text */
  body(): Promise<string>;
}

export interface ScimAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: no body. */
  readonly document?: object;
}

export interface ScimProviderOptions {
  readonly store: ResourceStore;
  readonly newId: () => ResourceId;
  /** Something was written. */
  readonly written: () => void;
  /** Resolves when the host has done what else waits: a filter that looks through all resources must not hold it up. */
  readonly turn: () => Promise<unknown>;
}

/** RFC 7644 §3.4.2.4: fewer may be given than are asked for. */
const mostResults = 200;
/** Of what is stored, so that a group of some 40,000 members has room. */
const mostCharacters = 4 * 1024 * 1024;
/** Read at once where a filter looks through all. */
const readAtOnce = 100;

export class ScimProvider {
  readonly #options: ScimProviderOptions;

  constructor(options: ScimProviderOptions) {
    this.#options = options;
  }

  /** @throws ScimFault with what to answer; what the store throws */
  answer(request: ScimRequest): Promise<ScimAnswer> {
    const [first = '', id, more] = request.path;
    const type = resourceTypes.find((each) => endpoint[each] === first);
    if (more !== undefined) throw nowhere();
    if (type === undefined) return discovery(request, first, id);
    if (id === undefined || id === '') return this.#all(type, request);
    return this.#one({ type, id: resourceId(id) }, request);
  }

  #all(type: ResourceType, request: ScimRequest): Promise<ScimAnswer> {
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return this.#list(type, request);
      case 'POST':
        return this.#add(type, request);
      default:
        throw wrongMethod('GET, HEAD, POST');
    }
  }

  #one(named: Named, request: ScimRequest): Promise<ScimAnswer> {
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return this.#get(named, request);
      case 'PUT':
        return this.#replace(named, request);
      case 'PATCH':
        return this.#patch(named, request);
      case 'DELETE':
        return this.#remove(named, request);
      default:
        throw wrongMethod('GET, HEAD, PUT, PATCH, DELETE');
    }
  }

  async #add(type: ResourceType, request: ScimRequest): Promise<ScimAnswer> {
    const selection = selectionOf(request);
    const attributes = bounded(acceptable(type, readComplex(await request.body())));
    const { store, newId, written } = this.#options;
    const added = await store.add({ type, id: newId(), attributes, at: request.at });
    if (added === 'taken') throw taken(attributes);
    written();
    const { document = {}, headers } = answerOf(added, request, selection);
    return { status: 201, headers: { ...headers, location: locationOf(added, request) }, document };
  }

  async #get(named: Named, request: ScimRequest): Promise<ScimAnswer> {
    const selection = selectionOf(request);
    const found = await this.#options.store.find(named);
    if (found === undefined) throw absent(named);
    if (names(request.ifNoneMatch, found)) return { status: 304, headers: { etag: tagOf(found) } };
    return answerOf(found, request, selection);
  }

  /** RFC 7644 §3.5.1: what is not said is cleared. */
  async #replace(named: Named, request: ScimRequest): Promise<ScimAnswer> {
    const selection = selectionOf(request);
    const attributes = bounded(acceptable(named.type, readComplex(await request.body())));
    return answerOf(await this.#alter(named, request, () => attributes), request, selection);
  }

  /** RFC 7644 §3.5.2 allows both answers. Of a group, whose members may be many, nothing is said unless asked for. */
  async #patch(named: Named, request: ScimRequest): Promise<ScimAnswer> {
    const selection = selectionOf(request);
    const operations = readPatch(readComplex(await request.body()));
    const altered = await this.#alter(named, request, ({ attributes }) =>
      bounded(patched(named.type, attributes, operations)),
    );
    const answer = answerOf(altered, request, selection);
    return named.type === 'User' || request.query.has('attributes') ? answer : { status: 204, headers: answer.headers };
  }

  async #alter(named: Named, request: ScimRequest, to: (before: StoredResource) => Complex): Promise<StoredResource> {
    const { store, written } = this.#options;
    let wanted: Complex = {};
    const altered = await store.alter({ ...named, at: request.at }, (before) => {
      checkMatch(request, before);
      return (wanted = to(before));
    });
    if (altered === 'absent') throw absent(named);
    if (altered === 'taken') throw taken(wanted);
    written();
    return altered;
  }

  async #remove(named: Named, request: ScimRequest): Promise<ScimAnswer> {
    const { store, written } = this.#options;
    if (!(await store.remove(named, (before) => checkMatch(request, before)))) throw absent(named);
    written();
    return { status: 204, headers: {} };
  }

  async #list(type: ResourceType, request: ScimRequest): Promise<ScimAnswer> {
    const selection = selectionOf(request);
    const { query } = request;
    // RFC 7644 §3.4.2.4: less than 1 is 1, and less than 0 is 0.
    const startIndex = Math.max(wholeNumber(query, 'startIndex') ?? 1, 1);
    const count = Math.min(Math.max(wholeNumber(query, 'count') ?? mostResults, 0), mostResults);
    const filter = query.get('filter');
    const part = { offset: startIndex - 1, limit: count };
    const { total, resources } =
      filter === undefined ? await this.#part(type, part) : await this.#filtered(type, parseFilter(filter), part);
    const document = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: total,
      startIndex,
      itemsPerPage: resources.length,
      Resources: resources.map((each) => selected(each.type, shown(each, request), selection)),
    };
    return { status: 200, headers: {}, document };
  }

  async #part(type: ResourceType, part: Part): Promise<Found> {
    const { store } = this.#options;
    return { total: await store.count(type), resources: part.limit === 0 ? [] : await store.page(type, part) };
  }

  async #filtered(type: ResourceType, filter: Filter, { offset, limit }: Part): Promise<Found> {
    const resources: StoredResource[] = [];
    const isMeant = resourceTest(filter, type);
    let total = 0;
    for await (const page of this.#candidates(type, filter))
      for (const each of page) {
        if (!isMeant({ ...each.attributes, id: each.id, meta: metaOf(each) })) continue;
        total += 1;
        if (total > offset && resources.length < limit) resources.push(each);
      }
    return { total, resources };
  }

  /** What clients ask for again and again is found by an index; for all else everybody is looked at, with turns in between. */
  async *#candidates(type: ResourceType, filter: Filter): AsyncGenerator<readonly StoredResource[]> {
    const { store, turn } = this.#options;
    for (const { name, value } of equalities(filter)) {
      if (name === 'id') {
        const found = await store.find({ type, id: resourceId(value) });
        return yield found === undefined ? [] : [found];
      }
      const attribute = indexed.find((each) => folded(each) === name);
      if (attribute !== undefined) return yield await store.having(type, attribute, value);
    }
    for (let offset = 0; ; await turn()) {
      const page = await store.page(type, { offset, limit: readAtOnce });
      if (page.length === 0) return;
      offset += page.length;
      yield page;
    }
  }
}

interface Part {
  readonly offset: number;
  readonly limit: number;
}

interface Found {
  readonly total: number;
  readonly resources: readonly StoredResource[];
}

const indexed: readonly Indexed[] = ['userName', 'externalId', 'displayName'];

/** Of attributes of the resource itself that must have a value for the filter to hold. */
function equalities(filter: Filter): readonly { readonly name: string; readonly value: string }[] {
  if (filter.kind === 'and') return filter.filters.flatMap(equalities);
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || typeof filter.value !== 'string') return [];
  const { schema, name, sub, filter: within } = filter.path;
  return schema !== undefined || sub !== undefined || within !== undefined
    ? []
    : [{ name: folded(name), value: filter.value }];
}

/** RFC 7644 §4: what the service provider can do. */
async function discovery({ method, base }: ScimRequest, first: string, id: string | undefined): Promise<ScimAnswer> {
  const all: Readonly<Record<string, readonly object[]>> = {
    Schemas: schemas.map((each) => schemaDocument(each, base)),
    ResourceTypes: resourceTypes.map((each) => typeDocument(each, base)),
  };
  const list = Object.hasOwn(all, first) ? all[first] : undefined;
  const isConfig = first === 'ServiceProviderConfig' && id === undefined;
  if (list === undefined && !isConfig) throw nowhere();
  if (method !== 'GET' && method !== 'HEAD') throw wrongMethod('GET, HEAD');
  if (list === undefined) return { status: 200, headers: {}, document: configDocument(mostResults, base) };
  if (id === undefined) {
    const schemasOfList = ['urn:ietf:params:scim:api:messages:2.0:ListResponse'];
    const counts = { totalResults: list.length, startIndex: 1, itemsPerPage: list.length };
    return { status: 200, headers: {}, document: { schemas: schemasOfList, ...counts, Resources: list } };
  }
  const found = list.find((each) => 'id' in each && each.id === id);
  if (found === undefined) throw nowhere();
  return { status: 200, headers: {}, document: found };
}

const selectionOf = ({ query }: ScimRequest): Selection =>
  readSelection(query.get('attributes'), query.get('excludedAttributes'));

function wholeNumber(query: ReadonlyMap<string, string>, name: string): number | undefined {
  const written = query.get(name);
  if (written === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(written)) throw unfit('invalidValue', `${name} must be a whole number`);
  return Number(written);
}

function bounded(attributes: Complex): Complex {
  if (JSON.stringify(attributes).length > mostCharacters)
    throw new ScimFault(413, `a resource may have at most ${mostCharacters} characters`);
  return attributes;
}

const locationOf = ({ type, id }: Named, { base }: ScimRequest): string => `${base}/${endpoint[type]}/${id}`;

/** RFC 7644 §3.14. */
const tagOf = ({ version }: StoredResource): string => `W/"${version}"`;

function names(header: string | undefined, resource: StoredResource): boolean {
  if (header === undefined) return false;
  return header
    .split(',')
    .some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === `"${resource.version}"`);
}

function checkMatch({ ifMatch }: ScimRequest, before: StoredResource): void {
  if (ifMatch !== undefined && !names(ifMatch, before))
    throw new ScimFault(412, `the resource has changed; it is at ${tagOf(before)} now`);
}

const shown = (resource: StoredResource, request: ScimRequest): Complex => {
  const { type, id, attributes } = resource;
  return {
    schemas: schemasOf(type, attributes),
    id,
    ...attributes,
    meta: { ...metaOf(resource), location: locationOf(resource, request), version: tagOf(resource) },
  };
};

const metaOf = ({ type, created, altered }: StoredResource): Complex => ({
  resourceType: type,
  created: new Date(created).toISOString(),
  lastModified: new Date(altered).toISOString(),
});

const answerOf = (resource: StoredResource, request: ScimRequest, selection: Selection): ScimAnswer => ({
  status: 200,
  headers: { etag: tagOf(resource), location: locationOf(resource, request) },
  document: selected(resource.type, shown(resource, request), selection),
});

const nowhere = (): ScimFault =>
  new ScimFault(404, 'there is nothing at this path; see ServiceProviderConfig, ResourceTypes and Schemas');

const absent = ({ type, id }: Named): ScimFault =>
  new ScimFault(404, `there is no ${type} ${JSON.stringify(id.slice(0, 80))}`);

const taken = (attributes: Complex): ScimFault =>
  new ScimFault(409, `another user has the userName ${JSON.stringify(valueOf(attributes, 'userName'))}`, {
    scimType: 'uniqueness',
  });

const wrongMethod = (allow: string): ScimFault => new ScimFault(405, `this path takes ${allow}`, { allow });

/** RFC 7644 §3.12. */
export const errorDocument = ({
  status,
  message,
  scimType,
}: Pick<ScimFault, 'status' | 'message' | 'scimType'>): object => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
  status: String(status),
  ...(scimType !== undefined && { scimType }),
  detail: message,
});
