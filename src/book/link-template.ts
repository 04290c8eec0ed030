// Links by which a call, a message, a mail or a meeting is started in another program, as templates that the administrator writes.
// The values that are put into one come from a directory or from the employee and are believed nothing: they are encoded each, and
// what says where a link leads (its scheme, and of a web address the host) is always the template's own word.

import type { Label } from './field.ts';

export const linkKinds = ['call', 'message', 'multimedia-message', 'mail', 'meeting'] as const;
export type LinkKind = (typeof linkKinds)[number];

export const placeholders = ['number', 'e164', 'mail', 'sip', 'name', 'room'] as const;
export type Placeholder = (typeof placeholders)[number];

export interface LinkTemplate {
  readonly kind: LinkKind;
  readonly label: Label;
  /** With `{number}` as it is written, `{e164}` (`+861088888001`), `{mail}`, `{sip}` without its scheme, `{name}`, `{room}`: a fresh name. */
  readonly url: string;
  /** Stands between the values of several people; absent: it is for one person, unless it has no value of a person. */
  readonly separator?: string;
}

/** Programs that start something; what a browser runs or shows itself (`javascript:`, `data:`, `file:`) is none. */
export const linkSchemes: readonly string[] = (
  'https http tel sip sips sms smsto mms mmsto mailto im xmpp callto ' +
  'msteams skype zoommtg zoomus webex webextel facetime facetime-audio slack ' +
  'whatsapp signal tg weixin wxwork dingtalk lark feishu'
).split(' ');

/** Programs for Windows are started with 2,083 characters at most. */
export const longestLink = 2000;

const schemeOf = (url: string): string => /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';
const isWeb = (scheme: string): boolean => scheme === 'http' || scheme === 'https';
/** RFC 3986 §2: printable ASCII without what no URI has; here `'` neither, which ends an attribute in HTML. */
const written = /^[\x21-\x7e]*$/;
const unwritten = /[<>"'\\^`|]/;
const literalHost = /^https?:\/\/[^/?#{}@]+(?:[/?#]|$)/i;
const named = /\{(\w*)\}/g;

const isPlaceholder = (text: string): text is Placeholder => (placeholders as readonly string[]).includes(text);

/** What is wrong with a template's URL; undefined where nothing is. */
export function templateProblem(url: string): string | undefined {
  const scheme = schemeOf(url);
  if (url.length > longestLink) return `it has more than ${longestLink} characters`;
  if (!linkSchemes.includes(scheme)) return `it begins with none of ${linkSchemes.join(':, ')}:`;
  if (!written.test(url) || unwritten.test(url)) return 'it has a character that no link has; percent-encode it';
  if (isWeb(scheme) && !literalHost.test(url))
    return 'the host must be there as it is, with no value and no user in it';
  const unknown = [...url.matchAll(named)].find(([, name = '']) => !isPlaceholder(name));
  if (unknown !== undefined) return `there is no ${unknown[0]}; there are {${placeholders.join('}, {')}}`;
  return /[{}]/.test(url.replaceAll(named, '')) ? 'a brace is alone; percent-encode it' : undefined;
}

/** It stands between values as it is. */
export const isSeparator = (text: string): boolean =>
  /^[\x21-\x7e]{1,20}$/.test(text) && !unwritten.test(text) && !/[{}#]/.test(text);

export const placeholdersOf = ({ url }: LinkTemplate): ReadonlySet<Placeholder> =>
  new Set([...url.matchAll(named)].flatMap(([, name = '']) => (isPlaceholder(name) ? [name] : [])));

export type LinkValues = Readonly<Partial<Record<Placeholder, string>>>;

/** The link for these, one or several; undefined where a value is missing, or the link is too long. */
export function linkOf(template: LinkTemplate, people: readonly LinkValues[], room: string): string | undefined {
  const encode = isWeb(schemeOf(template.url)) ? encoded : encodedInAddress;
  let whole = true;
  const url = template.url.replaceAll(named, (_, name: Placeholder) => {
    const values = name === 'room' ? [room] : people.map((each) => each[name] ?? '');
    // Dots alone are steps in a path.
    if (values.some((value) => /^\.*$/.test(value))) whole = false;
    return values.map(encode).join(template.separator ?? '');
  });
  return whole && url.length <= longestLink ? url : undefined;
}

/** Half a character has no encoding. What `encodeURIComponent` leaves as it is, RFC 3986 §2.2 counts among what has a meaning in a URI. */
const encoded = (value: string): string =>
  encodeURIComponent(value.replaceAll(/\p{Surrogate}/gu, '\uFFFD')).replaceAll(
    /[!'()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** Of `tel:`, `sip:`, `mailto:` and their like, in which an address is what it is only with these. */
const encodedInAddress = (value: string): string => encoded(value).replaceAll('%40', '@').replaceAll('%2B', '+');
