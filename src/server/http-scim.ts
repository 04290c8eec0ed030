// SCIM over HTTP: who asks is the provisioning client of one source, by a token of its own; what it is answered is the
// provider's to say, errors among it (RFC 7644 §3.12).

import { Fault } from '../base/fault.ts';
import { errorDocument, type ScimAnswer, type ScimProvider, type ScimRequest } from '../scim/provider.ts';
import { ScimFault } from '../scim/scim-fault.ts';
import type { Hash } from '../sip/digest.ts';
import type { ServerFact } from './fact.ts';
import { decoded, mediaType, parseQuery, Refused, type Answer, type Request } from './http-message.ts';

export interface ScimSource {
  readonly name: string;
  /** SHA-256 of the tokens that are good now, lower-case hex. @throws HostFault when they cannot be read */
  readonly tokenHashes: () => readonly string[];
  readonly provider: Pick<ScimProvider, 'answer'>;
}

export interface ScimFaceOptions {
  readonly sources: readonly ScimSource[];
  readonly hash: Hash;
  /** The absolute URL of the server, without a slash at its end. */
  readonly publicUrl: () => string;
  readonly report: (fact: ServerFact) => void;
}

const root = '/scim/v2/';
const mediaTypes: readonly string[] = ['application/scim+json', 'application/json'];
const mostOctets = 4 * 1024 * 1024;

export const isScim = (path: string): boolean => path.startsWith(root);

/** Answers what is below `/scim/v2/`. */
export class ScimFace {
  readonly #options: ScimFaceOptions;

  constructor(options: ScimFaceOptions) {
    this.#options = options;
  }

  /** @throws what is a defect of ours; what the host or the peer did is answered */
  async answer(request: Request): Promise<Answer> {
    try {
      return printed(await this.#answer(request));
    } catch (thrown) {
      if (thrown instanceof ScimFault) return refusal(thrown);
      if (!(thrown instanceof Fault) || thrown.blame !== 'host') throw thrown;
      this.#options.report({ kind: 'unavailable', path: request.path, fault: thrown });
      const fault = new ScimFault(503, 'the server cannot use its store now; try again later');
      return refusal(fault, { 'retry-after': '5' });
    }
  }

  async #answer(request: Request): Promise<ScimAnswer> {
    const [name = '', ...path] = request.path.slice(root.length).split('/').map(readable(decoded));
    const source = this.#options.sources.find((each) => each.name === name);
    // A name that is no source's is answered like a wrong token: who has none learns no names.
    if (source === undefined || !this.#mayAsk(source, request))
      throw new ScimFault(401, 'this needs the token of the source in Authorization: Bearer');
    const scim: ScimRequest = {
      method: request.method,
      path,
      query: readable(parseQuery)(request.query),
      ifMatch: request.headers['if-match'],
      ifNoneMatch: request.headers['if-none-match'],
      base: `${this.#options.publicUrl()}${root}${name}`,
      at: request.at,
      body: () => bodyOf(request),
    };
    return source.provider.answer(scim);
  }

  #mayAsk({ tokenHashes }: ScimSource, { headers }: Request): boolean {
    const token = /^Bearer +([\w.~+/-]{1,4096}=*) *$/i.exec(headers['authorization'] ?? '')?.[1];
    if (token === undefined) return false;
    // Hashes are compared, so that the time it takes says nothing of the token.
    return tokenHashes().includes(this.#options.hash('SHA-256', token));
  }
}

const readable =
  <Read>(read: (text: string) => Read) =>
  (text: string): Read => {
    try {
      return read(text);
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      throw new ScimFault(400, 'the URL is not percent-encoded UTF-8, or has a parameter twice', {
        scimType: 'invalidSyntax',
      });
    }
  };

async function bodyOf(request: Request): Promise<string> {
  if (!mediaTypes.includes(mediaType(request.headers['content-type'])))
    throw new ScimFault(415, `the body must be ${mediaTypes.join(' or ')}`);
  const read = await request.body(mostOctets);
  switch (read.kind) {
    case 'too-large':
      throw new ScimFault(413, `the body may have at most ${mostOctets} octets`);
    case 'not-utf-8':
      throw new ScimFault(400, 'the body is not UTF-8', { scimType: 'invalidSyntax' });
    case 'cut-off':
      throw new ScimFault(400, 'the body ended before its end', { scimType: 'invalidSyntax' });
    case 'text':
      return read.text;
  }
}

const printed = ({ status, headers, document }: ScimAnswer): Answer => ({
  status,
  headers: {
    ...headers,
    'cache-control': 'no-store',
    ...(document !== undefined && { 'content-type': 'application/scim+json' }),
  },
  body: document === undefined ? '' : JSON.stringify(document),
});

const refusal = (fault: ScimFault, headers: Readonly<Record<string, string>> = {}): Answer =>
  printed({
    status: fault.status,
    headers: {
      ...headers,
      ...(fault.status === 401 && { 'www-authenticate': 'Bearer realm="scim"' }),
      ...(fault.allow !== undefined && { allow: fault.allow }),
    },
    document: errorDocument(fault),
  });
