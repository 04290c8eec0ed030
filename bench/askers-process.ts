// The terminals of `nothing-new`: plain sockets, so that what is measured is the server.

import { once } from 'node:events';
import net from 'node:net';
import { monotonic } from './clock.ts';

interface Asking {
  readonly kind: 'ask';
  readonly connections: number;
  readonly milliseconds: number;
}

export interface AskersTold {
  readonly kind: 'asked';
  readonly answers: number;
  readonly seconds: number;
}

const [host = '', port = '', request = ''] = process.argv.slice(2);

process.on('message', (message: Asking) => void ask(message));

async function ask({ connections, milliseconds }: Asking): Promise<void> {
  let answers = 0;
  let running = true;
  const sockets = await Promise.all(Array.from({ length: connections }, () => connected()));
  const since = monotonic();
  for (const socket of sockets) {
    let rest = '';
    socket.on('data', (text: string) => {
      rest += text;
      if (!rest.endsWith('\r\n\r\n')) return;
      if (!rest.startsWith('HTTP/1.1 304 ')) throw new Error(`not a 304: ${rest}`);
      rest = '';
      answers += 1;
      if (running) socket.write(request);
    });
    socket.write(request);
  }
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  running = false;
  const seconds = (monotonic() - since) / 1000;
  const told: AskersTold = { kind: 'asked', answers, seconds };
  process.send?.(told);
  for (const socket of sockets) socket.end();
}

async function connected(): Promise<net.Socket> {
  const socket = net.connect({ host, port: Number(port), noDelay: true }).setEncoding('latin1');
  await once(socket, 'connect');
  return socket;
}
