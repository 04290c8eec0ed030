// The face of the server, put together: a SIP endpoint with a notifier above it, and the HTTP API, over
// the same tail of changes and the same sessions.
//
// The change log tells of each list that was appended (`announce`); the tail takes it, the notifier tells
// whom it concerns, and whoever asks over HTTP finds it in the head. Subscriptions live in memory; those over UDP
// or along a route are written behind and go on with the next process, the others end with their connections: on a
// clean stop they are told so (`deactivated`), and terminals subscribe anew with the revision they have.

import { Fault } from '../base/fault.ts';
import type { Machine } from '../base/machine.ts';
import type { WallTime } from '../base/time.ts';
import type { Revision } from '../book/change.ts';
import { classesInEffect, type FieldClasses, type FieldLabels } from '../book/field.ts';
import type { LinkTemplate } from '../book/link-template.ts';
import { condense, type ChangeList } from '../book/change-list.ts';
import type { Hash } from '../sip/digest.ts';
import type { FlowPath } from '../sip/transaction-user.ts';
import type { AccountStore } from './account-store.ts';
import type { Administration } from './administration.ts';
import { Announcer } from './announcer.ts';
import { hiddenFields } from './audience.ts';
import type { AudiencesOptions } from './audiences.ts';
import { Behind } from './behind.ts';
import type { ChangeLog, News } from './change-log.ts';
import type { ServerFact } from './fact.ts';
import { adminRoutes } from './http-admin.ts';
import { HttpApi } from './http-api.ts';
import { countsRoute, drainRoutes } from './http-sip.ts';
import { bookRoutes } from './http-book.ts';
import { groupRoutes } from './http-groups.ts';
import { organisationRoutes } from './http-organisation.ts';
import type { Answer, Request } from './http-message.ts';
import type { Route } from './http-routes.ts';
import { createReaders } from './readers.ts';
import { registrationsRoute } from './http-registrations.ts';
import { oidcRoutes } from './http-oidc.ts';
import { isScim, ScimFace, type ScimSource } from './http-scim.ts';
import { healthRoute, sessionRoutes } from './http-session.ts';
import { OidcLogIns, type OidcProvider } from './oidc-log-in.ts';
import { withOpenApi } from './openapi.ts';
import { Sessions, type Passwords, type SessionOptions, type SipPlaces } from './sessions.ts';
import { SipFace, type SipCounts, type SipFaceOptions, type SipInput, type SipOutput } from './sip-face.ts';
import { loadedIdentities, strangers, trustOf } from './trust-domain.ts';
import { eventPackage } from '../wire/protocol-version.ts';

export type { SipInput, SipOutput } from './sip-face.ts';

export interface ServerPorts {
  readonly changeLog: ChangeLog;
  readonly accounts: AccountStore;
  readonly administration: Administration;
  /** Who sees whom; absent: everyone everybody. */
  readonly audiences?: AudiencesOptions | undefined;
  readonly passwords: Passwords;
  readonly directory?: SessionOptions['directory'];
  /** Absent where there is no log-in by an identity provider. */
  readonly oidc?: OidcProvider | undefined;
  /** Sources that a provisioning client writes. */
  readonly scim?: readonly ScimSource[];
  /** Fresh and unguessable, at least 128 bits: 22 characters of base64url. */
  readonly token: () => string;
  /** Fresh token text for SIP tags and branches; 8 characters of 62 are enough. */
  readonly random: () => string;
  readonly hash: Hash;
  readonly report: (fact: ServerFact) => void;
  /** Gives an input to the server's `sip` machine, by the host's one driver. */
  readonly tell: (input: SipInput) => void;
}

export interface ServerOptions {
  readonly sip: SipPlaces &
    Pick<
      SipFaceOptions,
      | 'aliases'
      | 'algorithms'
      | 'isMany'
      | 'isOurHost'
      | 'mayReach'
      | 'mostPerAddress'
      | 'mostSubscriptions'
      | 'ownUris'
      | 'registrar'
    > & {
      /** Which peers are believed who somebody is; absent: none. */
      readonly trusts?: (path: FlowPath) => boolean;
    };
  /** The absolute URL of the server, without a slash at its end; asked for when needed, since ports may be taken late. */
  readonly publicUrl: () => string;
  /** SHA-256 of the administrator's token, lower-case hex. */
  readonly administratorTokenHash?: string | undefined;
  /** Of the program, for the OpenAPI document. */
  readonly version: string;
  /** What the administrator calls fields. */
  readonly labels?: FieldLabels;
  readonly links?: readonly LinkTemplate[];
  /** Of the fields; absent: as the table has them. */
  readonly classes?: FieldClasses;
  /** What parts the names of departments that are in others: `Research/Physics`. */
  readonly departmentSeparator?: string | undefined;
  /** Changes kept in memory. */
  readonly tailChanges?: number;
}

export interface Server {
  readonly sip: Machine<SipInput, SipOutput>;
  /** To be called with each list that this side appended to the log. Where others appended before it, it is left to `catchUp`. */
  announce(list: ChangeList): void;
  /**
   * To be called when others may have appended to the log, until it gives false: announces what they did, a part at a time; who is in
   * other groups is judged again.
   * @throws HostFault when the log cannot be read
   */
  catchUp(): Promise<boolean>;
  /** All up to here is announced: what comes after must not be purged. */
  readonly announced: Revision;
  answer(request: Request): Promise<Answer>;
  /** Writes down which sessions are in use, ends the idle ones, forgets what the log has purged: to be called each hour or so. */
  tidy(at: WallTime): Promise<void>;
  /** When all that was announced has reached every audience. */
  settled(): Promise<void>;
  /** Tells every terminal on a connection to subscribe again later; the sockets are to be closed a moment after. */
  stop(): void;
  /** What can be asked over HTTP. */
  readonly routes: readonly Route[];
  readonly subscriptions: number;
  readonly sessions: number;
  /** All that the SIP machine holds. */
  counts(): SipCounts;
}

const defaultTailChanges = 10_000;

/**
 * Reads the newest changes and the open sessions, and is then ready to be asked. Lists appended from now on must be announced,
 * or caught up with.
 * @throws HostFault when a store cannot be read
 */
export async function createServer(ports: ServerPorts, options: ServerOptions): Promise<Server> {
  const { changeLog, accounts, report, hash } = ports;
  // Sessions that end while they are loaded have no subscriptions yet, and nobody runs the machine.
  let serving = false;
  const over = (user: string): void => {
    if (serving) ports.tell({ kind: 'session-over', user });
  };
  const sessions = new Sessions({
    ...ports,
    store: accounts,
    sip: options.sip,
    labels: options.labels,
    links: options.links,
    over,
  });
  await sessions.start();
  serving = true;
  const { realm } = options.sip;
  const readers = await createReaders(ports, sessions, {
    mostTailChanges: options.tailChanges ?? defaultTailChanges,
    hidden: hiddenFields(options.classes ?? classesInEffect()),
  });
  const behind = new Behind(report);
  const { trusts } = options.sip;
  const identities = trusts && (await loadedIdentities(changeLog, options.sip.domain));
  const sip = new SipFace({
    ...ports,
    ...options.sip,
    tailOf: (user) => readers.ofSipUser(user).tail,
    behind,
    sessions,
    publicUrl: options.publicUrl,
    bearer: {
      scope: eventPackage,
      authorizationServer: () => secure(options.publicUrl()),
      userOf: sessions.sipUserOf.bind(sessions),
    },
    ...(trusts && identities && { trust: trustOf(trusts, identities, report) }),
    isPerson: (user) => identities?.has(user) ?? false,
  });
  const oidc = ports.oidc && (await OidcLogIns.load({ provider: ports.oidc, changeLog, publicUrl: options.publicUrl }));
  const routes = withOpenApi(
    [
      ...routesOf(ports, sessions, { realm, separator: options.departmentSeparator, labels: options.labels }),
      ...(oidc ? oidcRoutes(oidc, sessions, realm) : []),
      registrationsRoute(() => sip.bindings(), sessions),
      ...drainRoutes({ ...ports, sip }),
      countsRoute(() => sip.counts()),
      healthRoute({ readers, behind, administration: ports.administration, sip }),
    ],
    options.version,
  );
  const announce = (list: News): void => {
    readers.take(list);
    sessions.moved(list);
    oidc?.take(list);
    for (const { kind, user } of identities === undefined ? [] : strangers(identities, list))
      ports.tell({ kind, user });
    endSessionsOfLeavers(list, sessions, report);
  };
  const { head } = readers.whole.tail;
  const announcer = new Announcer(changeLog, { head, whole: identities !== undefined || oidc !== undefined }, announce);
  const { administratorTokenHash } = options;
  const http = new HttpApi({
    routes,
    viewOf: (session) => readers.ofSession(session),
    behind,
    sessions,
    administratorTokenHash,
    hash,
    realm,
    report,
  });
  const scim = ports.scim && new ScimFace({ ...ports, sources: ports.scim, publicUrl: options.publicUrl });
  return {
    sip,
    announce: (list) => announcer.appended(list),
    catchUp: async () => {
      const more = await announcer.catchUp();
      await readers.regroup();
      return more;
    },
    get announced() {
      return announcer.at;
    },
    answer: (request) => (scim !== undefined && isScim(request.path) ? scim : http).answer(request),
    tidy: async (at) => {
      await readers.tidy();
      await sessions.tidy(at);
    },
    settled: () => readers.settled(),
    stop: () => ports.tell({ kind: 'stopping' }),
    routes,
    counts: () => sip.counts(),
    get subscriptions() {
      return sip.subscriptions;
    },
    get sessions() {
      return sessions.count;
    },
  };
}

const routesOf = (
  ports: ServerPorts,
  sessions: Sessions,
  {
    realm,
    separator,
    labels,
  }: { readonly realm: string; readonly separator: string | undefined; readonly labels: FieldLabels | undefined },
): readonly Route[] => [
  ...sessionRoutes(sessions, realm),
  ...bookRoutes(),
  ...organisationRoutes(separator),
  ...groupRoutes,
  ...adminRoutes({ ...ports, sessions, labels }),
];

/** RFC 8898 §4: where a token is to be had is an https URL. */
const secure = (url: string): string | undefined => (url.startsWith('https:') ? url : undefined);

function endSessionsOfLeavers(list: ChangeList, sessions: Sessions, report: (fact: ServerFact) => void): void {
  if (list.changes.every(({ kind }) => kind !== 'removed')) return;
  const gone = condense(list).changes.filter(({ kind }) => kind === 'removed');
  sessions.left(new Set(gone.map(({ person }) => person))).catch((thrown: unknown) => {
    // In memory they have ended; what the store still has is looked through at the next start.
    if (!(thrown instanceof Fault)) throw thrown;
    report({ kind: 'unavailable', path: 'sessions of those who left', fault: thrown });
  });
}
