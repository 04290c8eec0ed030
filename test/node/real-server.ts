// A server on real sockets of 127.0.0.1, with stores in memory.

import { printAddress } from '../../src/node/address.ts';
import { openHttpHost } from '../../src/node/http.ts';
import { run } from '../../src/node/run.ts';
import { SipSockets } from '../../src/node/sip-sockets.ts';
import { openWorld, type World, type WorldOptions } from '../server/world.ts';

export interface RealServer extends AsyncDisposable {
  readonly url: string;
  readonly world: World;
  /** The HTTP requests that came in, as `METHOD path?query`. */
  readonly asked: readonly string[];
}

const local = { host: '127.0.0.1', port: 0 };

export async function openRealServer(options: WorldOptions = {}): Promise<RealServer> {
  await using stack = new AsyncDisposableStack();
  const asked: string[] = [];
  const listening = { udp: '', tcp: '', websocket: '/sip' };
  const world = stack.use(await openWorld({ ...options, listens: () => listening }));
  const sockets = stack.use(new SipSockets((event) => world.hear(event)));
  const running = run(world.server.sip, (output) => {
    if (output.kind === 'send') sockets.send(output.flow, output.bytes);
    else if (output.kind === 'close') sockets.close(output.flow);
  });
  stack.defer(() => running.stop());
  world.hear = (input) => running.tell(input);
  listening.udp = printAddress(await sockets.listenDatagrams(local));
  listening.tcp = printAddress(await sockets.listenStreams(local));
  const http = stack.use(
    await openHttpHost({
      answer: (request) => {
        asked.push(`${request.method} ${request.path}${request.query === '' ? '' : `?${request.query}`}`);
        return world.server.answer(request);
      },
      listen: local,
      failed: (error) => {
        throw error;
      },
    }),
  );
  sockets.serveWebSockets(http.server, '/sip');
  const whole = stack.move();
  return {
    url: `http://${printAddress(http.address)}`,
    world,
    asked,
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}
