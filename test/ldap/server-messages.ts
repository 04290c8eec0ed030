// Messages as a server prints them, for followers and sessions that are tested without one.

import { utf8 } from '../../src/base/bytes.ts';
import { boolean, element, enumerated, integer, octets, text } from '../../src/ldap/ber.ts';
import { noticeOfDisconnection } from '../../src/ldap/message.ts';
import { syncInfoName, syncStateType } from '../../src/ldap/sync.ts';

export const serverMessage = (id: number, operation: Uint8Array, ...controls: readonly Uint8Array[]): Uint8Array =>
  element(0x30, integer(id), operation, ...(controls.length === 0 ? [] : [element(0xa0, ...controls)]));

const resultOf =
  (tag: number) =>
  (id: number, code = 0, diagnostic = ''): Uint8Array =>
    serverMessage(id, element(tag, enumerated(code), text(''), text(diagnostic)));

export const bindResult = resultOf(0x61);
export const searchDone = resultOf(0x65);
export const modifyResult = resultOf(0x67);
export const extendedResult = resultOf(0x78);

export const notice = (code: number): Uint8Array =>
  serverMessage(0, element(0x78, enumerated(code), text(''), text('going down'), text(noticeOfDisconnection, 0x8a)));

/** A UUID of sixteen equal bytes, and its text. */
const uuid = (byte: number): Uint8Array => new Uint8Array(16).fill(byte);
export const keyText = (byte: number): string =>
  Buffer.from(uuid(byte))
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

const states = ['present', 'add', 'modify', 'delete'] as const;

export function entryMessage(
  id: number,
  about: { readonly dn: string; readonly attributes?: Readonly<Record<string, readonly string[]>> },
  sync?: { readonly state: (typeof states)[number]; readonly byte: number; readonly cookie?: string },
): Uint8Array {
  const attributes = Object.entries(about.attributes ?? {}).map(([name, values]) =>
    element(0x30, text(name), element(0x31, ...values.map((value) => text(value)))),
  );
  const operation = element(0x64, text(about.dn), element(0x30, ...attributes));
  if (sync === undefined) return serverMessage(id, operation);
  const cookie = sync.cookie === undefined ? [] : [text(sync.cookie)];
  const value = element(0x30, enumerated(states.indexOf(sync.state)), octets(uuid(sync.byte)), ...cookie);
  return serverMessage(id, operation, element(0x30, text(syncStateType), octets(value)));
}

const info = (id: number, value: Uint8Array): Uint8Array =>
  serverMessage(id, element(0x79, text(syncInfoName, 0x80), octets(value, 0x81)));

const cookiePart = (cookie: string | undefined): readonly Uint8Array[] => (cookie === undefined ? [] : [text(cookie)]);

export const newCookie = (id: number, cookie: string): Uint8Array => info(id, octets(utf8(cookie), 0x80));

export const refreshDelete = (id: number, cookie?: string, done = true): Uint8Array =>
  info(id, element(0xa1, ...cookiePart(cookie), ...(done ? [] : [boolean(false)])));

export const refreshPresent = (id: number, cookie?: string, done = true): Uint8Array =>
  info(id, element(0xa2, ...cookiePart(cookie), ...(done ? [] : [boolean(false)])));

export const idSet = (
  id: number,
  bytes: readonly number[],
  { deleted, cookie }: { readonly deleted: boolean; readonly cookie?: string },
): Uint8Array =>
  info(
    id,
    element(
      0xa3,
      ...cookiePart(cookie),
      ...(deleted ? [boolean(true)] : []),
      element(0x31, ...bytes.map((byte) => octets(uuid(byte)))),
    ),
  );
