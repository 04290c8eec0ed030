// A relay to a directory that lets through so much of what it says, and swallows the rest: the client waits in the midst of an answer.

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Happened } from './waiting.ts';

export class Relay implements AsyncDisposable {
  /** How many octets were swallowed, each time some were. */
  readonly held: Happened<number> = new Happened();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #allowed: number;

  private constructor(port: number, allowed: number) {
    this.#allowed = allowed;
    this.#server = createServer((client) => this.#join(client, connect(port, '127.0.0.1')));
  }

  /** To `port` of this machine; `allowed` octets of answers pass. */
  static async open(port: number, allowed: number): Promise<Relay> {
    const relay = new Relay(port, allowed);
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    return relay;
  }

  get url(): string {
    return `ldap://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  #join(client: Socket, directory: Socket): void {
    for (const [one, other] of [
      [client, directory],
      [directory, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('close', () => other.destroy()).on('error', () => other.destroy());
    }
    client.on('data', (bytes) => directory.write(bytes));
    directory.on('data', (bytes: Buffer) => {
      const passes = bytes.subarray(0, this.#allowed);
      this.#allowed -= passes.length;
      client.write(passes);
      // It is read on, so that its end is noticed.
      if (passes.length < bytes.length) this.held.add(bytes.length - passes.length);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
