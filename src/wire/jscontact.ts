// A person as a JSContact Card (RFC 9553), read off the one table of fields. A row's `jscontact` is a
// path; under `components` the last part is the kind of a component, and a number is a place in a list.

import { fieldNames, fields as table, isTelephoneField, type FieldName } from '../book/field.ts';
import type { Person } from '../book/person.ts';
import type { Photo } from '../book/photo.ts';
import { numbersOf } from '../book/telephone.ts';
import { base64Of } from '../base/bytes.ts';

type Json = string | number | boolean | Json[] | { [name: string]: Json };
interface Card {
  [name: string]: Json;
}

// As in a vCard: the photo's value is a name that only the HTTP API resolves, so the picture itself is in the card.
const leftOut: ReadonlySet<FieldName> = new Set(['photo', 'manager']);

/** What RFC 9553 wants beside a value that stands below these paths. */
const besides: Readonly<Record<string, Card>> = {
  'phones/office': { contexts: { work: true }, features: { voice: true } },
  'phones/mobile': { features: { mobile: true } },
  'phones/fax': { contexts: { work: true }, features: { fax: true } },
  'phones/home': { contexts: { private: true } },
  'onlineServices/sip': { service: 'SIP' },
  'addresses/office': { contexts: { work: true } },
  'media/photo': { kind: 'photo' },
};

/** `photo` is the person's, where the card is to have it. */
export function printJsContact(person: Person, photo?: Photo): string {
  const card: Card = { '@type': 'Card', version: '1.0', uid: person.id, kind: 'individual' };
  for (const name of fieldNames) {
    const value = person.fields[name];
    if (value === undefined || leftOut.has(name) || table[name].jscontact === '') continue;
    const { kind, jscontact } = table[name];
    const path = jscontact.split('/');
    // RFC 9553 §2.3.3: a number is a URI or a text.
    const values = isTelephoneField(name)
      ? numbersOf(person.fields, name).map(({ uri, written }) => uri ?? written)
      : kind === 'list'
        ? value.split('\n')
        : [value];
    if (kind !== 'list') put(card, path, values[0] ?? '');
    // RFC 9553 §1.4.4: each member of a map has an Id of its own.
    else values.forEach((each, at) => put(card, [path[0] ?? '', `${path[1]}${at + 1}`, path[2] ?? ''], each));
  }
  const { manager } = person.fields;
  // RFC 9553 §2.1.8: the key is the uid of the related card; ours is the person ID.
  if (manager !== undefined) card['relatedTo'] = { [manager]: { relation: { 'rollcall.invalid:manager': true } } };
  if (photo !== undefined)
    put(card, table.photo.jscontact.split('/'), `data:${photo.type};base64,${base64Of(photo.bytes)}`);
  for (const [path, beside] of Object.entries(besides)) {
    const [map = '', id = ''] = path.split('/');
    const found = within(card, map)?.[id];
    if (isCard(found)) Object.assign(found, beside);
  }
  return JSON.stringify(card);
}

const isCard = (json: Json | undefined): json is Card => typeof json === 'object' && !Array.isArray(json);

function within(card: Card, name: string): Card | undefined {
  const found = card[name];
  return isCard(found) ? found : undefined;
}

function put(card: Card, path: readonly string[], value: string): void {
  const [name = '', ...rest] = path;
  const [next, ...beyond] = rest;
  if (next === undefined) {
    card[unescaped(name)] = value;
  } else if (name === 'components') {
    list(card, name).push({ kind: next, value });
  } else if (/^\d+$/.test(next)) {
    const member: Card = {};
    put(member, beyond, value);
    list(card, name).push(member);
  } else {
    const inner = within(card, name) ?? {};
    card[name] = inner;
    put(inner, rest, value);
  }
}

function list(card: Card, name: string): Json[] {
  const found = card[name];
  const made = Array.isArray(found) ? found : [];
  card[name] = made;
  return made;
}

/** A path of `localizations` is a JSON pointer (RFC 9553 §2.7.1); the table writes its slash as RFC 6901 does, so as not to break ours. */
const unescaped = (name: string): string => name.replaceAll('~1', '/');
