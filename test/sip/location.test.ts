// Where a SIP URI is to be reached (RFC 3263), by what the DNS says.

import { expect, test } from 'vitest';
import { locate, ordered, type Names, type Naptr, type Srv } from '../../src/sip/location.ts';
import { parseUri } from '../../src/sip/uri.ts';

interface Zone {
  readonly naptr?: Readonly<Record<string, readonly Naptr[]>>;
  readonly srv?: Readonly<Record<string, readonly Srv[]>>;
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
}

/** The names of a zone, and what was asked of it. */
function zone({ naptr = {}, srv = {}, addresses = {} }: Zone): { readonly names: Names; readonly asked: string[] } {
  const asked: string[] = [];
  const of =
    <Found>(kind: string, table: Readonly<Record<string, readonly Found[]>>) =>
    async (name: string): Promise<readonly Found[]> => {
      asked.push(`${kind} ${name}`);
      return table[name] ?? [];
    };
  return { asked, names: { naptr: of('NAPTR', naptr), srv: of('SRV', srv), addresses: of('A', addresses) } };
}

const service = (target: string, port: number, more: Partial<Srv> = {}): Srv => ({
  priority: 10,
  weight: 0,
  target,
  port,
  ...more,
});
const pointer = (name: string, replacement: string, more: Partial<Naptr> = {}): Naptr => ({
  order: 10,
  preference: 10,
  flags: 's',
  service: name,
  replacement,
  ...more,
});

async function places(text: string, records: Zone = {}): Promise<readonly string[]> {
  const uri = parseUri(text);
  if (uri === undefined) throw new Error('no URI');
  const found = await locate(uri, { names: zone(records).names, random: () => 0 });
  return found.map(({ transport, address }) => `${transport} ${address.host} ${address.port}`);
}

const addresses = {
  'example.com': ['192.0.2.1', '2001:db8::1'],
  'p1.example.com': ['192.0.2.2'],
  'p2.example.com': ['192.0.2.3'],
};

test.each<[string, readonly string[]]>([
  ['sip:192.0.2.9', ['UDP 192.0.2.9 5060']],
  ['sip:192.0.2.9:5070;transport=tcp;lr', ['TCP 192.0.2.9 5070']],
  ['sip:[2001:db8::9];transport=tls', ['TLS 2001:db8::9 5061']],
  ['sips:192.0.2.9', ['TLS 192.0.2.9 5061']],
  ['sips:192.0.2.9;transport=tcp', ['TLS 192.0.2.9 5061']],
  ['sip:example.com;maddr=192.0.2.9', ['UDP 192.0.2.9 5060']],
  ['sips:192.0.2.9;transport=udp', []],
  ['sip:192.0.2.9;transport=sctp', []],
])('RFC 3263 §4.1, §4.2: a number needs no DNS: %s', async (uri, expected) => {
  const { names, asked } = zone({});
  const found = await locate(parseUri(uri) ?? fail(), { names, random: () => 0 });
  expect(found.map(({ transport, address }) => `${transport} ${address.host} ${address.port}`)).toEqual(expected);
  expect(asked).toEqual([]);
});

function fail(): never {
  throw new Error('no URI');
}

test('RFC 3263 §4.2: with a port only addresses are asked for, all of them', async () => {
  expect(await places('sip:example.com:5070;transport=tcp', { addresses })).toEqual([
    'TCP 192.0.2.1 5070',
    'TCP 2001:db8::1 5070',
  ]);
  expect(await places('sips:example.com:5071', { addresses })).toEqual(['TLS 192.0.2.1 5071', 'TLS 2001:db8::1 5071']);
});

test('RFC 3263 §4.1: NAPTR says which transports, by order and preference; those that we have not, or that are no SRV, are passed over', async () => {
  const naptr = {
    'example.com': [
      pointer('SIP+D2U', '_sip._udp.example.com', { order: 60 }),
      pointer('SIP+D2S', '_sip._sctp.example.com', { order: 10 }),
      pointer('sip+d2t', '_sip._tcp.other.example', { order: 50, preference: 20 }),
      pointer('SIPS+D2T', '_sips._tcp.example.com', { order: 50, preference: 10 }),
      pointer('SIP+D2T', 'somewhere.example', { flags: 'a' }),
      pointer('E2U+sip', '', { flags: 'u' }),
    ],
  };
  const srv = {
    '_sip._udp.example.com': [service('p1.example.com', 5060)],
    '_sip._tcp.other.example': [service('p2.example.com', 5062)],
    '_sips._tcp.example.com': [service('p1.example.com', 5061)],
  };
  const found = await places('sip:example.com', { naptr, srv, addresses });
  expect(found).toEqual(['TLS 192.0.2.2 5061', 'TCP 192.0.2.3 5062', 'UDP 192.0.2.2 5060']);
  expect(await places('sips:example.com', { naptr, srv, addresses })).toEqual(['TLS 192.0.2.2 5061']);
});

test('RFC 3263 §4.1: without NAPTR each transport that we have is looked for by SRV, the encrypted one first', async () => {
  const srv = {
    '_sip._udp.example.com': [service('p1.example.com', 5060)],
    '_sip._tcp.example.com': [service('p2.example.com', 5062)],
  };
  expect(await places('sip:example.com', { srv, addresses })).toEqual(['TCP 192.0.2.3 5062', 'UDP 192.0.2.2 5060']);
  expect(await places('sip:example.com;transport=udp', { srv, addresses })).toEqual(['UDP 192.0.2.2 5060']);
});

test('RFC 3263 §4.2: without SRV it is the usual port of the name’s addresses', async () => {
  expect(await places('sip:example.com', { addresses })).toEqual(['UDP 192.0.2.1 5060', 'UDP 2001:db8::1 5060']);
  expect(await places('sip:example.com;transport=tls', { addresses })).toEqual([
    'TLS 192.0.2.1 5061',
    'TLS 2001:db8::1 5061',
  ]);
  expect(await places('sips:example.com', { addresses })).toEqual(['TLS 192.0.2.1 5061', 'TLS 2001:db8::1 5061']);
  expect(await places('sip:nowhere.example')).toEqual([]);
});

test('RFC 2782: a service that is at the root is not offered, whatever addresses the name has', async () => {
  for (const target of ['.', '']) {
    const srv = { '_sip._tcp.example.com': [service(target, 0)] };
    expect(await places('sip:example.com;transport=tcp', { srv, addresses })).toEqual([]);
  }
});

test('RFC 2782: by priority, and within one each as often first as its weight says', () => {
  const records = [
    service('c', 1, { priority: 20 }),
    service('heavy', 1, { weight: 75 }),
    service('light', 1, { weight: 25 }),
    service('none', 1, { weight: 0 }),
  ];
  const first = new Map<string, number>();
  for (let step = 0; step < 1000; step += 1) {
    const order = ordered(records, () => step / 1000).map(({ target }) => target);
    expect([order.at(-1), new Set(order).size]).toEqual(['c', 4]);
    first.set(order[0] ?? '', (first.get(order[0] ?? '') ?? 0) + 1);
  }
  expect(first.get('heavy')).toBeGreaterThan(730);
  expect(first.get('light')).toBeGreaterThan(230);
  expect(first.get('none')).toBeGreaterThan(0);
});

test('however much the DNS says, there are at most 16 places and a few questions', async () => {
  const many = Array.from({ length: 200 }, (_, at) => pointer('SIP+D2T', `_sip._tcp.s${at}`, { order: at }));
  const srv = Object.fromEntries(
    many.map(({ replacement }) => [replacement, Array.from({ length: 200 }, () => service('p', 1))]),
  );
  const records = {
    naptr: { 'example.com': many },
    srv,
    addresses: { p: Array.from({ length: 200 }, () => '192.0.2.1') },
  };
  const { names, asked } = zone(records);
  const found = await locate(parseUri('sip:example.com') ?? fail(), { names, random: () => 0 });
  expect(found).toHaveLength(16);
  expect(asked.length).toBeLessThan(60);
});
