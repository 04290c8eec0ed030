import type { Revision } from '../../../src/book/change.ts';
import type { ChangeList } from '../../../src/book/change-list.ts';
import { altered, type Fields } from '../../../src/book/person.ts';
import type { PersonId } from '../../../src/book/person-id.ts';
import { visibleFields } from '../../../src/server/audience.ts';
import type { ChangeLog } from '../../../src/server/change-log.ts';

interface Since {
  readonly revision: Revision;
  /** Undefined for one who is not there. */
  readonly fields: Fields | undefined;
}

/** What was true at each revision, folded from what the change log says that it appended: the oracle. */
export class History {
  #head = 0;
  readonly #persons = new Map<PersonId, Since[]>();

  get head(): number {
    return this.#head;
  }

  take(list: ChangeList): void {
    if (list.after !== this.#head) throw new Error(`the log stood at ${this.#head} and appended after ${list.after}`);
    for (const change of list.changes) {
      this.#head += 1;
      const past = this.#persons.get(change.person) ?? [];
      this.#persons.set(change.person, past);
      const before = past.at(-1)?.fields;
      if ((change.kind === 'added') === (before !== undefined))
        throw new Error(
          `revision ${this.#head}: ${change.person} is ${change.kind}, and was ${JSON.stringify(before)}`,
        );
      past.push({
        revision: this.#head as Revision,
        fields: change.kind === 'removed' ? undefined : fieldsAfter(change, before ?? {}),
      });
    }
    if (list.upTo !== this.#head) throw new Error(`the log said ${list.upTo}, its changes come to ${this.#head}`);
  }

  /** As employees may see this person. */
  fieldsAt(person: PersonId, revision: number): Fields | undefined {
    const fields = this.#persons.get(person)?.findLast((each) => each.revision <= revision)?.fields;
    return fields && visibleFields(fields);
  }

  living(): readonly PersonId[] {
    return [...this.#persons.keys()].filter((person) => this.#persons.get(person)?.at(-1)?.fields !== undefined);
  }

  /** All fields, those too that nobody may see. */
  wholeOf(person: PersonId): Fields | undefined {
    return this.#persons.get(person)?.at(-1)?.fields;
  }
}

const fieldsAfter = (change: Exclude<ChangeList['changes'][number], { kind: 'removed' }>, before: Fields): Fields =>
  change.kind === 'added' ? change.fields : altered(before, change);

/** `log`, of whose every transaction the history hears, whoever it was that made it. */
export const recorded = (log: ChangeLog, history: History): ChangeLog =>
  new Proxy(log, {
    get: (target, name) => {
      if (name === 'append')
        return async (...given: Parameters<ChangeLog['append']>) => {
          const list = await target.append(...given);
          history.take(list);
          return list;
        };
      const verb: unknown = Reflect.get(target, name);
      return typeof verb === 'function' ? (verb.bind(target) as unknown) : verb;
    },
  });
