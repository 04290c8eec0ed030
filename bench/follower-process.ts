// Our own follower alone, in a process of its own: what receiving a change by syncrepl takes.

import { textOf } from '../src/base/bytes.ts';
import { follow } from '../src/node/ldap-socket.ts';
import { monotonic } from './clock.ts';

export type FollowerTold =
  | { readonly kind: 'refreshed' }
  | { readonly kind: 'heard'; readonly at: number; readonly telephone: string | undefined };

const [url = '', dn = '', password = '', base = '', filter = ''] = process.argv.slice(2);
const tell = (told: FollowerTold): void => void process.send?.(told);
let live = false;

follow({
  urls: [url],
  dn,
  password,
  base,
  filter,
  attributes: ['telephoneNumber'],
  cookie: () => Promise.resolve(undefined),
  take: (events) => {
    const at = monotonic();
    let refreshed = false;
    for (const event of events) {
      if (event.kind === 'refreshed') refreshed = true;
      if (event.kind !== 'entry') continue;
      const value = event.attributes.get('telephonenumber')?.[0];
      if (live) tell({ kind: 'heard', at, telephone: value === undefined ? undefined : textOf(value) });
    }
    if (refreshed) {
      live = true;
      tell({ kind: 'refreshed' });
    }
    return Promise.resolve();
  },
});
