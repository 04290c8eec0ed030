// What can be started with people: for one, with each of their numbers and addresses; for several, what reaches all of them at once.

import { telephoneFields, type FieldName, type Label } from './field.ts';
import { linkOf, placeholdersOf, type LinkKind, type LinkTemplate, type LinkValues } from './link-template.ts';
import type { Fields, Person } from './person.ts';
import type { PersonId } from './person-id.ts';
import { shown, type PersonalEntry } from './personal-entry.ts';
import { longestNumber, numbersOf, telUri } from './telephone.ts';

export interface Action {
  readonly kind: LinkKind;
  readonly label: Label;
  readonly url: string;
  /** The number or address of one person, as it is written; empty where the link has none. */
  readonly to: string;
  /** Where `to` stands; absent where it is a number of the employee's own. */
  readonly field?: FieldName;
  /** Of several people those who are left out, since they have no such number or address. */
  readonly without: readonly PersonId[];
}

const builtIn: readonly LinkTemplate[] = [
  { kind: 'call', label: { en: 'Call by SIP', zh: 'SIP 呼叫' }, url: 'sip:{sip}' },
  // RFC 5724: several numbers are parted by commas.
  { kind: 'message', label: { en: 'Text message', zh: '短信' }, url: 'sms:{e164}', separator: ',' },
  // RFC 6068: so are several addresses.
  { kind: 'mail', label: { en: 'Mail', zh: '邮件' }, url: 'mailto:{mail}', separator: ',' },
];
const callLabel: Label = { en: 'Call', zh: '呼叫' };

/** One of a person's ways to be reached, with what goes into a template. */
interface Way {
  readonly values: LinkValues;
  readonly to: string;
  readonly field?: FieldName;
  /** What a telephone dials. */
  readonly tel?: string;
}

/**
 * Those of `links` first, in their order, then what every device may have. `room`: a fresh name that nobody can guess, for a meeting;
 * without it no link with `{room}` is offered. People are entries, or persons who are not held.
 */
export function actionsOf(
  people: readonly (PersonalEntry | Person)[],
  links: readonly LinkTemplate[] = [],
  room: string = '',
): readonly Action[] {
  const each = [...new Map(people.map(reachOf).map((reach) => [reach.id, reach])).values()];
  const [first] = each;
  if (first === undefined) return [];
  if (each.length > 1) return [...links, ...builtIn].flatMap((template) => forAll(template, each, room));
  const configured = links.flatMap((template) => forOne(template, first, room));
  return [...configured, ...callsOf(first), ...builtIn.flatMap((template) => forOne(template, first, room))];
}

interface Reach {
  readonly id: PersonId;
  readonly ways: Readonly<Record<'numbers' | 'mails', readonly Way[]>>;
  /** What there is one of. */
  readonly single: Way;
}

function reachOf(person: PersonalEntry | Person): Reach {
  const held = 'base' in person;
  const fields = held ? shown(person) : person.fields;
  const name = fields.name ?? fields.chineseName ?? fields.englishName;
  const sip = sipAddressOf(fields.sipAddress);
  const shared: LinkValues = { ...(name !== undefined && { name }), ...(sip !== undefined && { sip }) };
  const own = held ? person.own.numbers.map(({ number }) => ({ written: number, uri: telUri(number) })) : [];
  const numbers = [
    ...telephoneFields
      .filter((field) => field !== 'fax')
      .flatMap((field) => numbersOf(fields, field).map((each) => ({ ...each, field }))),
    ...own,
  ].filter(({ written }) => written.length <= longestNumber);
  return {
    id: held ? person.person : person.id,
    ways: {
      numbers: numbers.map(({ uri, written, ...where }) => {
        const [tel = telOfHouse(written), e164] = international.exec(uri ?? '') ?? [];
        const values = { ...shared, number: written, ...(e164 !== undefined && { e164 }) };
        return { values, to: written, ...where, ...(tel !== undefined && { tel }) };
      }),
      mails: mailsOf(fields).map(({ mail, field }) => ({ values: { ...shared, mail }, to: mail, field })),
    },
    single: sip === undefined ? { values: shared, to: '' } : { values: shared, to: sip, field: 'sipAddress' },
  };
}

/** The URI may be a field, and so a server's word. */
const international = /^tel:(\+\d{7,15})(?:;ext=\d{1,11})?$/;

/**
 * RFC 3966 §5.1.5 wants to know of a number within the house which house it is; whoever has one to call has a telephone of that
 * house, whose programs take the bare digits and stumble over `;phone-context=`.
 */
function telOfHouse(written: string): string | undefined {
  const bare = written.replaceAll(/[\s()./-]+/g, '');
  return /^\d{2,15}$/.test(bare) ? `tel:${bare}` : undefined;
}

/** RFC 3261 §19.1.1: `user@host`, without parameters, which are the server's business. */
function sipAddressOf(written = ''): string | undefined {
  const [address = ''] = written.replace(/^sips?:/i, '').split(/[;?]/, 1);
  return /^[^\s@<>",:]{1,200}@[a-z0-9.:[\]-]{1,253}$/i.test(address) ? address : undefined;
}

const isMail = (text: string): boolean =>
  text.length <= 254 && /^[^\s@<>()",:;\\[\]]+@[^\s@<>()",:;\\[\]]+$/.test(text);

const mailsOf = ({ mail, otherMails }: Fields): readonly { readonly mail: string; readonly field: FieldName }[] =>
  [
    ...(mail === undefined ? [] : [{ mail, field: 'mail' as const }]),
    ...(otherMails ?? '').split('\n').map((each) => ({ mail: each, field: 'otherMails' as const })),
  ].filter((each) => isMail(each.mail));

const messageKinds: ReadonlySet<LinkKind> = new Set(['message', 'multimedia-message']);
const withoutMessages: ReadonlySet<FieldName | undefined> = new Set(['officeTelephone', 'homeTelephone']);

/** A desk telephone shows no messages. */
function waysFor(template: LinkTemplate, { ways, single }: Reach): readonly Way[] {
  const named = placeholdersOf(template);
  if (named.has('number') || named.has('e164'))
    return messageKinds.has(template.kind)
      ? ways.numbers.filter(({ field }) => !withoutMessages.has(field))
      : ways.numbers;
  return named.has('mail') ? ways.mails : [named.has('sip') ? single : { values: single.values, to: '' }];
}

const forOne = (template: LinkTemplate, reach: Reach, room: string): readonly Action[] =>
  waysFor(template, reach).flatMap(({ values, to, field }) => {
    const url = linkOf(template, [values], room);
    const { kind, label } = template;
    return url === undefined ? [] : [{ kind, label, url, to, ...(field !== undefined && { field }), without: [] }];
  });

function forAll(template: LinkTemplate, people: readonly Reach[], room: string): readonly Action[] {
  const { kind, label, separator } = template;
  const ofPeople = [...placeholdersOf(template)].some((name) => name !== 'room');
  if (ofPeople && separator === undefined) return [];
  const reached = people.map((reach) => ({
    id: reach.id,
    way: waysFor(template, reach).find(({ values }) => linkOf(template, [values], room) !== undefined),
  }));
  const url = linkOf(
    template,
    reached.flatMap(({ way }) => way?.values ?? []),
    room,
  );
  const without = reached.filter(({ way }) => way === undefined).map(({ id }) => id);
  return url === undefined || without.length === people.length ? [] : [{ kind, label, url, to: '', without }];
}

const callsOf = ({ ways }: Reach): readonly Action[] =>
  ways.numbers.flatMap(({ tel, to, field }) =>
    tel === undefined
      ? []
      : [{ kind: 'call', label: callLabel, url: tel, to, ...(field !== undefined && { field }), without: [] }],
  );
