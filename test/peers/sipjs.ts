// SIP.js as a subscriber over WebSocket, as docs/sip-peers.md shows it.

import { Registerer, RegistererState, Subscriber, UserAgent } from 'sip.js';
import { EventQueue } from '../../src/terminal/event-queue.ts';
import type { SipAccess } from '../../src/wire/http.ts';
import { accepted, type LibrarySubscriber, type SubscriberOptions, type Told } from './library-subscriber.ts';

export async function subscribeWithSipJs(
  webSocketUrl: string,
  access: SipAccess,
  { register = false }: SubscriberOptions = {},
): Promise<LibrarySubscriber> {
  const [uri, target] = [UserAgent.makeURI(access.address), UserAgent.makeURI(access.to)];
  if (uri === undefined || target === undefined) throw new Error('SIP.js cannot read our URIs');
  const agent = new UserAgent({
    uri,
    authorizationUsername: access.username,
    authorizationPassword: access.password,
    transportOptions: { server: webSocketUrl },
    logBuiltinEnabled: false,
  });
  await agent.start();
  const registerer = register ? await registered(agent) : undefined;
  const told = new EventQueue<Told>(() => undefined);
  const subscriber = new Subscriber(agent, target, 'address-book', {
    expires: 600,
    extraHeaders: [`Accept: ${accepted}`],
  });
  subscriber.delegate = {
    onNotify: (notification) => {
      const { request } = notification;
      void notification.accept();
      told.push({
        state: request.getHeader('subscription-state') ?? '',
        etag: request.getHeader('sip-etag'),
        body: request.body,
      });
    },
  };
  const over = new Promise<string>((resolve) => {
    // SIP.js keeps the last NOTIFY to itself, so it is read off the wire.
    const { transport } = agent;
    const handOn = transport.onMessage;
    transport.onMessage = (message) => {
      const reason = /^Subscription-State: terminated;reason=(\w+)/m.exec(message)?.[1];
      if (reason !== undefined) resolve(reason);
      handOn?.(message);
    };
  });
  await subscriber.subscribe();
  return {
    told,
    over,
    refresh: () => void subscriber.subscribe(),
    leave: () => void subscriber.unsubscribe(),
    [Symbol.asyncDispose]: async () => {
      await registerer?.unregister();
      await agent.stop();
    },
  };
}

async function registered(agent: UserAgent): Promise<Registerer> {
  const registerer = new Registerer(agent, { expires: 600 });
  const done = new Promise<void>((resolve, reject) => {
    registerer.stateChange.addListener((state) =>
      state === RegistererState.Registered ? resolve() : reject(new Error(`SIP.js: ${state}`)),
    );
  });
  await registerer.register();
  await done;
  return registerer;
}
