// A terminal as a process over a personal address book that outlives it, put together as `terminal/hosted-terminal`
// puts it together, with the network and the clock of the simulation.

import { HostFault } from '../../../src/node/host-fault.ts';
import { flow, type Address, type Flow, type FlowPath, type Transport } from '../../../src/sip/transaction-user.ts';
import type { Acquire, HttpAnswer } from '../../../src/terminal/acquisition.ts';
import type { TransportChoice } from '../../../src/terminal/flow-target.ts';
import { answering, type MethodStep } from '../../../src/terminal/ladder.ts';
import type { PersonalAddressBookStore } from '../../../src/terminal/personal-address-book.ts';
import {
  createTerminal,
  type TerminalInput,
  type TerminalOutput,
  type TerminalState,
  type TerminalTold,
} from '../../../src/terminal/terminal.ts';
import type { Session } from '../../../src/wire/http.ts';
import type { Delivery } from '../../../src/wire/interest.ts';
import { stepOf, type Passing } from '../method/passing.ts';
import { Driven } from './driven.ts';
import { Life, type Disk } from './life.ts';
import { exchange, Lane, sendDatagram, Stream, type Network, type Side } from './network.ts';
import { hash, sipPlace, type ServerHost, type StreamHearing } from './server-host.ts';
import type { Trace } from './trace.ts';

export interface TerminalChoice {
  readonly delivery: Delivery;
  readonly acquire: Acquire;
  readonly transport: TransportChoice;
}

export interface TerminalHostParts extends TerminalChoice {
  readonly name: string;
  readonly address: string;
  readonly network: Network;
  readonly disk: Disk;
  readonly trace: Trace;
  readonly server: ServerHost;
  /** As it outlives the process. */
  readonly store: PersonalAddressBookStore;
  /** How often an exchange over HTTP is broken off, each way; may change. */
  readonly breaks: () => number;
  /** What the employee sees. */
  readonly told: (told: TerminalTold) => void;
  /** What either end sends, whether or not it arrives. */
  readonly passed?: (passing: Passing) => void;
}

interface Running {
  readonly life: Life;
  readonly store: PersonalAddressBookStore;
  readonly driven: Driven<TerminalInput, TerminalOutput>;
}

export interface HttpMessage {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: string;
  readonly ifNoneMatch?: string;
}

export class TerminalHost {
  readonly parts: TerminalHostParts;
  readonly #streams = new Map<Flow, Stream>();
  #life: Life | undefined;
  #running: Running | undefined;
  #session: Session | undefined;
  #local: Address;
  #made = 0;
  state: TerminalState = { kind: 'offline', why: 'logged-out', words: 'not started' };

  constructor(parts: TerminalHostParts) {
    this.parts = parts;
    this.#local = { host: parts.address, port: 40_000 };
  }

  get running(): Running | undefined {
    return this.#running;
  }

  start(): void {
    if (this.#life !== undefined) return;
    const { network, disk, trace, name } = this.parts;
    const life = new Life(network.timeline, network.chance, disk);
    this.#life = life;
    this.#local = { ...this.#local, port: this.#local.port + 1 };
    life.begin(async () => {
      try {
        await this.#open(life);
        trace.note(name, 'is up');
      } catch (fault) {
        if (!(fault instanceof HostFault)) throw fault;
        trace.note(name, 'cannot start');
        this.kill(true);
        network.timeline.after(3000, () => this.start());
      }
    });
  }

  kill(silently: boolean): void {
    if (this.#life === undefined) return;
    this.parts.trace.note(this.parts.name, 'is gone');
    this.#life.end();
    this.#life = undefined;
    this.#running = undefined;
    this.#session = undefined;
    for (const stream of this.#streams.values()) stream.abandon('terminal', silently);
    this.#streams.clear();
  }

  breakStreams(): void {
    if (this.#streams.size > 0) this.parts.trace.note(this.parts.name, 'loses its connection');
    for (const stream of this.#streams.values()) stream.break();
  }

  /** Takes up a session, new or kept. */
  enter(session: Session): void {
    this.#session = session;
    this.#running?.driven.tell({ kind: 'logged-in', server: 'https://book.example.com/', sip: session.sip });
  }

  /** Gives the session back, as far as the server can be reached. */
  leave(): void {
    this.ask({ method: 'DELETE', path: '/v1/session' }, () => undefined);
    this.#session = undefined;
  }

  get loggedIn(): boolean {
    return this.#session !== undefined;
  }

  /** Over HTTP, as whoever is logged in; undefined where nothing came back. */
  ask(message: HttpMessage, tell: (answer: HttpAnswer | undefined) => void): void {
    const { network, server, address, breaks, trace, name } = this.parts;
    const life = this.#life;
    const [path = '', query = ''] = message.path.split('?');
    const { body = '' } = message;
    const headers = {
      ...(this.#session && { authorization: `Bearer ${this.#session.token}` }),
      ...(message.ifNoneMatch !== undefined && { 'if-none-match': message.ifNoneMatch }),
      'content-type': 'application/json',
    };
    trace.note(name, `asks ${message.method} ${message.path}`);
    const question = stepOf('terminal', `${message.method} ${message.path}`);
    this.#pass('terminal', 'HTTP', { step: question, text: printQuestion(message) });
    exchange<HttpAnswer>(
      network,
      (tellBack) => {
        const answer = (answered: HttpAnswer | undefined): void => {
          if (answered !== undefined) this.#pass('server', 'HTTP', passingAnswer(question, answered));
          tellBack(answered);
        };
        server.asked({
          method: message.method,
          path,
          query,
          headers,
          remote: address,
          at: network.timeline.wall,
          body: async (most) => (body.length > most ? { kind: 'too-large' } : { kind: 'text', text: body }),
        })(answer);
      },
      {
        breaks: breaks(),
        tell: (answer) => {
          if (life === undefined || life.over) return;
          trace.note(name, answer === undefined ? 'has no answer' : `is answered ${answer.status}`);
          tell(answer);
        },
      },
    );
  }

  async #open(life: Life): Promise<void> {
    const { network, delivery, acquire, transport } = this.parts;
    const store = life.reachInTurn(this.parts.store);
    const machine = createTerminal({
      delivery,
      acquire,
      transport,
      holdings: await store.holdings(),
      seed: network.chance.between(0, 2 ** 31),
      random: () => network.chance.token(8),
      hash,
    });
    const driven = new Driven(machine, (output) => this.#carryOut(output), { timeline: network.timeline, life });
    const kept = await store.session();
    this.#running = { life, store, driven };
    if (kept !== undefined) this.enter(kept.session);
    driven.tell({ kind: 'go-online' });
  }

  #carryOut(output: TerminalOutput): void {
    switch (output.kind) {
      case 'open':
        return this.#openFlow(output);
      case 'send':
        return this.#send(output.flow, output.bytes);
      case 'close':
        return this.#close(output.flow);
      case 'ask':
        return this.ask(output.question, (answer) => {
          const { number } = output;
          const trouble = { kind: 'unreachable', words: 'The server does not answer.' } as const;
          this.#tell(answer ? { kind: 'answered', number, answer } : { kind: 'unanswered', number, trouble });
        });
      case 'apply':
        return this.#apply(output);
      case 'overheard':
        // Nobody here asks who is new in a department.
        return;
      case 'tell':
        if (output.told.kind === 'state') this.state = output.told.state;
        this.#note(output.told);
        return this.parts.told(output.told);
    }
  }

  #tell(input: TerminalInput): void {
    this.#running?.driven.tell(input);
  }

  #apply({ number, step }: Extract<TerminalOutput, { kind: 'apply' }>): void {
    const running = this.#running;
    const { network, trace, name } = this.parts;
    running?.life.begin(async () => {
      try {
        const applied = await running.store.apply(step, network.timeline.wall);
        trace.note(name, `${applied.kind} ${step.from.mark?.revision}..${step.to.revision}`);
        running.driven.tell({ kind: 'applied', number, applied });
      } catch (fault) {
        if (!(fault instanceof HostFault)) throw fault;
        running.driven.tell({ kind: 'store-failed', number, words: fault.message });
      }
    });
  }

  #openFlow({ number, to }: Extract<TerminalOutput, { kind: 'open' }>): void {
    const { network } = this.parts;
    this.#made += 1;
    const path: FlowPath = {
      flow: flow(`${to.transport}:${this.#made}`),
      transport: to.transport,
      local: this.#local,
      remote: sipPlace,
    };
    if (to.transport === 'UDP') return this.#life?.after(0, () => this.#tell({ kind: 'opened', number, path }));
    const life = this.#life;
    let open = false;
    life?.after(connectLimit, () => {
      if (!open) this.#tell({ kind: 'no-flow', number, words: 'The server cannot be reached.' });
      open = true;
    });
    new Lane(network).send(() => {
      const stream = this.#accepted(path, to.transport === 'WS' ? 'WS' : 'TCP');
      new Lane(network).send(() => {
        if (life?.over !== false || open) return stream?.abandon('terminal', true);
        open = true;
        if (stream === undefined || stream.over)
          return this.#tell({ kind: 'no-flow', number, words: 'The server refuses the connection.' });
        this.#streams.set(path.flow, stream);
        this.#tell({ kind: 'opened', number, path });
      });
    });
  }

  #passSip(from: Side, transport: Transport, bytes: Uint8Array): void {
    if (this.parts.passed === undefined) return;
    const text = Buffer.from(bytes).toString('latin1');
    const over = transport === 'UDP' || transport === 'WS' ? transport : 'TCP';
    this.#pass(from, over, { step: stepOf(from, text), text });
  }

  #pass(from: Side, over: Passing['over'], { step, text }: Pick<Passing, 'step' | 'text'>): void {
    this.parts.passed?.({ from, over, step, text });
  }

  #accepted(path: FlowPath, transport: 'TCP' | 'WS'): Stream | undefined {
    let hearing: StreamHearing | undefined;
    const stream = new Stream(this.parts.network, transport === 'WS', {
      terminal: {
        hear: (bytes) => this.#tell({ kind: 'received', path, bytes }),
        closed: () => {
          if (this.#streams.delete(path.flow)) this.#tell({ kind: 'closed', flow: path.flow });
        },
      },
      server: { hear: (bytes) => hearing?.hear(bytes), closed: () => hearing?.closed() },
    });
    hearing = this.parts.server.accept(transport, this.#local, {
      send: (bytes) => {
        this.#passSip('server', transport, bytes);
        stream.send('server', bytes);
      },
      close: () => stream.close('server'),
    });
    return hearing && stream;
  }

  #send(to: Flow, bytes: Uint8Array): void {
    const { network, server } = this.parts;
    const stream = this.#streams.get(to);
    if (stream !== undefined) {
      this.#passSip('terminal', to.startsWith('WS') ? 'WS' : 'TCP', bytes);
      return stream.send('terminal', bytes);
    }
    if (!to.startsWith('UDP')) return;
    const local = this.#local;
    const path: FlowPath = { flow: to, transport: 'UDP', local, remote: sipPlace };
    const back = (answer: Uint8Array): void => {
      this.#passSip('server', 'UDP', answer);
      sendDatagram(network, () => {
        // The port may be another process's by now, or nobody's.
        if (this.#local === local) this.#tell({ kind: 'received', path, bytes: answer });
      });
    };
    this.#passSip('terminal', 'UDP', bytes);
    sendDatagram(network, () => server.hearDatagram(local, bytes, back));
  }

  #close(which: Flow): void {
    if (which.startsWith('UDP')) {
      // The next flow has a socket of its own.
      this.#local = { ...this.#local, port: this.#local.port + 1 };
      this.#life?.after(0, () => this.#tell({ kind: 'closed', flow: which }));
    }
    this.#streams.get(which)?.close('terminal');
    if (this.#streams.delete(which)) this.#life?.after(0, () => this.#tell({ kind: 'closed', flow: which }));
  }

  #note(told: TerminalTold): void {
    const { trace, name } = this.parts;
    switch (told.kind) {
      case 'state':
        return trace.note(name, `${told.state.kind}: ${told.state.words}`);
      case 'step':
        return trace.note(name, `${told.step} ${told.direction} ${told.firstLine}`);
      case 'prompted':
        for (const { person, fact } of told.prompts) trace.note(name, `prompt: ${person} ${JSON.stringify(fact)}`);
        return;
      case 'revised':
        return trace.note(name, `revised ${told.entries.map((entry) => entry.person).join(' ')}`);
      case 'synced':
        return trace.note(name, 'in step');
      case 'sync-failed':
        return trace.note(name, `not in step: ${told.words}`);
      case 'refused-whole':
        return trace.note(name, `refused: ${told.trouble.words}`);
    }
  }
}

const printQuestion = ({ method, path, ifNoneMatch, body = '' }: HttpMessage): string =>
  [
    `${method} ${path} HTTP/1.1`,
    ...(ifNoneMatch === undefined ? [] : [`If-None-Match: ${ifNoneMatch}`]),
    '',
    body,
  ].join('\r\n');

function passingAnswer(asked: MethodStep | undefined, answer: HttpAnswer): Pick<Passing, 'step' | 'text'> {
  const step = answer.status === 200 && (asked === 'S306' || asked === 'S308') ? answering[asked] : undefined;
  return { step, text: [`HTTP/1.1 ${answer.status}`, '', answer.text].join('\r\n') };
}

/** For a connection to come about. */
const connectLimit = 20_000;
