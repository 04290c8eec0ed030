// The enterprise: a directory as its administrators have it, where persons come, change, move, leave and
// come back. Its changes are numbered, and a cookie is such a number, as with RFC 4533.

import type { FieldName } from '../../../src/book/field.ts';
import type { Fields } from '../../../src/book/person.ts';
import { sourceKey, type SourceKey } from '../../../src/server/change-log.ts';
import type { SourceEvent, SourcePerson } from '../../../src/server/source.ts';
import type { Chance } from './chance.ts';
import type { Trace } from './trace.ts';

// Few values each, so that what is done is often undone; `homeTelephone` is seen by nobody.
const values: Readonly<Partial<Record<FieldName, readonly [string, ...string[]]>>> = {
  officeTelephone: ['8001', '8002'],
  title: ['Engineer', 'Director'],
  department: ['Sales', 'Research', '研发部'],
  mobileTelephone: ['13800000001', '13800000002'],
  homeTelephone: ['020 1', '020 2'],
  otherTelephones: ['1\n2', '1'],
  street: ['1 Long Road, '.repeat(12), '2 Long Road, '.repeat(30)],
};
const altering = Object.keys(values) as FieldName[];
const names = [
  'Ada',
  'Ben',
  'Cleo',
  'Dai',
  'Eve',
  '方敏',
  'Gus',
  'Hua',
  'Ida',
  'Jun',
  'Kai',
  'Lin',
  '马可',
  'Noa',
  'Ole',
];

export type Listener = (events: readonly SourceEvent[]) => void;

export class Enterprise {
  readonly #chance: Chance;
  readonly #trace: Trace;
  readonly #here = new Map<SourceKey, SourcePerson>();
  readonly #left = new Map<SourceKey, SourcePerson>();
  /** Who was ever at a place: nobody takes another's. */
  readonly #visitors = new Map<string, SourceKey>();
  /** Who changed, by the number of the change less one. */
  readonly #changes: SourceKey[] = [];
  /** Whom the account that follows may not read. */
  #hidden: ReadonlySet<SourceKey> = new Set();
  /** Cookies up to this number are not known any more. */
  #forgotten = 0;
  #made = 0;
  listener: Listener | undefined;

  constructor(chance: Chance, trace: Trace) {
    this.#chance = chance;
    this.#trace = trace;
  }

  get cookie(): string {
    return String(this.#changes.length);
  }

  persons(): readonly SourcePerson[] {
    return [...this.#here.values()].filter(({ key }) => !this.#hidden.has(key));
  }

  wasAt(place: string): SourceKey | undefined {
    return this.#visitors.get(place);
  }

  /** Never fewer than `least` stay. */
  step(least: number): void {
    const kind = this.#chance.oneOf([
      'alter',
      'alter',
      'alter',
      'alter',
      'leave',
      'leave',
      'return',
      'hire',
      'move',
    ] as const);
    const someone = this.#chance.oneOf(
      this.#chance.is(0.6) ? [...this.#here.values()].slice(0, 3) : [...this.#here.values()],
    );
    if (someone === undefined || kind === 'hire') return this.hire();
    if (kind === 'alter') return this.#alter(someone);
    if (kind === 'move') return this.#move(someone);
    if (kind === 'leave' && this.persons().length > least) return this.#leave(someone);
    const leaver = this.#chance.oneOf([...this.#left.values()]);
    if (leaver !== undefined) this.#put(leaver, 'returns');
  }

  hire(): void {
    this.#made += 1;
    const name = `${this.#chance.oneOf(names)} ${this.#made}`;
    const place = `uid=p${this.#made},ou=people`;
    const boss = this.#chance.is(0.4) ? this.#chance.oneOf([...this.#here.values()])?.place : undefined;
    const fields: Fields = { name, officeTelephone: '8000', title: 'Engineer' };
    const managed = boss === undefined ? {} : { managerPlace: boss };
    this.#put({ kind: 'person', key: sourceKey(`key-${this.#made}`), fields, place, ...managed }, 'is hired');
  }

  /** One field of this person, for certain. */
  alterTelephone(key: SourceKey, telephone: string): void {
    const person = this.#here.get(key);
    if (person === undefined) throw new Error(`${key} is not there`);
    this.#put(
      { ...person, fields: { ...person.fields, officeTelephone: telephone } },
      `officeTelephone = ${telephone}`,
    );
  }

  /** The account that follows loses its right to read `share` of the persons; 0 gives it back. */
  hide(share: number): void {
    const before = this.#hidden;
    const count = Math.round(this.#here.size * share);
    this.#hidden = new Set([...this.#here.keys()].slice(0, count));
    this.#trace.note('directory', `hides ${count} of ${this.#here.size}`);
    for (const key of new Set([...before, ...this.#hidden])) this.#changed(key);
  }

  forgetCookies(): void {
    this.#forgotten = this.#changes.length;
    this.#trace.note('directory', `forgets cookies up to ${this.#forgotten}`);
  }

  /** What a follower that has `cookie` is told: a refresh, by one of the ways that RFC 4533 §3.3 knows. */
  refresh(cookie: string | undefined): readonly SourceEvent[] {
    const stand = this.cookie;
    const known = cookie === undefined || Number(cookie) <= this.#forgotten ? undefined : Number(cookie);
    if (known === undefined)
      return [{ kind: 'began' }, ...this.persons(), { kind: 'refreshed', sweep: true, cookie: stand }];
    const changed = new Set(this.#changes.slice(known));
    const events = [...changed].map((key) => this.#word(key));
    if (this.#chance.is(0.5)) return [{ kind: 'began' }, ...events, { kind: 'refreshed', sweep: false, cookie: stand }];
    const unchanged = this.persons().flatMap(({ key }) => (changed.has(key) ? [] : [key]));
    const present: SourceEvent = { kind: 'present', keys: unchanged };
    const said = events.filter(({ kind }) => kind === 'person');
    return [{ kind: 'began' }, present, ...said, { kind: 'refreshed', sweep: true, cookie: stand }];
  }

  #alter(person: SourcePerson): void {
    const field = this.#chance.is(0.5) ? 'officeTelephone' : (this.#chance.oneOf(altering) ?? 'title');
    const fields: Partial<Record<FieldName, string>> = { ...person.fields };
    const value = this.#chance.is(0.15) ? undefined : this.#chance.oneOf(values[field] ?? []);
    if (value === undefined) delete fields[field];
    else fields[field] = value;
    this.#put({ ...person, fields }, `${field} = ${value?.slice(0, 20) ?? 'nothing'}`);
  }

  #move(person: SourcePerson): void {
    this.#made += 1;
    this.#put({ ...person, place: `uid=p${this.#made},ou=elsewhere` }, 'moves');
  }

  #leave(person: SourcePerson): void {
    this.#trace.note('directory', `${person.key} leaves`);
    this.#here.delete(person.key);
    this.#left.set(person.key, person);
    this.#changed(person.key);
  }

  #put(person: SourcePerson, how: string): void {
    this.#trace.note('directory', `${person.key} ${how}`);
    this.#left.delete(person.key);
    this.#here.set(person.key, person);
    this.#visitors.set(person.place, person.key);
    this.#changed(person.key);
  }

  #changed(key: SourceKey): void {
    this.#changes.push(key);
    const events: SourceEvent[] = [this.#word(key)];
    if (this.#chance.is(0.5)) events.push({ kind: 'checkpoint', cookie: this.cookie });
    this.listener?.(events);
  }

  #word(key: SourceKey): SourceEvent {
    const person = this.#hidden.has(key) ? undefined : this.#here.get(key);
    return person ?? { kind: 'gone', keys: [key] };
  }
}
