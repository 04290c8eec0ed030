// Stands between the server and a real directory, and says what no directory should.

import { once } from 'node:events';
import net from 'node:net';
import { loopback } from './world.ts';

export class LyingDirectory implements AsyncDisposable {
  readonly #target: number;
  readonly #listener: net.Server;
  readonly #connections = new Set<net.Socket>();
  /** Said instead of the directory's first answer to a new connection, once. */
  #first: Uint8Array | undefined;

  private constructor(target: number) {
    this.#target = target;
    this.#listener = net.createServer((near) => this.#relay(near));
  }

  static async open(target: number): Promise<LyingDirectory> {
    const lying = new LyingDirectory(target);
    lying.#listener.listen(0, loopback);
    await once(lying.#listener, 'listening');
    return lying;
  }

  get url(): string {
    return `ldap://${loopback}:${(this.#listener.address() as net.AddressInfo).port}/`;
  }

  /** On the connection that is there. */
  say(bytes: Uint8Array): void {
    for (const near of this.#connections) near.write(bytes);
  }

  /** The next connection hears this in place of the answer to its bind; the one that is there ends. */
  greetWith(bytes: Uint8Array): void {
    this.#first = bytes;
    for (const near of this.#connections) near.destroy();
  }

  hangUp(): void {
    for (const near of this.#connections) near.destroySoon();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const near of this.#connections) near.destroy();
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  #relay(near: net.Socket): void {
    const far = net.connect(this.#target, loopback);
    this.#connections.add(near);
    near.on('data', (bytes: Buffer) => {
      const first = this.#first;
      this.#first = undefined;
      if (first === undefined) far.write(bytes);
      else near.write(first);
    });
    far.on('data', (bytes: Buffer) => void near.write(bytes));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => undefined); // 'close' follows
      one.on('close', () => {
        this.#connections.delete(near);
        other.destroy();
      });
    }
  }
}
