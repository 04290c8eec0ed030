// JsSIP as a subscriber over WebSocket, as docs/sip-peers.md shows it.

import JsSIP from 'jssip';
import { EventQueue } from '../../src/terminal/event-queue.ts';
import type { SipAccess } from '../../src/wire/http.ts';
import { accepted, type LibrarySubscriber, type SubscriberOptions, type Told } from './library-subscriber.ts';

export async function subscribeWithJsSip(
  webSocketUrl: string,
  access: SipAccess,
  { register = false, token }: SubscriberOptions = {},
): Promise<LibrarySubscriber> {
  const agent = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(webSocketUrl)],
    uri: access.address,
    authorization_user: access.username,
    password: access.password,
    register,
    ...(token !== undefined && { authorization_jwt: `Bearer ${token}` }),
  });
  await new Promise<void>((resolve, reject) => {
    agent.on(register ? 'registered' : 'connected', () => resolve());
    agent.on('registrationFailed', ({ cause }) => reject(new Error(`JsSIP: ${cause ?? 'not registered'}`)));
    agent.on('disconnected', ({ reason }) => reject(new Error(`JsSIP: ${reason ?? 'disconnected'}`)));
    agent.start();
  });
  const told = new EventQueue<Told>(() => undefined);
  const subscriber = agent.subscribe(access.to, 'address-book', accepted, { expires: 600, contentType: '' });
  subscriber.on('notify', (_, request, body = '') =>
    told.push({ state: request.getHeader('subscription-state') ?? '', etag: request.getHeader('sip-etag'), body }),
  );
  const over = new Promise<string>((resolve) => {
    subscriber.on('terminated', (code, reason) => resolve(reason ?? `code ${code}`));
  });
  subscriber.subscribe();
  return {
    told,
    over,
    refresh: () => subscriber.subscribe(),
    leave: () => subscriber.terminate(),
    [Symbol.asyncDispose]: async () => agent.stop(),
  };
}
