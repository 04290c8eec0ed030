// A directory that is a model: persons in units, rights to read, changes that are told or not as OpenLDAP tells them, and answers
// that fail. It reads requests and prints answers as octets; it has no socket.
//
// As OpenLDAP does (each seen at a real one): a renamed or moved unit is told in one word, and its persons are not; a changed
// right to read is told to nobody; without a cookie, or with one that it makes nothing of, everybody is sent and the end says refreshDelete;
// a cookie that is ahead is answered with 53; after a restart there are only present phases.

import { BerReader, element, enumerated, integer, octets, text, universal } from '../../src/ldap/ber.ts';
import { readRequest, type Asked } from '../ldap/client-requests.ts';
import {
  bindResult,
  entryMessage,
  idSet,
  keyText,
  refreshDelete,
  refreshPresent,
  searchDone,
  serverMessage,
} from '../ldap/server-messages.ts';

export const base = 'dc=x';
const outside = 'dc=outside';
const pagedResults = '1.2.840.113556.1.4.319';
const syncRequest = '1.3.6.1.4.1.4203.1.9.1.1';

/** A unit's number is below this, a person's is not; both are the octet that their UUID consists of. */
export const firstPerson = 20;

export interface ModelPerson {
  rdn: string;
  /** A unit's number; 0 is the base itself, -1 is outside of it. */
  unit: number;
  title: string;
  /** As the directory has it: of no person perhaps, or of somebody by an old name. */
  manager: string | undefined;
  csn: number;
}

interface ModelUnit {
  name: string;
  inside: boolean;
  csn: number;
}

export interface Failure {
  /** So many answers are whole before. */
  readonly skip: number;
  /** After so many messages of an answer. */
  readonly after: number;
  readonly how: 'closed' | 4 | 51 | 80;
}

export class ModelDirectory {
  readonly persons = new Map<number, ModelPerson>();
  readonly units = new Map<number, ModelUnit>();
  readonly hidden = new Set<number>();
  /** Whether the account may read titles. */
  showsTitles = true;
  /** The first comes next. */
  failures: Failure[] = [];
  /** Deletes are known since then. */
  logFrom = 0;
  #clock = 1;
  readonly #gone = new Map<number, number>();
  /** The search that persists on the one connection there is. */
  #persisting: number | undefined;
  #said: Uint8Array[] = [];
  /** Page cookies are good on their connection. */
  #pages = new Map<string, readonly number[]>();

  // ---- what happens in it ----------------------------------------------------------------------

  put(number: number, person: Omit<ModelPerson, 'csn'>): void {
    const before = this.shows(number);
    this.persons.set(number, { ...person, csn: this.#tick() });
    this.#gone.delete(number);
    this.#tellOf(number, before);
  }

  remove(number: number): void {
    const before = this.shows(number);
    if (!this.persons.delete(number)) return;
    this.#gone.set(number, this.#tick());
    this.#tellOf(number, before);
  }

  /** Its persons go along, and nothing is said of them. */
  putUnit(number: number, unit: Omit<ModelUnit, 'csn'>): void {
    const before = this.units.get(number)?.inside === true;
    this.units.set(number, { ...unit, csn: this.#tick() });
    if (before && !unit.inside) this.#gone.set(number, this.#clock);
    else this.#gone.delete(number);
    this.#tellOf(number, before);
  }

  hide(numbers: readonly number[]): void {
    for (const number of numbers) this.hidden.add(number);
  }

  /** A backup of long ago: what is there stays, but the change numbers are those of then. */
  restore(): void {
    this.#clock = 1;
    for (const each of [...this.persons.values(), ...this.units.values()]) each.csn = 1;
    this.#gone.clear();
    this.logFrom = Infinity;
  }

  dnOf(number: number): string {
    if (number < firstPerson) {
      const unit = this.units.get(number);
      return unit === undefined ? base : `ou=${unit.name},${unit.inside ? base : outside}`;
    }
    const person = this.persons.get(number);
    return person === undefined ? '' : `cn=${person.rdn},${person.unit === -1 ? outside : this.dnOf(person.unit)}`;
  }

  /** Whether the account sees it: below the base, and not hidden. */
  shows(number: number): boolean {
    if (this.hidden.has(number) || (number < firstPerson ? !this.units.has(number) : !this.persons.has(number)))
      return false;
    return this.dnOf(number).endsWith(base) && !this.dnOf(number).endsWith(outside);
  }

  #tick(): number {
    this.#clock += 1;
    return this.#clock;
  }

  // ---- what it says of it ----------------------------------------------------------------------

  #csnOf(number: number): number {
    return (number < firstPerson ? this.units.get(number)?.csn : this.persons.get(number)?.csn) ?? 0;
  }

  get #cookie(): string {
    return `rid=000,csn=${csnText(this.#clock)}`;
  }

  #all(): readonly number[] {
    return [...this.units.keys(), ...this.persons.keys()].filter((number) => this.shows(number));
  }

  #attributes(number: number): Readonly<Record<string, readonly string[]>> {
    const stamp = { entryUUID: [keyText(number)], entryCSN: [csnText(this.#csnOf(number))] };
    const person = this.persons.get(number);
    if (person === undefined) return { ...stamp, objectClass: ['organizationalUnit'], ou: ['x'] };
    const { title, manager } = person;
    const own = {
      objectClass: ['inetOrgPerson'],
      cn: [`person ${number}`],
      ...(this.showsTitles && { title: [title] }),
    };
    return { ...stamp, ...own, ...(manager !== undefined && { manager: [manager] }) };
  }

  #entry(id: number, number: number, state?: 'add' | 'modify' | 'delete'): Uint8Array {
    const about = { dn: this.dnOf(number), attributes: state === 'delete' ? {} : this.#attributes(number) };
    return state === undefined ? entryMessage(id, about) : entryMessage(id, about, { state, byte: number });
  }

  #tellOf(number: number, before: boolean): void {
    const id = this.#persisting;
    const now = this.shows(number);
    if (id === undefined || (!before && !now)) return;
    const sync = { byte: number, cookie: this.#cookie } as const;
    if (!now) this.#said.push(entryMessage(id, { dn: 'cn=gone' }, { ...sync, state: 'delete' }));
    else
      this.#said.push(
        entryMessage(
          id,
          { dn: this.dnOf(number), attributes: this.#attributes(number) },
          { ...sync, state: before ? 'modify' : 'add' },
        ),
      );
  }

  // ---- its one connection ----------------------------------------------------------------------

  disconnect(): void {
    this.#persisting = undefined;
    this.#said = [];
    this.#pages.clear();
  }

  /** What was said since it was last asked. */
  spoken(): readonly Uint8Array[] {
    const said = this.#said;
    this.#said = [];
    return said;
  }

  /** Gives 'closed' where it hangs up in the midst of its answer. */
  hear(bytes: Uint8Array): 'closed' | undefined {
    const asked = readRequest(bytes);
    const answer = asked.tag === 0x60 ? [bindResult(asked.id)] : asked.tag === 0x63 ? this.#answer(asked) : [];
    const failure = asked.tag === 0x63 && asked.base !== '' ? this.#failure() : undefined;
    if (failure === undefined) {
      this.#said.push(...answer);
      return undefined;
    }
    this.#persisting = undefined;
    this.#said.push(...answer.slice(0, failure.after));
    if (failure.how === 'closed') return 'closed';
    if (failure.after < answer.length) this.#said.push(searchDone(asked.id, failure.how));
    return undefined;
  }

  #failure(): Failure | undefined {
    const next = this.failures.shift();
    if (next === undefined || next.skip === 0) return next;
    this.failures.unshift({ ...next, skip: next.skip - 1 });
    return undefined;
  }

  #answer(asked: Asked): readonly Uint8Array[] {
    const sync = asked.controls.get(syncRequest);
    if (sync !== undefined) return this.#refresh(asked.id, cookieIn(sync));
    const paged = asked.controls.get(pagedResults);
    if (paged !== undefined) return this.#page(asked, paged);
    if (asked.base === '') return [searchDone(asked.id)]; // a sign of life
    const found = this.#all().find((number) => this.dnOf(number) === asked.base);
    return found === undefined ? [searchDone(asked.id, 32)] : [this.#entry(asked.id, found), searchDone(asked.id)];
  }

  #refresh(id: number, cookie: string | undefined): readonly Uint8Array[] {
    const since = csnIn(cookie);
    if (since !== undefined && since > this.#clock)
      return [searchDone(id, 53, 'consumer state is newer than provider!')];
    this.#persisting = id;
    const all = this.#all();
    const changed = all.filter((number) => since === undefined || this.#csnOf(number) > since);
    const entries = changed.map((number) => this.#entry(id, number, 'add'));
    if (since === undefined) return [...entries, refreshDelete(id, this.#cookie)];
    if (since < this.logFrom) {
      const unchanged = all.filter((number) => this.#csnOf(number) <= since);
      return [...entries, idSet(id, unchanged, { deleted: false }), refreshPresent(id, this.#cookie)];
    }
    const gone = [...this.#gone].filter(([, csn]) => csn > since).map(([number]) => number);
    // Who left the base, or the filter, since then counts as deleted.
    const left = [...this.persons.keys()].filter((number) => this.#csnOf(number) > since && !this.shows(number));
    return [idSet(id, [...gone, ...left], { deleted: true }), ...entries, refreshDelete(id, this.#cookie)];
  }

  #page(asked: Asked, control: Uint8Array): readonly Uint8Array[] {
    const reader = new BerReader(control);
    reader.open(universal.sequence);
    reader.integer();
    const cookie = Buffer.from(reader.octets()).toString();
    const rest = cookie === '' ? this.#all() : this.#pages.get(cookie);
    if (rest === undefined) return [searchDone(asked.id, 2)];
    const page = rest.slice(0, 7);
    const next = rest.length > 7 ? `page ${this.#pages.size}` : '';
    if (next !== '') this.#pages.set(next, rest.slice(7));
    const value = element(0x30, integer(0), octets(new TextEncoder().encode(next)));
    const result = element(0x65, enumerated(0), text(''), text(''));
    const done = serverMessage(asked.id, result, element(0x30, text(pagedResults), octets(value)));
    return [...page.map((number) => this.#entry(asked.id, number)), done];
  }
}

const csnText = (clock: number): string =>
  `2026010100${String(Math.floor(clock / 60) % 60).padStart(2, '0')}${String(clock % 60).padStart(2, '0')}.${String(clock).padStart(6, '0')}Z#000000#001#000000`;

const csnIn = (cookie: string | undefined): number | undefined => {
  const clock = /csn=\d{14}\.(\d{6})Z/.exec(cookie ?? '')?.[1];
  return clock === undefined ? undefined : Number(clock);
};

function cookieIn(value: Uint8Array): string | undefined {
  const reader = new BerReader(value);
  reader.open(universal.sequence);
  reader.integer(universal.enumerated);
  return reader.peek() === universal.octets ? Buffer.from(reader.octets()).toString() : undefined;
}
