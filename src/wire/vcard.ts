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
  const lines = [...headLines(person, version), ...structuredLines(person.fields, version)];
  lines.push(...fieldLines(person.fields, { version, telephones: version === '4.0' ? 'uris' : 'written' }));
  if (photo !== undefined) lines.push(photoLine(photo, version));
  return printCard(lines);
}

/** FN is obligatory in both versions, and N in 3.0 (RFC 2426 §3.1.2). */
export function headLines(person: Person, version: VCardVersion): readonly string[] {
  return [
    `VERSION:${version}`,
    'PRODID:-//Rollcall//Rollcall//EN',
    ...(version === '4.0' ? ['KIND:individual', `UID;VALUE=text:${person.id}`] : [`UID:${person.id}`]),
    ...(person.fields.name === undefined ? [`FN:${escaped(nameOf(person))}`] : []),
  ];
}

export const printCard = (lines: readonly string[]): string =>
  `${['BEGIN:VCARD', ...lines, 'END:VCARD'].map(fold).join('\r\n')}\r\n`;

export interface FieldLinesChoice {
  readonly version: VCardVersion;
  /** As they are written, or as the URIs of those that have one. */
  readonly telephones: 'written' | 'uris';
}

/** The fields that are a property each. */
export function fieldLines(fields: Fields, { version, telephones }: FieldLinesChoice): readonly string[] {
  const lines: string[] = [];
  for (const name of fieldNames) {
    const value = fields[name];
    const property = table[name].vcard;
    if (value === undefined || property === '' || property.includes('#') || leftOut.has(name)) continue;
    if (version === '3.0' && !knownTo3(property)) continue;
    if (telephones === 'uris' && isTelephoneField(name)) {
      lines.push(...numbersOf(fields, name).map((number) => telephoneLine(property, number)));
      continue;
    }
    for (const each of table[name].kind === 'list' ? value.split('\n') : [value]) lines.push(line(property, each));
  }
  return lines;
}

/** RFC 6350 §6.4.1: a URI by preference, and a text where there is none. */
const telephoneLine = (property: string, { written, uri }: DialledNumber): string =>
  uri === undefined ? `${property}:${escaped(written)}` : `${property};VALUE=uri:${uriText(uri)}`;

/** A data URI (RFC 6350 §6.2.4), or in 3.0 the picture in the value (RFC 2426 §3.1.4). */
export const photoLine = ({ type, bytes }: Photo, version: VCardVersion): string =>
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

export function structuredLines(fields: Fields, version: VCardVersion): readonly string[] {
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
export const escaped = (text: string): string =>
  text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[\\,;]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll(controls, '');

const controls = /(?![\t\n])\p{Cc}/gu;

/** A URI may not hold spaces or controls (RFC 3986 §2); one from a directory that does is encoded, not believed. */
export const uriText = (text: string): string =>
  text.replaceAll(/[\p{Cc}\s]/gu, (character) => encodeURIComponent(character));

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
