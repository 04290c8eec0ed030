// A directory's connections on Node, and the following of one. Verification of certificates is always
// on; a password goes in clear text to no one but this machine itself, unless the administrator says so.

import { X509Certificate } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { Machine } from '../base/machine.ts';
import { wallTime } from '../base/time.ts';
import { AdFollower, type AdFollowerOptions } from '../ldap/ad-follower.ts';
import { Comparer, type ComparerHeard, type ComparerOptions } from '../ldap/comparer.ts';
import { Follower, type FollowerOptions } from '../ldap/follower.ts';
import type { FollowerSaid } from '../ldap/line.ts';
import type { DirectoryEvent } from '../ldap/refresh.ts';
import type { EntryKey, SyncCookie } from '../ldap/sync.ts';
import { isLoopback } from './address.ts';
import { run, type Running } from './run.ts';
import { certificateTrouble } from './tls.ts';

export interface LdapSecurity {
  /** StartTLS on ldap: addresses, before anything else is said; without it nothing goes on. */
  readonly startTls?: boolean;
  /** The CA's certificates as PEM text; the system's are used where it is absent. */
  readonly ca?: string;
  /** The name that the server's certificate must have, where it is not that of the address. */
  readonly servername?: string;
  /** Sends a password unencrypted over the network. */
  readonly allowClearText?: boolean;
}

export interface LdapListener {
  opened(): void;
  secured(): void;
  received(bytes: Uint8Array): void;
  /** At most once, and not after `hangUp`. */
  closed(why: string): void;
}

/** One connection, from dialling to its end. */
export interface LdapConnection {
  send(bytes: Uint8Array): void;
  /** StartTLS: the handshake, after the server agreed. */
  secure(): void;
  pause(): void;
  resume(): void;
  hangUp(): void;
}

/** @throws TypeError when `url` is not an address, a password would go over the network in clear text, or `ca` is no certificate */
export function checkAddress(url: string, security: LdapSecurity, hasPassword: boolean): void {
  const { protocol, hostname } = new URL(url);
  const local = protocol === 'ldapi:' && socketPath(url) !== undefined;
  if (protocol !== 'ldap:' && protocol !== 'ldaps:' && !local)
    throw new TypeError(`${url} is not an ldap://host, ldaps://host or ldapi://%2Fpath address`);
  if (security.ca !== undefined) assertCertificate(security.ca);
  const clear = protocol === 'ldap:' && security.startTls !== true && security.allowClearText !== true;
  if (hasPassword && clear && !isLoopback(hostname))
    throw new TypeError(
      `the password would go to ${hostname} in clear text: use an ldaps:// address or StartTLS, or allowClearText: true`,
    );
}

/** `ldapi://%2Frun%2Fslapd%2Fldapi` and `ldapi:///run/slapd/ldapi` name the same socket. */
function socketPath(url: string): string | undefined {
  const { hostname, pathname } = new URL(url);
  const path = /%(?![0-9a-f]{2})/i.test(hostname) ? '' : decodeURIComponent(hostname || pathname);
  return path.startsWith('/') ? path : undefined;
}

/** TLS passes over text that is no certificate, and then says that the server's is by no known CA. */
function assertCertificate(pem: string): void {
  try {
    void new X509Certificate(pem);
  } catch (error) {
    throw new TypeError('the CA given is not a certificate as PEM text (-----BEGIN CERTIFICATE-----)', {
      cause: error,
    });
  }
}

export function dial(url: string, security: LdapSecurity, listener: LdapListener): LdapConnection {
  const address = new URL(url);
  const host = address.hostname.replaceAll(/[[\]]/g, '');
  let over = false;
  let socket = open();

  function open(): Socket {
    if (address.protocol === 'ldapi:') return connectTcp(socketPath(url) ?? '');
    if (address.protocol === 'ldaps:') return connectTls({ ...tlsOptions(), host, port: Number(address.port || 636) });
    return connectTcp({ host, port: Number(address.port || 389) });
  }
  function tlsOptions(): ConnectionOptions {
    const name = security.servername ?? host;
    return {
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true, // said here, it also overrides NODE_TLS_REJECT_UNAUTHORIZED=0
      // RFC 6066 §3: an IP address is no server name; the certificate is still checked against it, as `host`.
      ...(isIP(name) === 0 && { servername: name }),
      ...(security.ca !== undefined && { ca: security.ca }),
    };
  }
  function end(why: string): void {
    if (over) return;
    over = true;
    socket.destroy();
    listener.closed(why);
  }
  function listen(opened: string, tell: () => void): void {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.on(opened, () => !over && tell());
    socket.on('data', (chunk: Buffer) => !over && listener.received(chunk));
    socket.on('error', (error: Error) => end(explain(error, url)));
    socket.on('close', () => end('the server closed it'));
  }
  listen(address.protocol === 'ldaps:' ? 'secureConnect' : 'connect', () => listener.opened());
  return {
    send: (bytes) => void socket.write(bytes),
    secure: () => {
      const plain = socket;
      plain.removeAllListeners('data');
      socket = connectTls({ ...tlsOptions(), host, socket: plain });
      listen('secureConnect', () => listener.secured());
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    hangUp: () => {
      over = true;
      // What was sent, such as an unbind, still goes out; a peer that takes nothing is not waited for.
      socket.setTimeout(1000, () => socket.destroy());
      socket.unref();
      if (socket.connecting) socket.destroy();
      else socket.destroySoon();
    },
  };
}

/** What to do about an error of a socket. */
function explain(error: Error, url: string): string {
  const code = 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ECONNREFUSED':
      return `nothing listens at ${url} (${error.message}): is the server running, and is the port right?`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${error.message}: the host name of ${url} is unknown here`;
    case 'ENOENT':
      return `${error.message}: no such socket; is the server running on this machine?`;
    default: {
      const trouble = certificateTrouble(error, 'the directory as caFile');
      return trouble === undefined ? error.message : `${url}: ${trouble}`;
    }
  }
}

interface Hosted extends LdapSecurity {
  readonly urls: readonly [string, ...string[]];
  readonly password: string;
  /** What the store holds now; read at each connect. */
  readonly cookie: () => Promise<SyncCookie | undefined>;
  /**
   * Takes events, in order, one batch after the other; no more is read from the server meanwhile. Values
   * of attributes are views that end with the call. Where it rejects, the connection is given up, and
   * after a while everything since the stored cookie is asked for again.
   * Gives, where entries were `listed`, those of them that are to be read.
   */
  readonly take: (events: readonly DirectoryEvent[]) => Promise<readonly EntryKey[] | void>;
}

export interface FollowOptions extends Omit<FollowerOptions, 'random' | 'startTls'>, Hosted {}

export interface FollowActiveDirectoryOptions extends Omit<AdFollowerOptions, 'random' | 'startTls'>, Hosted {}

export interface CompareOptions extends Omit<ComparerOptions, 'random' | 'startTls'>, Hosted {}

export interface Following extends AsyncDisposable {
  /** Tries again now, where the wait after a `lost` or `refused` runs. */
  retry(): void;
  /** Begins again from the stored cookie, once all is taken. */
  anew(): void;
}

/** @throws TypeError or LdapFault where the options cannot be right; what the server does is told by events */
export const follow = (options: FollowOptions): Following =>
  followWith(options, new Follower({ ...options, ...forMachine(options) }));

/** As `follow`, for Active Directory. */
export const followActiveDirectory = (options: FollowActiveDirectoryOptions): Following =>
  followWith(options, new AdFollower({ ...options, ...forMachine(options) }));

/** As `follow`, for a directory that tells nobody of changes. */
export const compare = (options: CompareOptions): Following =>
  followWith(options, new Comparer({ ...options, ...forMachine(options) }));

const forMachine = ({ startTls = false }: LdapSecurity) => ({ startTls, random: Math.random });

function followWith(options: Hosted, follower: Machine<ComparerHeard, FollowerSaid>): Following {
  for (const url of options.urls) checkAddress(url, options, options.password !== '');
  const host = new FollowerHost(options, follower);
  host.running.tell({ kind: 'start' });
  return {
    retry: () => host.running.tell({ kind: 'start' }),
    anew: () => host.running.tell({ kind: 'start', anew: true }),
    [Symbol.asyncDispose]: () => host.end(),
  };
}

class FollowerHost {
  readonly running: Running<ComparerHeard>;
  readonly #options: Hosted;
  #connection: LdapConnection | undefined;
  /** Counts the connections, so that one given up before it was dialled is not dialled after all. */
  #attempt = 0;
  #events: DirectoryEvent[] = [];
  /** Settles when all events so far are taken. */
  #taken: Promise<void> | undefined;

  constructor(options: Hosted, follower: Machine<ComparerHeard, FollowerSaid>) {
    this.#options = options;
    this.running = run(follower, (said) => this.#carryOut(said));
  }

  async end(): Promise<void> {
    this.running.tell({ kind: 'stop' });
    this.running.stop();
    await this.#taken;
  }

  #carryOut(said: FollowerSaid): void {
    switch (said.kind) {
      case 'connect':
        void this.#connect(said.url);
        break;
      case 'secure':
        this.#connection?.secure();
        break;
      case 'send':
        this.#connection?.send(said.bytes);
        break;
      case 'hang-up':
        this.#hangUp();
        break;
      case 'began':
      case 'entry':
      case 'listed':
      case 'present':
      case 'gone':
      case 'refreshed':
      case 'checkpoint':
      case 'manner':
      case 'lost':
      case 'refused':
        this.#events.push(said);
        this.#taken ??= this.#takeAll();
    }
  }

  async #connect(url: string): Promise<void> {
    // The store's cookie is right only once what is under way is in the store.
    this.#hangUp();
    const attempt = this.#attempt;
    await this.#taken;
    if (this.#attempt !== attempt) return;
    const connection: LdapConnection = dial(url, this.#options, {
      opened: () => void this.#opened(connection),
      secured: () => this.running.tell({ kind: 'secured' }),
      received: (bytes) => this.running.tell({ kind: 'received', bytes }),
      closed: (why) => {
        if (this.#connection === connection) this.#connection = undefined;
        this.running.tell({ kind: 'closed', why });
      },
    });
    this.#connection = connection;
  }

  async #opened(connection: LdapConnection): Promise<void> {
    try {
      const cookie = await this.#options.cookie();
      if (this.#connection === connection) this.running.tell({ kind: 'connected', cookie, at: wallTime(Date.now()) });
    } catch (error) {
      // The next connection reads the cookie for itself.
      if (this.#connection === connection) this.#giveUp(`the stored cookie cannot be read: ${String(error)}`);
    }
  }

  /** Hands over what there is, batch after batch, while nothing is read. */
  async #takeAll(): Promise<void> {
    await Promise.resolve(); // the machine's whole answer first
    this.#connection?.pause();
    this.running.tell({ kind: 'paused' });
    while (this.#events.length > 0) {
      const batch = this.#events;
      this.#events = [];
      try {
        const keys = await this.#options.take(batch);
        if (batch.some(({ kind }) => kind === 'listed')) this.running.tell({ kind: 'wanted', keys: keys ?? [] });
      } catch (error) {
        // What follows builds on what the store did not take; it comes again after the reconnect.
        this.#events = [];
        this.#giveUp(`what came could not be stored: ${String(error)}`);
      }
    }
    this.#taken = undefined;
    this.running.tell({ kind: 'resumed' });
    this.#connection?.resume();
  }

  #hangUp(): void {
    this.#attempt += 1;
    this.#connection?.hangUp();
    this.#connection = undefined;
  }

  #giveUp(why: string): void {
    this.#hangUp();
    this.running.tell({ kind: 'closed', why });
  }
}
