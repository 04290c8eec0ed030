// An attribute that vanishes from many: a lost right to read it, an attribute that was renamed, a wrong mapping. The field
// then keeps its former value with each of them until an administrator has approved exactly these emptyings; all else of
// the same persons goes on.
//
// Within a refresh, what would be emptied is judged at its end, as a whole. What is heard live is emptied at once, of as many
// within the window as the brake lets pass. A field that has a value again is held no longer.

import { wallTime, type WallTime } from '../base/time.ts';
import type { ChangeList } from '../book/change-list.ts';
import { fields as table, type FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import { asKnown, type Batch } from './batch.ts';
import { brakeWindow, mostRemovals, type BrakeLimits } from './brake.ts';
import type { ChangeLog, Commit, HeldField, HoldId, Known, SourceKey, SourceName } from './change-log.ts';
import type { SourcePerson } from './source.ts';

/** What a stage lends for it. */
export interface EmptyingsPorts {
  readonly source: SourceName;
  readonly changeLog: ChangeLog;
  readonly brake: BrakeLimits;
  readonly newHoldId: () => HoldId;
  readonly wallClock: () => WallTime;
  readonly append: (what: Pick<Commit, 'refill'>) => Promise<unknown>;
  /** Commits that these persons are as said here, with what goes along. */
  readonly say: (persons: readonly SourcePerson[], along: Along) => Promise<ChangeList>;
  readonly held: (hold: HeldField) => void;
}

/** To be committed with the batch that it was found in. */
type Along = Pick<Commit, 'refill' | 'holdFields'>;

type FieldsByKey = Map<SourceKey, Set<FieldName>>;

export class Emptyings {
  readonly #ports: EmptyingsPorts;
  /** As the log has them. */
  readonly #held: FieldsByKey = new Map();
  /** Found in a refresh that has not ended. */
  readonly #waiting: FieldsByKey = new Map();
  /** Those that were let pass, while they count. */
  #passed: { readonly field: FieldName; readonly at: WallTime; readonly count: number }[] = [];
  /** Counting who bears a field reads everybody, so it is done once a window. */
  readonly #bearing = new Map<FieldName, { readonly at: WallTime; readonly count: number }>();

  constructor(ports: EmptyingsPorts) {
    this.#ports = ports;
  }

  /** Takes up what the log holds. */
  async load(): Promise<void> {
    this.#held.clear();
    for (const hold of await this.#ports.changeLog.heldFields())
      if (hold.source === this.#ports.source) this.#note(hold);
  }

  /** The refresh broke off: what it found is found again. */
  drop(): void {
    this.#waiting.clear();
  }

  /** Puts the former values back into `batch` where they are kept. `wait`: more is on its way, and all is judged together. */
  async sift(batch: Batch, known: ReadonlyMap<SourceKey, Known>, wait: boolean): Promise<Along> {
    const refill: { key: SourceKey; field: FieldName }[] = [];
    const fresh: FieldsByKey = new Map();
    for (const [key, said] of batch.said) {
      if (said !== 'present') this.#waiting.delete(key);
      const before = known.get(key);
      // With whoever left went what was held of them, whoever let them go.
      if (before?.left === true) this.#held.delete(key);
      if (typeof said !== 'object' || before === undefined || said.fields.name === undefined) continue;
      const empty = emptied(before, said);
      const held = this.#held.get(key);
      for (const field of held ?? []) if (!empty.has(field)) refill.push({ key, field });
      const kept = new Set([...empty].filter((field) => held?.has(field) === true));
      if (kept.size > 0) batch.said.set(key, keeping(said, before, kept));
      if (empty.size > kept.size) fresh.set(key, without(empty, kept));
    }
    const holdFields = wait ? [] : await this.#judge(fresh);
    const kept = wait ? fresh : byKey(holdFields);
    for (const [key, fields] of kept) {
      const [said, before] = [batch.said.get(key), known.get(key)];
      if (typeof said !== 'object' || before === undefined) continue;
      const { stamp: _, ...unstamped } = keeping(said, before, fields);
      // Whatever becomes of this refresh, the entry is read again: it is not as the log has it.
      batch.said.set(key, { ...unstamped, ...(before.stamp !== undefined && { stamp: before.stamp }) });
      if (wait) this.#waiting.set(key, fields);
    }
    return { refill, holdFields };
  }

  /** The refresh is over: what it found is emptied or held. */
  async settle(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const found = new Map(this.#waiting);
    this.#waiting.clear();
    const holdFields = await this.#judge(found);
    for (const [key, fields] of byKey(holdFields)) found.set(key, without(found.get(key) ?? none, fields));
    await this.#ports.say(await this.#without(found), { holdFields });
  }

  /** Empties the field of those who have not got another value meanwhile. */
  async approve(hold: HeldField): Promise<ChangeList> {
    const refill = hold.persons.map(({ key }) => ({ key, field: hold.field }));
    return this.#ports.say(await this.#without(byKey([hold])), { refill });
  }

  /** Everybody keeps the field, until the directory says of them again that it is empty. */
  async reject(hold: HeldField): Promise<void> {
    await this.#ports.append({ refill: hold.persons.map(({ key }) => ({ key, field: hold.field })) });
  }

  committed({ refill = [], holdFields = [] }: Along): void {
    for (const { key, field } of refill) {
      const held = this.#held.get(key);
      held?.delete(field);
      if (held?.size === 0) this.#held.delete(key);
    }
    for (const hold of holdFields) {
      this.#note(hold);
      this.#ports.held(hold);
    }
  }

  #note({ field, persons }: HeldField): void {
    for (const { key } of persons) this.#held.set(key, (this.#held.get(key) ?? new Set()).add(field));
  }

  /** Which of these are to be held; the others pass. */
  async #judge(found: FieldsByKey): Promise<readonly HeldField[]> {
    const keysOf = new Map<FieldName, SourceKey[]>();
    for (const [key, fields] of found)
      for (const field of fields) {
        const keys = keysOf.get(field) ?? [];
        keysOf.set(field, keys);
        keys.push(key);
      }
    const { source, changeLog, newHoldId, wallClock } = this.#ports;
    const at = wallClock();
    const holds: HeldField[] = [];
    for (const [field, keys] of keysOf) {
      const reason = await this.#reasonToHold(field, keys.length, at);
      if (reason === undefined) {
        this.#passed.push({ field, at, count: keys.length });
        continue;
      }
      const there = (await changeLog.heldFields()).find((each) => each.source === source && each.field === field);
      const persons = [...(await changeLog.known(source, keys)).values()].map(({ key, person }) => ({ key, person }));
      holds.push({ id: there?.id ?? newHoldId(), source, reason, at: there?.at ?? at, field, persons });
    }
    return holds;
  }

  async #reasonToHold(field: FieldName, count: number, now: WallTime): Promise<string | undefined> {
    const { source, brake } = this.#ports;
    const since = wallTime(now - brakeWindow);
    this.#passed = this.#passed.filter(({ at }) => at >= since);
    const passed = this.#passed.reduce((sum, each) => sum + (each.field === field ? each.count : 0), 0);
    if (count + passed <= brake.count) return undefined;
    const bearing = await this.#countBearing(field, now);
    const most = mostRemovals(brake, bearing + passed);
    if (count + passed <= most) return undefined;
    const before = passed === 0 ? '' : `, after ${passed} others in the last ${brakeWindow / 60_000} minutes`;
    return `${count} of ${bearing} persons of ${source} who have a value in ${field} (${table[field].label.en}) would lose it${before}; without approval at most ${most} do. See that the account may read the attribute and that it is mapped rightly.`;
  }

  async #countBearing(field: FieldName, now: WallTime): Promise<number> {
    const there = this.#bearing.get(field);
    if (there !== undefined && there.at >= now - brakeWindow) return there.count;
    const count = await this.#ports.changeLog.countBearing(this.#ports.source, field);
    this.#bearing.set(field, { at: now, count });
    return count;
  }

  /** Those of them who live, as they are known, without the fields. */
  async #without(found: FieldsByKey): Promise<readonly SourcePerson[]> {
    const known = await this.#ports.changeLog.known(this.#ports.source, [...found.keys()]);
    return [...known.values()]
      .filter(({ left }) => !left)
      .map((each) => {
        const fields = found.get(each.key) ?? none;
        const { managerPlace, ...person } = asKnown(each);
        const kept = Object.entries(person.fields).filter(([field]) => !fields.has(field as FieldName));
        const managed = managerPlace !== undefined && !fields.has('manager') && { managerPlace };
        return { ...person, fields: Object.fromEntries(kept), ...managed };
      });
  }
}

const none: Set<FieldName> = new Set();

const without = (all: ReadonlySet<FieldName>, some: ReadonlySet<FieldName>): Set<FieldName> =>
  new Set([...all].filter((field) => !some.has(field)));

/** The fields that `now` has no value for and `before` had. Whoever comes back begins anew. */
function emptied({ left, fields: shown, own: fields = shown, managerPlace }: Known, now: SourcePerson): Set<FieldName> {
  if (left) return none;
  const names = Object.keys(fields) as FieldName[];
  const empty = names.filter((field) => field !== 'manager' && now.fields[field] === undefined);
  // A manager is known by place; one who is nobody yet is not missed.
  if (managerPlace !== undefined && now.managerPlace === undefined && shown.manager !== undefined)
    empty.push('manager');
  return empty.length === 0 ? none : new Set(empty);
}

/** `now` with the values of `before` in `fields`. */
const keeping = (now: SourcePerson, before: Known, fields: ReadonlySet<FieldName>): SourcePerson => {
  const { manager: _, ...kept } = those(before.own ?? before.fields, fields);
  return {
    ...now,
    fields: { ...now.fields, ...kept },
    ...(fields.has('manager') && before.managerPlace !== undefined && { managerPlace: before.managerPlace }),
  };
};

const those = (fields: Fields, names: ReadonlySet<FieldName>): Fields =>
  Object.fromEntries([...names].flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])));

function byKey(holds: readonly HeldField[]): FieldsByKey {
  const found: FieldsByKey = new Map();
  for (const { field, persons } of holds)
    for (const { key } of persons) found.set(key, (found.get(key) ?? new Set()).add(field));
  return found;
}
