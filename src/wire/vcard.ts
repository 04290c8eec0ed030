// A person as a vCard: 4.0 (RFC 6350) and 3.0 (RFC 2426), read off the one table of fields. A row's
// `vcard` is a property with its parameters, or a component of a structured one as `PROPERTY#index`.

import { base64Of, utf8 } from '../base/bytes.ts';
import { fieldNames, fields as table, isTelephoneField, type FieldName } from '../book/field.ts';
import type { Fields, Person } from '../book/person.ts';
import type { Photo } from '../book/photo.ts';
import { numbersOf, type DialledNumber } from '../book/telephone.ts';

export type VCardVersion = '4.0' | '3.0';

/** How many components a structured property has: N and ADR of RFC 6350 §6.2.2 and §6.3.1; ORG as many as are there. */
const componentCounts: Readonly<Record<string, number>> = { N: 5, ADR: 7 };

/** Properties whose value is a URI, which is not escaped (RFC 6350 §3.4 escapes text only). */
const uriProperties: ReadonlySet<string> = new Set(['IMPP', 'URL']);

// The field's value is a name that only the HTTP API resolves, for who is logged in; a card that is carried
// elsewhere could not show it. So the picture itself is in the card.
const leftOut: ReadonlySet<FieldName> = new Set(['photo']);

/** `photo` is the person's, where the card is to have it. */
export function printVCard(person: Person, version: VCardVersion, photo?: Photo): string {
  const lines = ['BEGIN:VCARD', `VERSION:${version}`, 'PRODID:-//Rollcall//Rollcall//EN'];
  if (version === '4.0') lines.push('KIND:individual', `UID;VALUE=text:${person.id}`);
  else lines.push(`UID:${person.id}`);
  // FN is obligatory in both versions, and N in 3.0 (RFC 2426 §3.1.2).
  if (person.fields.name === undefined) lines.push(`FN:${escaped(nameOf(person))}`);
  lines.push(...structuredLines(person.fields, version));
  for (const name of fieldNames) {
    const value = person.fields[name];
    const property = table[name].vcard;
    if (value === undefined || property === '' || property.includes('#') || leftOut.has(name)) continue;
    if (version === '3.0' && !knownTo3(property)) continue;
    if (version === '4.0' && isTelephoneField(name)) {
      lines.push(...numbersOf(person.fields, name).map((number) => telephoneLine(property, number)));
      continue;
    }
    for (const each of table[name].kind === 'list' ? value.split('\n') : [value]) lines.push(line(property, each));
  }
  if (photo !== undefined) lines.push(photoLine(photo, version));
  return `${lines.concat('END:VCARD').map(fold).join('\r\n')}\r\n`;
}

/** RFC 6350 §6.4.1: a URI by preference, and a text where there is none. */
const telephoneLine = (property: string, { written, uri }: DialledNumber): string =>
  uri === undefined ? `${property}:${escaped(written)}` : `${property};VALUE=uri:${uriText(uri)}`;

/** A data URI (RFC 6350 §6.2.4), or in 3.0 the picture in the value (RFC 2426 §3.1.4). */
const photoLine = ({ type, bytes }: Photo, version: VCardVersion): string =>
  version === '4.0'
    ? `PHOTO:data:${type};base64,${base64Of(bytes)}`
    : `PHOTO;ENCODING=b;TYPE=${type.slice('image/'.length).toUpperCase()}:${base64Of(bytes)}`;

const nameOf = ({ id, fields }: Person): string =>
  fields.chineseName ?? fields.englishName ?? ([fields.givenName, fields.surname].filter(Boolean).join(' ') || id);

/** 3.0 has one FN, and no RELATED. */
const knownTo3 = (property: string): boolean => !property.startsWith('FN;') && !property.startsWith('RELATED');

function line(property: string, value: string): string {
  const name = property.split(';', 1)[0] ?? property;
  if (name === 'RELATED') return `${property};VALUE=text:${escaped(value)}`;
  if (!uriProperties.has(name)) return `${property}:${escaped(value)}`;
  const scheme = name === 'IMPP' && !/^[a-z][a-z0-9+.-]*:/i.test(value) ? 'sip:' : '';
  // labeledURI (RFC 2079) may carry a label after the URI.
  return `${property}:${scheme}${uriText(name === 'URL' ? (value.split(' ', 1)[0] ?? '') : value)}`;
}

function structuredLines(fields: Fields, version: VCardVersion): readonly string[] {
  const structured = new Map<string, string[]>(version === '3.0' ? [['N', []]] : []);
  for (const name of fieldNames) {
    const [property, index] = table[name].vcard.split('#');
    const value = fields[name];
    if (property === undefined || index === undefined || value === undefined) continue;
    const components = structured.get(property) ?? [];
    components[Number(index)] = escaped(value);
    structured.set(property, components);
  }
  return [...structured].map(([property, components]) => {
    const length = componentCounts[property] ?? components.length;
    const values = Array.from({ length }, (_, at) => components[at] ?? '');
    return `${property}${property === 'ADR' ? ';TYPE=work' : ''}:${values.join(';')}`;
  });
}

/** RFC 6350 §3.4: backslash, comma, semicolon and line break. Other control characters have no place in a vCard. */
const escaped = (text: string): string =>
  text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[\\,;]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll(controls, '');

const controls = /(?![\t\n])\p{Cc}/gu;

/** A URI may not hold spaces or controls (RFC 3986 §2); one from a directory that does is encoded, not believed. */
const uriText = (text: string): string => text.replaceAll(/[\p{Cc}\s]/gu, (character) => encodeURIComponent(character));

const mostOctets = 75;

/** RFC 6350 §3.2: no line longer than 75 octets, the break never inside a character. */
function fold(whole: string): string {
  const parts: string[] = [];
  let part = '';
  let octets = 0;
  for (const character of whole) {
    const size = character < '\u0080' ? 1 : utf8(character).length;
    if (octets + size > mostOctets) {
      parts.push(part);
      part = ' ';
      octets = 1;
    }
    part += character;
    octets += size;
  }
  return [...parts, part].join('\r\n');
}
