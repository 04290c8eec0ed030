// SIP over WebSocket (RFC 7118) by the browser's WebSocket: one message is one WebSocket message. When to open a flow
// again is the engine's business.

import type { Flow, FlowPath } from '../sip/transaction-user.ts';
import type { FlowTarget } from '../terminal/flow-target.ts';
import type { FlowHeard, TerminalSockets } from '../terminal/host.ts';
import { HostFault } from './host-fault.ts';

const limits = {
  openMilliseconds: 10_000,
  // Who takes so little that this much waits is as good as gone.
  mostUnsentOctets: 4 * 1024 * 1024,
  // A notification has at most some 64 kB; what is larger is no SIP of ours.
  mostMessageLength: 1024 * 1024,
};

export class WebSocketFlows implements TerminalSockets {
  readonly #heard: (event: FlowHeard) => void;
  readonly #open = new Map<Flow, WebSocket>();
  readonly #opening = new Set<WebSocket>();
  #made = 0;

  constructor(heard: (event: FlowHeard) => void) {
    this.#heard = heard;
  }

  async open(to: FlowTarget, server: string): Promise<FlowPath> {
    if (to.transport !== 'WS') throw new HostFault('a browser has WebSocket alone');
    const url = webSocketUrl(to.url, server);
    const socket = dial(url);
    this.#opening.add(socket);
    try {
      await opened(socket, url);
    } finally {
      this.#opening.delete(socket);
    }
    return this.#adopt(socket, url);
  }

  /** A flow that is gone is silently passed over: `closed` was told. */
  send(flow: Flow, bytes: Uint8Array): void {
    const socket = this.#open.get(flow);
    if (socket === undefined) return;
    if (socket.bufferedAmount > limits.mostUnsentOctets) this.close(flow);
    else socket.send(new TextDecoder().decode(bytes));
  }

  /** Told at once: a browser may take a minute to close what has no network any more. */
  close(flow: Flow): void {
    const socket = this.#open.get(flow);
    if (socket === undefined) return;
    this.#open.delete(flow);
    socket.close();
    this.#heard({ kind: 'closed', flow });
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#opening) socket.close();
    for (const flow of this.#open.keys()) this.close(flow);
    return Promise.resolve();
  }

  #adopt(socket: WebSocket, url: URL): FlowPath {
    this.#made += 1;
    const flow = `ws:${this.#made}` as Flow;
    // A page does not learn its own address; RFC 7118 §5.2.1 has a name that is none.
    const local = { host: 'browser.invalid', port: 0 };
    const port = Number(url.port) || (url.protocol === 'wss:' ? 443 : 80);
    const remote = { host: url.hostname.replace(/^\[|\]$/g, ''), port };
    const path: FlowPath = { flow, transport: url.protocol === 'wss:' ? 'WSS' : 'WS', local, remote };
    this.#open.set(flow, socket);
    socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (!this.#open.has(flow)) return;
      const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data);
      if (bytes.length > limits.mostMessageLength) this.close(flow);
      else this.#heard({ kind: 'received', path, bytes });
    });
    socket.addEventListener('close', () => this.close(flow));
    return path;
  }
}

function webSocketUrl(text: string, server: string): URL {
  const url = URL.parse(text, server);
  if (url === null) throw new HostFault(`not the address of a WebSocket: ${JSON.stringify(text)}`);
  url.protocol = url.protocol.replace('http', 'ws');
  return url;
}

/** What a server tells as its address may be anything, and a page that came by HTTPS may open `wss:` alone. */
function dial(url: URL): WebSocket {
  try {
    const socket = new WebSocket(url, 'sip');
    socket.binaryType = 'arraybuffer';
    return socket;
  } catch (cause) {
    if (!(cause instanceof DOMException)) throw cause;
    throw new HostFault(`${url.href} is no address of a WebSocket for this page: ${cause.message}`, { cause });
  }
}

function opened(socket: WebSocket, url: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.close(), limits.openMilliseconds);
    socket.addEventListener('open', () => {
      clearTimeout(timer);
      resolve();
    });
    // Why, a browser tells nobody: a page must not learn what there is on the network.
    socket.addEventListener('close', () => {
      clearTimeout(timer);
      reject(new HostFault(`${url.host} did not open a WebSocket`));
    });
  });
}
