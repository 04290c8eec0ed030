// Which objects of Active Directory have changed: by DirSync, or where the account may not use it by the numbers
// of changes (uSNChanged). Both tell that an object has changed, and neither is asked what it is now.

import { anyObject, pages, textIn, textsIn, type Asking, type Conversation, type Take } from './ad-conversation.ts';
import { highestUsn, type Domain } from './ad-domain.ts';
import type { DirSyncStand, Stand } from './ad-stand.ts';
import type { Attributes } from './attributes.ts';
import {
  dirSync,
  dirSyncAnswer,
  extendedDn,
  guidOfDn,
  plainDn,
  showDeleted,
  type DirSyncCookie,
  type DirSyncFlags,
} from './dirsync.ts';
import { guidOfEntry } from './object-guid.ts';
import { describe, passes } from './result-code.ts';
import type { EntryKey } from './sync.ts';

/** What came of looking for changes. */
export type Found =
  | 'nothing'
  /** All changes were given. */
  | 'changes'
  /** From here on the changes cannot be told. */
  | 'unknown';

export interface Changed {
  readonly changed: ReadonlySet<EntryKey>;
  readonly gone: readonly EntryKey[];
  /** DNs of units that may have another one than before: of what lies below them nothing is told. */
  readonly moved: readonly string[];
}

/** `name` and `parentGUID` tell renames and moves; `whenCreated` tells them from new objects. */
const always = ['objectGUID', 'name', 'parentGUID', 'isDeleted', 'whenCreated'];

/** As DirSync gives them: all of a new group; who came; who went. */
const changedMembers = ['member', 'member;range=1-1', 'member;range=0-0'];

class Noted implements Changed {
  readonly changed = new Set<EntryKey>();
  readonly gone: EntryKey[] = [];
  readonly moved: string[] = [];
  /** A deleted object was among them; the container of the deleted is itself marked as one of them. */
  deletesSeen = false;
  readonly #mayHaveMoved: (attributes: Attributes) => boolean;
  readonly #membersToo: boolean;

  constructor(mayHaveMoved: (attributes: Attributes) => boolean, membersToo: boolean) {
    this.#mayHaveMoved = mayHaveMoved;
    this.#membersToo = membersToo;
  }

  readonly take = (extended: string, attributes: Attributes): void => {
    const dn = plainDn(extended);
    const key = guidOfEntry(attributes);
    for (const name of this.#membersToo ? changedMembers : [])
      for (const member of textsIn(attributes, name)) {
        const changed = guidOfDn(member);
        if (changed !== undefined) this.changed.add(changed);
      }
    this.deletesSeen ||= isDeleted(dn);
    if (textIn(attributes, 'isdeleted') === 'TRUE') return void this.gone.push(key);
    this.changed.add(key);
    // Those that are named CN= and hold persons, such as CN=Users, cannot be renamed.
    if (/^ou=/i.test(dn) && this.#mayHaveMoved(attributes)) this.moved.push(dn);
  };
}

/** MS-ADTS 3.1.1.5.5: their names are mangled so. */
const isDeleted = (dn: string): boolean => dn.includes('\\0ADEL:');

/** Of a new object DirSync gives all that was asked for. */
const renamed = (attributes: Attributes): boolean => attributes.has('name') && !attributes.has('whencreated');

export interface ChangesOptions {
  readonly domain: Domain;
  /** Attributes of which a change is to be told. */
  readonly attributes: readonly string[];
  /** Who came to a group, or went, is changed too, as far as a filter by `memberOf` is concerned. */
  readonly membersToo: boolean;
  /** Carried out for each part of what was found. */
  readonly read: (changed: Changed) => Conversation;
}

export class AdChanges {
  readonly #options: ChangesOptions;
  #stand: Stand | undefined;
  #deletesSeen: boolean;
  /** Why DirSync is not used. */
  #refusal = 'the server does not offer it';

  /** `stand`: from where to go on. */
  constructor(options: ChangesOptions, stand: Stand | undefined) {
    this.#options = options;
    this.#stand = stand;
    this.#deletesSeen = options.domain.showsDeleted || stand?.deletesSeen === true;
  }

  /** Up to where changes are known. */
  get stand(): Stand | undefined {
    return this.#stand;
  }

  /** The account is shown deleted objects. */
  get deletesSeen(): boolean {
    return this.#deletesSeen;
  }

  /** How changes are found, in words. */
  get words(): string {
    const dirSyncFlags = this.#stand?.dirSync?.flags;
    if (dirSyncFlags === undefined) return `by uSNChanged, as DirSync cannot be used (${this.#refusal})`;
    return dirSyncFlags === 0 ? 'by DirSync' : 'by DirSync with the rights of the account alone';
  }

  *since(): Conversation<Found> {
    const stand = this.#stand;
    if (stand === undefined) return 'unknown';
    const usn = yield* highestUsn();
    if (usn === stand.usn) return 'nothing';
    // The controller was put back to an earlier time, and its numbers will mean other changes.
    if (usn < stand.usn) return 'unknown';
    const { dirSync: by } = stand;
    return by === undefined ? yield* this.#byUsn(stand, usn) : yield* this.#byDirSync({ ...stand, usn }, by);
  }

  /** Takes a stand from which changes will be told, without telling any. */
  *afresh(): Conversation {
    const usn = yield* highestUsn();
    const stand = { ...this.#options.domain.lineage, usn };
    for (const flags of this.#options.domain.offersDirSync ? ([0, 1] as const) : []) {
      const cookie = yield* this.#lastCookie(flags);
      if (cookie === undefined) continue;
      this.#stand = { ...stand, dirSync: { flags, cookie }, deletesSeen: this.#deletesSeen };
      return;
    }
    this.#stand = { ...stand, deletesSeen: this.#deletesSeen };
  }

  /** Asks for what only deleted objects have: all others are read afterwards. */
  *#lastCookie(flags: DirSyncFlags): Conversation<DirSyncCookie | undefined> {
    const entry = (dn: string): void => void (this.#deletesSeen ||= isDeleted(dn));
    for (let cookie: DirSyncCookie = new Uint8Array(0); ;) {
      const { result, controls } = yield this.#dirSync({ flags, cookie }, ['isDeleted'], entry);
      if (result.code !== 0) {
        // Who may ask for the state of sources may be a stranger: not in the server's own words.
        this.#refusal = describe({ ...result, diagnostic: '' });
        return undefined;
      }
      const answer = dirSyncAnswer(controls);
      if (!answer.more) return answer.cookie;
      cookie = answer.cookie;
    }
  }

  *#byDirSync(stand: Stand, from: DirSyncStand): Conversation<Found> {
    const attributes = [...new Set([...always, ...this.#options.attributes])];
    for (let { cookie } = from; ;) {
      const noted = new Noted(renamed, this.#options.membersToo);
      const { result, controls } = yield this.#dirSync({ ...from, cookie }, attributes, noted.take);
      // The cookie is not taken, or a right was taken away.
      if (result.code !== 0) return 'unknown';
      const answer = dirSyncAnswer(controls);
      cookie = answer.cookie;
      yield* this.#read(noted);
      this.#stand = { ...stand, dirSync: { ...from, cookie }, deletesSeen: this.#deletesSeen };
      if (!answer.more) return 'changes';
    }
  }

  #dirSync({ flags, cookie }: DirSyncStand, attributes: readonly string[], entry: Take): Asking {
    return {
      what: 'DirSync',
      search: { base: this.#options.domain.root, scope: 'subtree', filter: anyObject, attributes, sizeLimit: 0 },
      controls: [dirSync(flags, cookie), extendedDn],
      entry,
      answers: (result) => !passes(result),
    };
  }

  /** Any change of an old unit is taken for a move, since a number does not tell what has changed. */
  *#byUsn(stand: Stand, usn: number): Conversation<Found> {
    let noted = this.#notedSince(stand);
    const search = {
      base: this.#options.domain.root,
      scope: 'subtree',
      filter: `(uSNChanged>=${stand.usn + 1})`,
      attributes: ['objectGUID', 'isDeleted', 'uSNCreated'],
      sizeLimit: 0,
    } as const;
    const entry: Take = (dn, attributes) => noted.take(dn, attributes);
    const asking = { what: 'the search by uSNChanged', search, controls: [showDeleted], entry };
    const read = (): Conversation => {
      const page = noted;
      noted = this.#notedSince(stand);
      return this.#read(page);
    };
    yield* pages(asking, read);
    this.#stand = { ...stand, usn, deletesSeen: this.#deletesSeen };
    return 'changes';
  }

  #notedSince({ usn }: Stand): Noted {
    return new Noted((attributes) => Number(textIn(attributes, 'usncreated')) <= usn, this.#options.membersToo);
  }

  *#read(noted: Noted): Conversation {
    this.#deletesSeen ||= noted.deletesSeen;
    yield* this.#options.read(noted);
  }
}
