// The server as a process: `createServer` and `createStage` over stores that outlive it, put together as
// `apps/serve` puts them together, with the network and the clock of the simulation.

import { createHash } from 'node:crypto';
import { personId, type PersonId } from '../../../src/book/person-id.ts';
import { HostFault } from '../../../src/node/host-fault.ts';
import { SubscriptionKeeper } from '../../../src/node/subscription-keeper.ts';
import type { AccountStore } from '../../../src/server/account-store.ts';
import type { Administration } from '../../../src/server/administration.ts';
import type { BrakeLimits } from '../../../src/server/brake.ts';
import { holdId, sourceName, type ChangeLog } from '../../../src/server/change-log.ts';
import type { Answer, Request } from '../../../src/server/http-message.ts';
import { createServer, type Server, type SipInput, type SipOutput } from '../../../src/server/server.ts';
import type { Passwords } from '../../../src/server/sessions.ts';
import type { SubscriptionStore } from '../../../src/server/subscription-store.ts';
import { createStage } from '../../../src/server/stage.ts';
import type { Stage } from '../../../src/server/stage-options.ts';
import type { Hash } from '../../../src/sip/digest.ts';
import { flow, type Address, type Flow, type FlowPath } from '../../../src/sip/transaction-user.ts';
import type { HttpAnswer } from '../../../src/terminal/acquisition.ts';
import type { Chance } from './chance.ts';
import { Driven } from './driven.ts';
import type { Enterprise } from './enterprise.ts';
import { Following } from './following.ts';
import { Life, type Disk } from './life.ts';
import type { Asked } from './network.ts';
import type { Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';

export const directory = sourceName('headquarters');
export const sipPlace: Address = { host: '192.0.2.1', port: 5060 };

const datagramFlow = (_: Address, remote: Address): Flow => flow(`udp:${remote.host}:${remote.port}`);

export const hash: Hash = (algorithm, text) =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex');

/** The port that `node/passwords` fills with argon2id, whose 50 ms a password are a thousand simulations' worth. */
export const quickPasswords: Passwords = {
  hash: async (password) => hash('SHA-256', `salt ${password}`),
  verify: async (password, hashed) => hash('SHA-256', `salt ${password}`) === hashed,
};

export interface ServerHostParts {
  readonly timeline: Timeline;
  readonly trace: Trace;
  readonly chance: Chance;
  readonly disk: Disk;
  readonly changeLog: ChangeLog;
  readonly accounts: AccountStore;
  readonly subscriptions: SubscriptionStore;
  readonly enterprise: Enterprise;
  readonly brake: BrakeLimits;
  /** Changes that a server keeps in memory. */
  readonly tailChanges: number;
}

interface Running {
  readonly life: Life;
  readonly server: Server;
  readonly stage: Stage;
  readonly driven: Driven<SipInput, SipOutput>;
  readonly keeper: SubscriptionKeeper;
  readonly following: Following;
}

/** What the host knows of a flow: how to send into it, how to end it, and what its end hears when the process dies. */
export interface ServerFlow {
  send(bytes: Uint8Array): void;
  close(): void;
}

export class ServerHost {
  readonly #parts: ServerHostParts;
  readonly #flows = new Map<Flow, ServerFlow>();
  /** The way to whoever sent a datagram, which no end of a process closes. */
  readonly #ways = new Map<Flow, (bytes: Uint8Array) => void>();
  #life: Life | undefined;
  #running: Running | undefined;
  #made = 0;

  constructor(parts: ServerHostParts) {
    this.#parts = parts;
  }

  /** Undefined while no process is there, or it is not yet ready. */
  get running(): Running | undefined {
    return this.#running;
  }

  start(): void {
    if (this.#life !== undefined) return;
    const { timeline, chance, disk, trace } = this.#parts;
    const life = new Life(timeline, chance, disk);
    this.#life = life;
    life.begin(async () => {
      try {
        const running = await this.#open(life);
        trace.note('server', `is ready at ${(await this.#parts.changeLog.head()).revision}`);
        this.#running = running;
      } catch (fault) {
        if (!(fault instanceof HostFault)) throw fault;
        trace.note('server', 'cannot start');
        this.kill();
        timeline.after(3000, () => this.start());
      }
    });
  }

  /** SIGTERM: tells the terminals, and ends a moment after. */
  stop(): void {
    const { trace, timeline } = this.#parts;
    const running = this.#running;
    if (running === undefined) return this.kill();
    trace.note('server', 'says farewell');
    running.server.stop();
    timeline.after(100, () => {
      if (this.#running !== running) return;
      running.driven.tell({ kind: 'write-down' });
      running.life.begin(async () => {
        await running.keeper[Symbol.asyncDispose]();
        if (this.#running === running) this.kill();
      });
    });
  }

  kill(): void {
    if (this.#life === undefined) return;
    this.#parts.trace.note('server', 'is gone');
    this.#life.end();
    this.#life = undefined;
    this.#running = undefined;
    for (const each of this.#flows.values()) each.close();
    this.#flows.clear();
  }

  /** A datagram from that address. Nobody hears it while no server is there. */
  hearDatagram(from: Address, bytes: Uint8Array, back: (bytes: Uint8Array) => void): void {
    const path: FlowPath = {
      flow: datagramFlow(sipPlace, from),
      transport: 'UDP',
      local: sipPlace,
      remote: from,
    };
    if (this.#running === undefined) return;
    this.#ways.set(path.flow, back);
    this.#running.driven.tell({ kind: 'received', path, bytes });
  }

  /** A connection; undefined where it is refused. */
  accept(transport: 'TCP' | 'WS', from: Address, ends: ServerFlow): StreamHearing | undefined {
    const running = this.#running;
    if (running === undefined) return undefined;
    this.#made += 1;
    const path: FlowPath = { flow: flow(`${transport}:${this.#made}`), transport, local: sipPlace, remote: from };
    this.#flows.set(path.flow, ends);
    running.driven.tell({ kind: 'opened', path });
    return {
      hear: (bytes) => running.driven.tell({ kind: 'received', path, bytes }),
      closed: () => {
        if (this.#flows.delete(path.flow)) running.driven.tell({ kind: 'closed', flow: path.flow });
      },
    };
  }

  /** An HTTP request that reached the server's place. */
  asked(request: Request): Asked<HttpAnswer> {
    return (tell) => {
      const running = this.#running;
      if (running === undefined) return tell(undefined);
      running.life.begin(async () => {
        const answer = await running.server.answer(request);
        const text = await textOf(answer);
        this.#parts.trace.note('server', `${request.method} ${request.path}?${request.query} -> ${answer.status}`);
        if (!running.life.over) tell(answerOf(answer, text ?? ''));
      });
    };
  }

  async #open(life: Life): Promise<Running> {
    const { timeline, trace, chance, enterprise, brake } = this.#parts;
    const changeLog = life.reach(this.#parts.changeLog);
    let server: Server | undefined;
    const stage = await createStage({
      atOnce: 500,
      source: directory,
      changeLog,
      brake,
      newPersonId: () => this.#newPersonId(),
      newHoldId: () => holdId(chance.token(12)),
      clock: () => timeline.now,
      wallClock: () => timeline.wall,
      announce: (list) => {
        trace.note('server', `announces ${list.after}..${list.upTo}`);
        server?.announce(list);
      },
      report: (fact) => trace.note('server', `${fact.kind} ${fact.kind === 'held' ? fact.hold.reason : ''}`),
    });
    let driven: Driven<SipInput, SipOutput> | undefined;
    server = await this.#createServer({ life, changeLog, stage, tell: (input) => driven?.tell(input) });
    const keeper = new SubscriptionKeeper({
      store: life.reachInTurn(this.#parts.subscriptions),
      wallClock: () => timeline.wall,
      tell: (input) => driven?.tell(input),
      report: (fact) => trace.note('server', fact.kind === 'resumed' ? `resumes ${fact.subscriptions}` : fact.kind),
      failed: () => trace.note('server', 'cannot write down subscriptions'),
    });
    driven = new Driven(server.sip, (output) => this.#carryOut(output, keeper), { timeline, life });
    await keeper.resume(datagramFlow);
    const following = new Following({ stage, enterprise, timeline, life, chance, trace });
    following.wakeInTime();
    this.#tidyHourly(life, server);
    return { life, server, stage, driven, keeper, following };
  }

  #createServer(made: {
    readonly life: Life;
    readonly changeLog: ChangeLog;
    readonly stage: Stage;
    readonly tell: (input: SipInput) => void;
  }): Promise<Server> {
    const { chance, trace, accounts, tailChanges } = this.#parts;
    return createServer(
      {
        changeLog: made.changeLog,
        accounts: made.life.reach(accounts),
        administration: administrationOf(made.stage),
        passwords: quickPasswords,
        token: () => chance.token(22),
        random: () => chance.token(8),
        hash,
        report: (fact) => trace.note('server', fact.kind),
        tell: made.tell,
      },
      {
        sip: {
          realm: 'example.com',
          domain: 'example.com',
          listens: () => ({ udp: '192.0.2.1:5060', tcp: '192.0.2.1:5060', websocket: '/sip' }),
        },
        publicUrl: () => 'https://book.example.com',
        version: '0.1.0',
        tailChanges,
      },
    );
  }

  #carryOut(output: SipOutput, keeper: SubscriptionKeeper): void {
    if (output.kind === 'write') return keeper.write(output.batch);
    if (output.kind === 'open') throw new Error('no server of a simulation opens a connection');
    const way = this.#ways.get(output.flow);
    if (way !== undefined) return output.kind === 'send' ? way(output.bytes) : undefined;
    const known = this.#flows.get(output.flow);
    if (output.kind === 'send') return known?.send(output.bytes);
    known?.close();
    this.#flows.delete(output.flow);
  }

  #tidyHourly(life: Life, server: Server): void {
    const { timeline, trace } = this.#parts;
    life.after(3_600_000, () => {
      life.begin(async () => {
        try {
          await server.tidy(timeline.wall);
        } catch (fault) {
          if (!(fault instanceof HostFault)) throw fault;
          trace.note('server', 'could not tidy up');
        }
      });
      this.#tidyHourly(life, server);
    });
  }

  /** In order, as the real ones are. */
  #newPersonId(): PersonId {
    this.#made += 1;
    return personId(`p${this.#made.toString(32).padStart(6, 'a').replaceAll('0', 'y').replaceAll('1', 'z')}`);
  }
}

export interface StreamHearing {
  hear(bytes: Uint8Array): void;
  closed(): void;
}

/** A book that only the directory writes. */
function administrationOf(stage: Stage): Administration {
  const refused = { kind: 'refused', status: 409, problem: 'This book follows a directory' } as const;
  const no = async (): Promise<typeof refused> => refused;
  const never = async function* (): AsyncGenerator<never, typeof refused> {
    yield* [];
    return refused;
  };
  return {
    embedded: { add: no, alter: no, remove: no, preview: never, import: never, restore: no },
    joining: { doubles: async () => [], join: no, separate: no, forget: no },
    sources: async () => [await stage.state()],
    holds: async () => [],
    heldFields: async () => [],
    approvedHolds: async () => [],
    approve: (hold) => stage.approve(hold),
    reject: (hold) => stage.reject(hold),
    undo: (hold) => stage.undo(hold),
    restore: no,
    admit: no,
  };
}

/** Undefined where the answer broke off in the middle. */
async function textOf({ body }: Answer): Promise<string | undefined> {
  if (typeof body === 'string') return body;
  let text = '';
  try {
    for await (const piece of body) text += piece;
  } catch (fault) {
    if (!(fault instanceof HostFault)) throw fault;
    return undefined;
  }
  return text;
}

function answerOf({ status, headers }: Answer, text: string): HttpAnswer {
  const { etag, 'retry-after': retryAfter } = headers;
  return {
    status,
    ...(etag !== undefined && { etag }),
    ...(retryAfter !== undefined && { retryAfterSeconds: Number(retryAfter) }),
    text,
  };
}
