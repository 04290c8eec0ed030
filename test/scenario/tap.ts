// A tap between one terminal and the server: what passes over SIP (UDP or TCP) and HTTP is read as it
// stands on the wire, and may be held up, so that something else happens between two steps of the method.

import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { answering, type MethodStep } from '../../src/terminal/ladder.ts';
import { openSqliteAddressBook } from '../../src/node/sqlite-address-book.ts';
import { stepOf, type Passing } from './method/passing.ts';
import { Happened } from './waiting.ts';
import { loopback, type World } from './world.ts';

export interface Held {
  /** Resolves when a message waits. */
  reached(): Promise<unknown>;
  release(): void;
}

export class Tap implements AsyncDisposable {
  readonly passed: Happened<Passing> = new Happened();
  readonly #open = new Set<() => void>();
  #held: { readonly step: MethodStep; readonly released: Promise<void> } | undefined;
  /** The answer to what was asked last over HTTP is to this. */
  #asked: 'S306' | 'S308' | undefined;
  #sip = 0;
  #http = 0;

  static async open(world: World): Promise<Tap> {
    const tap = new Tap();
    tap.#http = await tap.#relayStreams('HTTP', Number(new URL(world.url).port));
    tap.#sip = await tap.#relayStreams('TCP', world.sipPort);
    await tap.#relayDatagrams(tap.#sip, world.sipPort);
    return tap;
  }

  get url(): string {
    return `http://${loopback}:${this.#http}`;
  }

  /** Of the messages of one step, as they stood on the wire. */
  of(step: MethodStep): readonly string[] {
    return this.passed.all.filter((each) => each.step === step).map(({ text }) => text);
  }

  /** From now on messages of `step` wait here until they are released. */
  hold(step: MethodStep): Held {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = { step, released: promise };
    const from = this.passed.all.length;
    const release = (): void => {
      this.#held = undefined;
      resolve();
    };
    return { reached: () => this.passed.first(step, (each) => each.step === step, from), release };
  }

  /** Leads the SIP of a terminal that is closed through here. */
  async leadSip(store: string): Promise<void> {
    await using book = openSqliteAddressBook(store);
    const kept = await book.session();
    if (kept === undefined) throw new Error('nobody is logged in');
    const { websocket: _, ...sip } = kept.session.sip;
    const here = `${loopback}:${this.#sip}`;
    await book.keepSession({ ...kept, session: { ...kept.session, sip: { ...sip, udp: here, tcp: here } } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#open) close();
    await Promise.resolve();
  }

  async #pass(from: Passing['from'], over: Passing['over'], bytes: Buffer): Promise<void> {
    const text = bytes.toString('latin1');
    const step = this.#stepOf(from, text);
    this.passed.add({ from, over, step, text });
    if (step !== undefined && step === this.#held?.step) await this.#held.released;
  }

  #stepOf(from: Passing['from'], text: string): MethodStep | undefined {
    const step = stepOf(from, text);
    if (step === 'S306' || step === 'S308') this.#asked = step;
    if (!text.startsWith('HTTP/1.1 200') || this.#asked === undefined) return step;
    const answer = answering[this.#asked];
    this.#asked = undefined;
    return answer;
  }

  async #relayStreams(over: 'TCP' | 'HTTP', target: number): Promise<number> {
    const listener = net.createServer((near) => {
      const far = net.connect(target, loopback);
      this.#pipe(near, far, (bytes) => this.#pass('terminal', over, bytes));
      this.#pipe(far, near, (bytes) => this.#pass('server', over, bytes));
    });
    listener.listen(0, loopback);
    await once(listener, 'listening');
    this.#open.add(() => listener.close());
    return (listener.address() as net.AddressInfo).port;
  }

  /** Message after message, each once `look` is done; the end of one is the end of the other. */
  #pipe(from: net.Socket, to: net.Socket, look: (bytes: Buffer) => Promise<void>): void {
    let queue = Promise.resolve();
    const close = (): void => void from.destroy();
    this.#open.add(close);
    from.setNoDelay(true);
    from.on('data', (bytes: Buffer) => {
      for (const message of messagesOf(bytes))
        queue = queue.then(() => look(message)).then(() => void (to.destroyed || to.write(message)));
    });
    from.on('error', () => undefined); // 'close' follows
    from.on('close', () => {
      this.#open.delete(close);
      queue = queue.then(() => to.destroySoon()); // what it said before its end is still passed on
    });
  }

  async #relayDatagrams(port: number, target: number): Promise<void> {
    const near = dgram.createSocket('udp4');
    const towardsServer = new Map<number, dgram.Socket>();
    near.on('message', (bytes, terminal) => {
      let far = towardsServer.get(terminal.port);
      if (far === undefined) {
        far = dgram.createSocket('udp4');
        far.on('message', (answer) => {
          void this.#pass('server', 'UDP', answer).then(() => near.send(answer, terminal.port, loopback, ignore));
        });
        far.on('error', ignore); // a datagram that is not taken is a datagram that is lost
        towardsServer.set(terminal.port, far);
      }
      const socket = far;
      void this.#pass('terminal', 'UDP', bytes).then(() => socket.send(bytes, target, loopback, ignore));
    });
    near.bind(port, loopback);
    await once(near, 'listening');
    this.#open.add(() => {
      near.close();
      for (const socket of towardsServer.values()) socket.close();
    });
  }
}

const ignore = (): void => undefined;

/** Several SIP messages that came together are one each; whatever else it is stays whole. */
function messagesOf(bytes: Buffer): readonly Buffer[] {
  const messages: Buffer[] = [];
  let rest = bytes;
  for (;;) {
    const head = rest.toString('latin1').split('\r\n\r\n', 1)[0] ?? '';
    const length = /\r\n(?:l|Content-Length): (\d+)/.exec(head)?.[1];
    const end = head.length + 4 + Number(length);
    if (length === undefined || end >= rest.length) return [...messages, rest];
    messages.push(rest.subarray(0, end));
    rest = rest.subarray(end);
  }
}
