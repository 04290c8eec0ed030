// The persons of Active Directory as they are: all, their keys alone, or those of some objects.

import { anyObject, liesWithin, pages, textIn, type Conversation } from './ad-conversation.ts';
import type { Attributes } from './attributes.ts';
import type { Result } from './message.ts';
import { guidFilter, guidOfEntry } from './object-guid.ts';
import { joinedRanges, openRanges, rangeRequest } from './ranges.ts';
import type { DirectoryEvent } from './refresh.ts';
import type { EntryKey } from './sync.ts';

export type LeftOut = 'disabled' | 'hidden';

export interface ContentOptions {
  readonly base: string;
  /** RFC 4515. */
  readonly filter: string;
  readonly attributes: readonly string[];
  /** Whose entries are as if they were not there: disabled accounts, those hidden from Exchange's address lists. */
  readonly leaveOut: readonly LeftOut[];
}

/** Objects that one search asks for, and one event names: far below what a filter or an answer may hold. */
const objectsAtOnce = 100;

const noSuchObject = 32;

/** MS-ADTS 2.2.16, ADS_UF_ACCOUNT_DISABLE. */
const accountDisabled = 2;

/** What tells whom to leave out. A filter would not do: where the schema has no such attribute (no Exchange), `!` of it finds nobody. */
const telling: Readonly<
  Record<LeftOut, { readonly attribute: string; readonly says: (attributes: Attributes) => boolean }>
> = {
  disabled: {
    attribute: 'userAccountControl',
    says: (attributes) => (Number(textIn(attributes, 'useraccountcontrol')) & accountDisabled) !== 0,
  },
  hidden: {
    attribute: 'msExchHideFromAddressLists',
    says: (attributes) => textIn(attributes, 'msexchhidefromaddresslists').toUpperCase() === 'TRUE',
  },
};

export class AdContent {
  readonly #options: ContentOptions;
  readonly #push: (event: DirectoryEvent) => void;
  /** Entries that had only the first values of some attribute. */
  #begun: { readonly key: EntryKey; readonly dn: string; readonly attributes: Attributes }[] = [];

  constructor(options: ContentOptions, push: (event: DirectoryEvent) => void) {
    this.#options = options;
    this.#push = push;
  }

  /** All attributes that decide who is a person here and what is known of them. */
  get attributes(): readonly string[] {
    return ['objectGUID', ...this.#telling(), ...this.#options.attributes];
  }

  *everything(): Conversation {
    const entry = (dn: string, attributes: Attributes): void => void this.#give(dn, attributes);
    yield* pages({ what: 'the search', search: this.#search(this.#options.filter), entry }, () => this.#complete());
  }

  /** Who is there, and nothing more of them. */
  *keys(): Conversation {
    let keys: EntryKey[] = [];
    const give = (): void => {
      if (keys.length > 0) this.#push({ kind: 'present', keys });
      keys = [];
    };
    const entry = (_: string, attributes: Attributes): void => {
      if (this.#isListed(attributes)) keys.push(guidOfEntry(attributes));
      if (keys.length === objectsAtOnce) give();
    };
    const search = { ...this.#search(this.#options.filter), attributes: ['objectGUID', ...this.#telling()] };
    yield* pages({ what: 'the search for keys', search, entry });
    give();
  }

  /** Each of these objects as it is now; whoever is not found, or is left out, is gone. */
  *these(objects: ReadonlySet<EntryKey>): Conversation {
    const all = [...objects];
    for (let at = 0; at < all.length; at += objectsAtOnce) {
      const some = all.slice(at, at + objectsAtOnce);
      const found = new Set<EntryKey>();
      yield {
        what: 'the search for changed objects',
        search: this.#search(`(&${this.#options.filter}(|${some.map(guidFilter).join('')}))`),
        entry: (dn, attributes) => {
          const key = this.#give(dn, attributes);
          if (key !== undefined) found.add(key);
        },
      };
      yield* this.#complete();
      const gone = some.filter((key) => !found.has(key));
      if (gone.length > 0) this.#push({ kind: 'gone', keys: gone });
    }
  }

  /** Everybody below a unit that was renamed or moved, where it lies within the base. */
  *below(unit: string): Conversation {
    if (!liesWithin(unit, this.#options.base)) return;
    const entry = (dn: string, attributes: Attributes): void => void this.#give(dn, attributes);
    const search = { ...this.#search(this.#options.filter), base: unit };
    // Moved once more meanwhile, it is told of once more.
    const answers = ({ code }: Result): boolean => code === noSuchObject;
    yield* pages({ what: `the search below ${unit}`, search, entry, answers }, () => this.#complete());
  }

  #search(filter: string) {
    return { base: this.#options.base, scope: 'subtree', filter, attributes: this.attributes, sizeLimit: 0 } as const;
  }

  readonly #telling = (): readonly string[] => this.#options.leaveOut.map((each) => telling[each].attribute);

  #isListed(attributes: Attributes): boolean {
    return !this.#options.leaveOut.some((each) => telling[each].says(attributes));
  }

  #give(dn: string, attributes: Attributes): EntryKey | undefined {
    if (!this.#isListed(attributes)) return undefined;
    const key = guidOfEntry(attributes);
    if (openRanges(attributes).length > 0) this.#begun.push({ key, dn, attributes: copied(attributes) });
    else this.#push({ kind: 'entry', key, dn, attributes });
    return key;
  }

  /** Asks on for the values of those that have more than the server gives at once. */
  *#complete(): Conversation {
    const begun = this.#begun;
    this.#begun = [];
    for (const { key, dn, attributes } of begun) {
      const whole = new Map(attributes);
      let open = openRanges(attributes);
      while (open.length > 0) {
        let next: Attributes = new Map();
        yield {
          what: `the search for further values of ${dn}`,
          search: {
            base: `<GUID=${key}>`,
            scope: 'base',
            filter: anyObject,
            attributes: open.map(rangeRequest),
            sizeLimit: 0,
          },
          entry: (_, given) => (next = copied(given)),
          goesOn: true,
        };
        for (const [name, values] of next) whole.set(name, values);
        open = openRanges(next);
      }
      this.#push({ kind: 'entry', key, dn, attributes: joinedRanges(whole) });
    }
  }
}

const copied = (attributes: Attributes): Attributes =>
  new Map([...attributes].map(([name, values]) => [name, values.map((value) => value.slice())]));
