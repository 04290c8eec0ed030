import net from 'node:net';
import { plainHost } from './address.ts';

const familyOf = (address: string): 'ipv4' | 'ipv6' => (net.isIPv6(address) ? 'ipv6' : 'ipv4');

/** Whether the text is an IP address, or a network such as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix = '0', ...rest] = text.split('/');
  const family = net.isIP(address);
  return family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

/** IP addresses, and networks such as `10.0.0.0/8`. */
export class Networks {
  readonly #list = new net.BlockList();

  constructor(networks: readonly string[]) {
    for (const each of networks) {
      const [address = '', prefix] = each.split('/', 2);
      if (prefix === undefined) this.#list.addAddress(address, familyOf(address));
      else this.#list.addSubnet(address, Number(prefix), familyOf(address));
    }
  }

  has(remote: string): boolean {
    const host = plainHost(remote);
    return this.#list.check(host, familyOf(host));
  }
}
