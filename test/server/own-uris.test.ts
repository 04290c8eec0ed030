// Which Request-URIs are ours (RFC 3261 §8.2.2.1).

import { expect, test } from 'vitest';
import { OwnUris } from '../../src/server/own-uris.ts';

const own = new OwnUris({
  domain: 'Example.com',
  users: ['address-book', 'enterprise-book'],
  others: ['sip:Address%42ook@AB.ims.example', 'sip:book.example.net'],
  isOurHost: (host) => host === 'sip.example.com' || host === '2001:db8::20',
});
const here = '192.0.2.20';

test.each([
  'sip:address-book@example.com',
  'sips:address-book@EXAMPLE.com;transport=tls',
  'sip:address%2Dbook:secret@example.com:5080',
  'sip:enterprise-book@example.com',
  'sip:example.com',
  'sip:address-book@192.0.2.20:5060',
  'sip:address-book@sip.example.com',
  'sip:address-book@[2001:DB8::20]',
  'sip:AddressBook@ab.ims.example;user=phone',
  'sip:address-book@book.example.net',
  'sip:book.example.net',
])('%s is ours', (uri) => expect(own.has(uri, here)).toBe(true));

test.each([
  'sip:ada@example.com',
  'sip:Address-Book@example.com',
  'sip:address-book@ab.ims.example',
  'sip:AddressBook@example.com',
  'sip:addressbook@ab.ims.example',
  'sip:address-book@example.com.attacker.example',
  'sip:address-book@elsewhere.example',
  'sip:address-book%40example.com@elsewhere.example',
  'sip:192.0.2.21',
  'sip:ab.ims.example',
  'sip:address-book@',
  'sip:%ZZ@example.com',
  'tel:+8610',
  '*',
  '',
])('%s is not', (uri) => expect(own.has(uri, here)).toBe(false));
