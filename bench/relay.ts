// Between a server and its directory: passes on all that comes, and counts it.

import { once } from 'node:events';
import net from 'node:net';

export interface Relay extends AsyncDisposable {
  readonly url: string;
  /** Octets since the last time it was asked: what the server said, and what the directory did. */
  count(): { readonly up: number; readonly down: number };
}

export async function startRelay(url: string): Promise<Relay> {
  const { hostname, port } = new URL(url);
  const open = new Set<net.Socket>();
  let up = 0;
  let down = 0;
  const listener = net.createServer({ noDelay: true }, (near) => {
    const far = net.connect({ host: hostname, port: Number(port), noDelay: true });
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      socket.on('error', () => socket.destroy());
    }
    near.on('data', (bytes: Buffer) => (up += bytes.length));
    far.on('data', (bytes: Buffer) => (down += bytes.length));
    near.pipe(far).pipe(near);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port: own } = listener.address() as net.AddressInfo;
  return {
    url: `ldap://127.0.0.1:${own}`,
    count: () => {
      const counted = { up, down };
      [up, down] = [0, 0];
      return counted;
    },
    [Symbol.asyncDispose]: async () => {
      listener.close();
      for (const socket of open) socket.destroy();
      await once(listener, 'close');
    },
  };
}
