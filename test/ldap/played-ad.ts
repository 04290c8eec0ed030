// Active Directory as it is played, for what no Samba does: pages of at most 1,000 objects, values in ranges of at
// most 1,500, DirSync in parts, other domain controllers, and answers that fail. What it says is as Samba and
// MS-ADTS say it.

import { utf8 } from '../../src/base/bytes.ts';
import { element, enumerated, integer, octets, text, universal, BerReader } from '../../src/ldap/ber.ts';
import { guidOf } from '../../src/ldap/object-guid.ts';
import { atLeast, testedFor, type Asked } from './client-requests.ts';
import { bindResult, serverMessage } from './server-messages.ts';

const root = 'DC=example,DC=test';
export const types = {
  paged: '1.2.840.113556.1.4.319',
  dirSync: '1.2.840.113556.1.4.841',
  notification: '1.2.840.113556.1.4.528',
  showDeleted: '1.2.840.113556.1.4.417',
  extendedDn: '1.2.840.113556.1.4.529',
};

export interface PlayedObject {
  readonly number: number;
  dn: string;
  created: number;
  usn: number;
  /** Found by the configured base and filter. */
  listed: boolean;
  deleted: boolean;
  attributes: Record<string, readonly string[]>;
}

interface Change {
  readonly usn: number;
  readonly number: number;
  /** Attributes that DirSync tells of. */
  readonly told: readonly string[];
}

type Value = string | Uint8Array;
type Attributes = Readonly<Record<string, readonly Value[]>>;

/** Sixteen octets that tell byte orders apart. */
export const guidBytes = (number: number): Uint8Array =>
  Uint8Array.from([number & 255, number >> 8, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);

const numberOf = (guid: Uint8Array): number => (guid[0] ?? 0) + (guid[1] ?? 0) * 256;

const entry = (id: number, dn: string, attributes: Attributes): Uint8Array => {
  const print = (value: Value): Uint8Array => octets(typeof value === 'string' ? utf8(value) : value);
  const printed = Object.entries(attributes).map(([name, values]) =>
    element(0x30, text(name), element(0x31, ...values.map(print))),
  );
  return serverMessage(id, element(0x64, text(dn), element(0x30, ...printed)));
};

const control = (type: string, value: Uint8Array): Uint8Array => element(0x30, text(type), octets(value));

const done = (id: number, code = 0, diagnostic = '', ...controls: readonly Uint8Array[]): Uint8Array =>
  serverMessage(id, element(0x65, enumerated(code), text(''), text(diagnostic)), ...controls);

export class PlayedAd {
  readonly root: string = root;
  readonly objects = new Map<number, PlayedObject>();
  usn = 100;
  server = 'CN=NTDS Settings,CN=DC1,CN=Sites,CN=Configuration,DC=example,DC=test';
  invocation = 1;
  capabilities: readonly string[] = ['1.2.840.113556.1.4.800'];
  showsDeleted = true;
  /** Codes that refuse: DirSync by its flags, notifications. */
  refused: Readonly<Partial<Record<'dirSync0' | 'dirSync1' | 'notification' | 'cookie', number>>> = {};
  /** Changes that one DirSync answer holds. */
  dirSyncAtOnce = 1000;
  mostValues = 1500;
  /** Looks at each question first; what it gives is the answer. */
  instead: (asked: Asked) => readonly Uint8Array[] | undefined = () => undefined;
  readonly asked: Asked[] = [];
  #changes: Change[] = [];
  #notified: number | undefined;

  // ---- what happens in it ----------------------------------------------------------------------

  add(number: number, attributes: Record<string, readonly string[]> = {}, dn = `CN=p${number},OU=Staff,${root}`): void {
    const usn = this.#next(number, ['name', 'whencreated']);
    this.objects.set(number, { number, dn, created: usn, usn, listed: true, deleted: false, attributes });
  }

  alter(number: number, attributes: Record<string, readonly string[]>): void {
    const object = this.#object(number);
    object.attributes = { ...object.attributes, ...attributes };
    object.usn = this.#next(number, Object.keys(attributes));
  }

  list(number: number, listed: boolean): void {
    const object = this.#object(number);
    object.listed = listed;
    object.usn = this.#next(number, ['department']);
  }

  rename(number: number, dn: string): void {
    const object = this.#object(number);
    object.dn = dn;
    object.usn = this.#next(number, ['name']);
  }

  /** All that lies below gets another DN, of which nothing is told. */
  renameUnit(number: number, name: string): void {
    this.moveUnit(number, `OU=${name},${root}`);
  }

  moveUnit(number: number, dn: string): void {
    const before = this.#object(number).dn;
    this.rename(number, dn);
    for (const object of this.objects.values()) object.dn = object.dn.replace(`,${before}`, `,${dn}`);
  }

  remove(number: number): void {
    const object = this.#object(number);
    object.deleted = true;
    object.dn = `CN=p${number}\\0ADEL:${number},CN=Deleted Objects,${root}`;
    object.usn = this.#next(number, ['name', 'isdeleted']);
  }

  undelete(number: number): void {
    const object = this.#object(number);
    object.deleted = false;
    object.dn = `CN=p${number},OU=Staff,${root}`;
    object.usn = this.#next(number, ['name', 'isdeleted']);
  }

  /** Whom a follower is to know, with the first value of `telephonenumber`. */
  persons(): ReadonlyMap<number, { readonly dn: string; readonly telephone: string }> {
    const listed = [...this.objects.values()].filter(
      (each) => each.listed && !each.deleted && !each.dn.startsWith('OU='),
    );
    return new Map(
      listed.map((each) => [each.number, { dn: each.dn, telephone: each.attributes['telephonenumber']?.[0] ?? '' }]),
    );
  }

  /** A message for who listens for changes. */
  notice(): readonly Uint8Array[] {
    return this.#notified === undefined ? [] : [entry(this.#notified, root, {})];
  }

  #object(number: number): PlayedObject {
    const object = this.objects.get(number);
    if (object === undefined) throw new RangeError(`no object ${number}`);
    return object;
  }

  #next(number: number, told: readonly string[]): number {
    this.usn += 1;
    this.#changes.push({ usn: this.usn, number, told });
    return this.usn;
  }

  /** To what it was at `usn`, as far as numbers go: what is in it is the caller's. */
  forgetAfter(usn: number): void {
    this.usn = usn;
    this.#changes = this.#changes.filter((change) => change.usn <= usn);
  }

  // ---- what it answers -------------------------------------------------------------------------

  answer(asked: Asked): readonly Uint8Array[] {
    this.asked.push(asked);
    const instead = this.instead(asked);
    if (instead !== undefined) return instead;
    if (asked.tag === 0x60) return [bindResult(asked.id)];
    if (asked.tag !== 0x63) return [];
    const { id, controls, base } = asked;
    if (base === '') return [entry(id, '', this.#dse()), done(id)];
    if (base === this.server) return [entry(id, base, { invocationId: [guidBytes(this.invocation)] }), done(id)];
    if (controls.has(types.notification)) return this.#listen(asked);
    if (controls.has(types.dirSync) && controls.has(types.extendedDn)) return this.#dirSync(asked);
    if (base.startsWith('<WKGUID=')) return this.#deletedObjects(id);
    if (base.startsWith('<GUID=')) return this.#range(asked);
    return this.#search(asked);
  }

  #dse(): Attributes {
    return {
      namingContexts: [`CN=Configuration,${root}`, root, `CN=Schema,CN=Configuration,${root}`],
      dsServiceName: [this.server],
      supportedCapabilities: this.capabilities,
      supportedControl: Object.values(types),
      highestCommittedUSN: [String(this.usn)],
    };
  }

  #listen({ id }: Asked): readonly Uint8Array[] {
    const code = this.refused.notification;
    if (code !== undefined)
      return [done(id, code, '00002121: SvcErr: DSID-031401C7, problem 5003 (WILL_NOT_PERFORM)\0')];
    this.#notified = id;
    return [];
  }

  #deletedObjects(id: number): readonly Uint8Array[] {
    const [deleted] = this.showsDeleted ? [...this.objects.values()].filter((each) => each.deleted) : [];
    return [...(deleted === undefined ? [] : [entry(id, deleted.dn, {})]), done(id)];
  }

  #dirSync({ id, controls }: Asked): readonly Uint8Array[] {
    const reader = new BerReader(controls.get(types.dirSync) ?? new Uint8Array(0));
    reader.open(universal.sequence);
    const flags = reader.integer() & 1;
    reader.integer();
    const cookie = reader.octets();
    const refused = flags === 0 ? this.refused.dirSync0 : this.refused.dirSync1;
    const insufficient = '00002105: SecErr: DSID-03140EF1, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0\0';
    if (refused !== undefined) return [done(id, refused, insufficient)];
    if (cookie.length > 0 && this.refused.cookie !== undefined) return [done(id, this.refused.cookie)];
    const since = cookie.length === 0 ? 0 : Number(Buffer.from(cookie).toString());
    const after = this.#changes.filter((change) => change.usn > since);
    const some = after.slice(0, this.dirSyncAtOnce);
    const more = after.length > some.length;
    const next = String(more ? some.at(-1)?.usn : this.usn);
    const value = element(0x30, integer(more ? 1 : 0), integer(0), octets(utf8(next)));
    const byObject = Map.groupBy(some, ({ number }) => number);
    const entries = [...byObject].flatMap(([number, changes]) => this.#told(id, number, changes));
    return [...entries, done(id, 0, '', control(types.dirSync, value))];
  }

  /** Of a changed object what has changed, values or none. */
  #told(id: number, number: number, changes: readonly Change[]): readonly Uint8Array[] {
    const object = this.#object(number);
    if (object.deleted && !this.showsDeleted) return [];
    const names = new Set(changes.flatMap(({ told }) => told));
    const attributes = Object.fromEntries([...names].map((name) => [name, object.attributes[name] ?? []]));
    return [entry(id, `<GUID=${guidOf(guidBytes(number))}>;${object.dn}`, { ...attributes, ...this.#guid(object) })];
  }

  #guid({ number, deleted }: PlayedObject): Attributes {
    return { objectGUID: [guidBytes(number)], ...(deleted && { isDeleted: ['TRUE'] }) };
  }

  #search(asked: Asked): readonly Uint8Array[] {
    const { id, base, filter, controls } = asked;
    if (base !== root && ![...this.objects.values()].some(({ dn }) => dn === base))
      return [done(id, 32, "0000208D: NameErr: DSID-03100245, problem 2001 (NO_OBJECT), data 0, best match of: ''\0")];
    const since = atLeast(filter, 'usnchanged');
    const guids = new Set(testedFor(filter, 'objectguid').map(numberOf));
    const persons = this.persons();
    const isFound = (object: PlayedObject): boolean =>
      since === undefined
        ? persons.has(object.number) && object.dn.endsWith(`,${base}`) && (guids.size === 0 || guids.has(object.number))
        : object.usn >= since && (!object.deleted || this.showsDeleted);
    const found = [...this.objects.values()].filter(isFound);
    const page = controls.get(types.paged);
    // 4, after as many as MaxPageSize.
    if (page === undefined)
      return [...found.slice(0, 1000).map((each) => this.#entry(asked, each)), done(id, found.length > 1000 ? 4 : 0)];
    const reader = new BerReader(page);
    reader.open(universal.sequence);
    const size = Math.min(reader.integer(), 1000);
    const from = Number(Buffer.from(reader.octets()).toString());
    const some = found.slice(from, from + size);
    const next = from + size < found.length ? String(from + size) : '';
    const reference = serverMessage(id, element(0x73, text(`ldap://ForestDnsZones.example.test/${root}`)));
    const value = element(0x30, integer(0), octets(utf8(next)));
    return [...some.map((each) => this.#entry(asked, each)), reference, done(id, 0, '', control(types.paged, value))];
  }

  #entry({ id, attributes }: Asked, object: PlayedObject): Uint8Array {
    const given: Record<string, readonly Value[]> = { ...this.#guid(object), uSNCreated: [String(object.created)] };
    for (const name of attributes) Object.assign(given, this.#values(name, object.attributes[name.toLowerCase()], 0));
    return entry(id, object.dn, given);
  }

  /** Plain where they are few enough, else none under the plain name and the first under that of their range. */
  #values(name: string, values: readonly string[] | undefined, from: number): Attributes {
    if (values === undefined) return {};
    if (from === 0 && values.length <= this.mostValues) return { [name]: values };
    const some = values.slice(from, from + this.mostValues);
    const to = from + some.length >= values.length ? '*' : String(from + some.length - 1);
    return { ...(from === 0 && { [name]: [] }), [`${name};range=${from}-${to}`]: some };
  }

  #range({ id, base, attributes }: Asked): readonly Uint8Array[] {
    const digits = base.replaceAll(/[^0-9a-f]/g, '');
    // The first field is little-endian: its last octets are the number's.
    const number = Number.parseInt(digits.slice(-32).slice(4, 8), 16);
    const given = attributes.map((attribute) => {
      const [, name = '', from = ''] = /^(.*);range=(\d+)-\*$/.exec(attribute) ?? [];
      return this.#values(name, this.#object(number).attributes[name], Number(from));
    });
    return [entry(id, this.#object(number).dn, Object.assign({}, ...given) as Attributes), done(id)];
  }
}
