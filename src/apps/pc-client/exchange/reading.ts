// Files of vCards, read in the page and nowhere else, piece by piece, so that the page stays awake. What came of it is here
// until the employee has said what becomes of whom; the book is not touched before.

import { useSyncExternalStore } from 'react';
import {
  AlikeIndex,
  mergedInto,
  readOwnCards,
  shown,
  type Alike,
  type Likeness,
  type Own,
  type OwnContact,
  type PersonalEntry,
  type PersonId,
} from '../../../browser/browser.ts';
import type { Book } from '../engine/book.ts';
import { paced } from './pace.ts';

/** A card that was read. */
export interface Card {
  readonly contact: OwnContact;
  /** Who of the book it may be, the most alike first. */
  readonly alike: readonly LikePerson[];
  /** Whether the book has all of it already, or an earlier card of the file says the very same. */
  readonly known: 'not' | 'in-book' | 'in-file';
}

interface LikePerson {
  readonly person: PersonId;
  readonly by: readonly Likeness[];
}

export interface Unread {
  readonly file: string;
  readonly line: number;
  readonly problem: string;
}

/** Why nothing of a file is read. */
export type Refusal = 'too-large' | 'too-many' | 'no-card' | 'unreadable';

export type Reading =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'reading'; readonly cards: number }
  | { readonly kind: 'refused'; readonly why: Refusal; readonly file: string }
  | { readonly kind: 'read'; readonly cards: readonly Card[]; readonly unread: readonly Unread[] };

/** A telephone's whole address book with photos has some ten megabytes; beyond these a browser has not the memory. */
export const mostOctets = 128 * 1024 * 1024;
export const mostCards = 50_000;

let reading: Reading = { kind: 'nothing' };
const listeners = new Set<() => void>();

function change(next: Reading): void {
  reading = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useReading = (): Reading => useSyncExternalStore(subscribe, () => reading);
export const readNothing = (): void => change({ kind: 'nothing' });

interface Reader {
  readonly book: Book;
  /** Of labels that are made. */
  readonly language: 'en' | 'zh';
}

export async function read(files: readonly File[], { book, language }: Reader): Promise<void> {
  const [first] = files;
  if (first === undefined) return;
  const started: Reading = { kind: 'reading', cards: 0 };
  change(started);
  const large = files.reduce((sum, { size }) => sum + size, 0) > mostOctets;
  const read = large ? refused('too-large', first) : await readAll(files, language);
  change(read.kind === 'contacts' ? await compared(read, { book, language }) : read);
}

const refused = (why: Refusal, { name }: File): Reading & { readonly kind: 'refused' } => ({
  kind: 'refused',
  why,
  file: name,
});

interface Contacts {
  readonly kind: 'contacts';
  readonly contacts: readonly { readonly contact: OwnContact; readonly uid?: string }[];
  readonly unread: readonly Unread[];
}

async function readAll(
  files: readonly File[],
  language: 'en' | 'zh',
): Promise<Contacts | (Reading & { readonly kind: 'refused' })> {
  const rest = paced();
  const contacts: Contacts['contacts'][number][] = [];
  const unread: Unread[] = [];
  for (const file of files) {
    const text = await textOf(file, language);
    if (text === undefined) return refused('unreadable', file);
    if (!/^\s*BEGIN:VCARD/imu.test(text)) return refused('no-card', file);
    for (const card of readOwnCards(text, language)) {
      if ('problem' in card) unread.push({ file: file.name, ...card });
      else contacts.push(card);
      const count = contacts.length + unread.length;
      if (count > mostCards) return refused('too-many', file);
      if (count % 500 === 0) change({ kind: 'reading', cards: contacts.length });
      await rest();
    }
  }
  return { kind: 'contacts', contacts, unread };
}

/** RFC 6350 §3.1: UTF-8. Older programs wrote what their system had. Undefined where the file cannot be read, or is gone. */
async function textOf(file: File, language: 'en' | 'zh'): Promise<string | undefined> {
  let bytes: ArrayBuffer;
  try {
    bytes = await file.arrayBuffer();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return undefined;
  }
  const [one, other] = new Uint8Array(bytes);
  if (one === 0xff && other === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (one === 0xfe && other === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return new TextDecoder(language === 'zh' ? 'gb18030' : 'windows-1252').decode(bytes);
  }
}

async function compared({ contacts, unread }: Contacts, { book, language }: Reader): Promise<Reading> {
  const rest = paced();
  const { entries } = book.snapshot;
  const index = new AlikeIndex<PersonalEntry>();
  for (const entry of entries.values()) {
    index.put(entry);
    await rest();
  }
  const seen = new Set<string>();
  const cards: Card[] = [];
  for (const described of contacts) {
    const { contact } = described;
    const text = JSON.stringify({ ...contact, photo: undefined });
    const found = index.alike(described);
    const inBook = found.some(({ item }) => hasAllOf(item, contact, language));
    const known = inBook ? 'in-book' : seen.has(text) ? 'in-file' : 'not';
    cards.push({ contact, alike: found.map(likePerson), known });
    seen.add(text);
    await rest();
  }
  return { kind: 'read', cards, unread };
}

const likePerson = ({ item, by }: Alike<PersonalEntry>): LikePerson => ({ person: item.person, by });

/** Whether nothing would come of a merge. */
function hasAllOf(entry: PersonalEntry, contact: OwnContact, language: 'en' | 'zh'): boolean {
  if (givesPhoto(entry, contact)) return false;
  return inOrder(mergedInto(entry, contact, language)) === inOrder(entry.own);
}

const inOrder = ({ nickname, note, groups, favourite, numbers, values }: Own): string =>
  JSON.stringify([nickname, note, groups, favourite, numbers, values]);

/** A picture is the company's, or one's own where there was none. */
export const givesPhoto = (entry: PersonalEntry, { photo }: OwnContact): boolean =>
  photo !== undefined && entry.state === 'own' && shown(entry).photo === undefined;
