// The change log: the persons as they are, every change that made them so, and where each source
// stands. One `append` is one transaction: persons, changes, revision, links, cookie. Store first,
// then tell.

import type { Branded } from '../base/brand.ts';
import type { WallTime } from '../base/time.ts';
import type { BookId, Change, Revision } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Photo, PhotoHash } from '../book/photo.ts';
import type {
  GroupsAnswer,
  GroupsQuestion,
  KnownGroup,
  MembersAnswer,
  MembersQuestion,
  MembershipsAnswer,
  MembershipsQuestion,
  SourceGroup,
} from './group.ts';
import type { Below, DepartmentInTree } from './department-tree.ts';
import type { Place } from './look-up-index.ts';
import type { Department } from './organisation-index.ts';

/** Names one source of the enterprise address book, e.g. `embedded`, `headquarters`. */
export type SourceName = Branded<string, 'SourceName'>;

const sourceShape = /^[a-z0-9][a-z0-9-]{0,62}$/;

export const isSourceName = (text: string): text is SourceName => sourceShape.test(text);

/** @throws TypeError when `text` is not 1 to 63 of `a`-`z`, `0`-`9`, `-` */
export function sourceName(text: string): SourceName {
  if (!isSourceName(text)) throw new TypeError(`not a source's name: ${JSON.stringify(text)}`);
  return text;
}

/** What a source itself calls one of its persons for life: entryUUID, an employee number; never a DN. */
export type SourceKey = Branded<string, 'SourceKey'>;

/** @throws TypeError when `text` is empty or longer than 256 */
export function sourceKey(text: string): SourceKey {
  if (text === '' || text.length > 256)
    throw new TypeError(`not a source's key: ${JSON.stringify(text.slice(0, 300))}`);
  return text as SourceKey;
}

/** Names one batch of removals that the brake holds back. */
export type HoldId = Branded<string, 'HoldId'>;

const holdShape = /^[0-9A-Za-z-]{1,64}$/;

/** @throws TypeError when `text` is not 1 to 64 letters, digits and hyphens */
export function holdId(text: string): HoldId {
  if (!holdShape.test(text)) throw new TypeError(`not a hold: ${JSON.stringify(text)}`);
  return text as HoldId;
}

/** What is known of a person of a source. */
export interface Known {
  readonly key: SourceKey;
  /** Small, for life, rising: for sets of those seen in a refresh. */
  readonly number: number;
  readonly person: PersonId;
  /** The person's, as everybody sees them. */
  readonly fields: Fields;
  /** What this source says of a person whom others know too; else that is `fields`. */
  readonly own?: Fields;
  /** What the others say. */
  readonly others?: readonly Said[];
  /** Where the source keeps this person now (a DN), for what refers to it. */
  readonly place: string;
  /** The place of the manager, where the source names one; it may be of nobody yet. */
  readonly managerPlace?: string;
  /** Of the state that is known, where the source gave one. */
  readonly stamp?: string;
  /** Left this source, and the book where no other knows the person: remembered so that a return is the same person. */
  readonly left: boolean;
}

/** What one of several sources says of a person. */
export interface Said {
  readonly source: SourceName;
  readonly fields: Fields;
  /** It says this no longer. */
  readonly left: boolean;
}

/** A person who has some value of a field, or who had it and left the book. */
export interface Candidate {
  readonly person: PersonId;
  readonly fields: Fields;
  readonly left: boolean;
  readonly links: readonly (Said & {
    readonly key: SourceKey;
    readonly number: number;
    /** It was left when the person left the book: by these the person was there to the end. */
    readonly last: boolean;
  })[];
}

/** What a sweep needs of a living person. */
export type Living = Pick<Known, 'key' | 'number' | 'person'>;

/** Living persons who have the same value of a field. */
export interface SharedValue {
  readonly value: string;
  readonly persons: readonly Candidate[];
}

/** A person of a source as it shall be known from now on. */
export interface Link {
  readonly key: SourceKey;
  readonly person: PersonId;
  readonly place: string;
  /** Where this person was until now, to be remembered. */
  readonly leaves?: string;
  readonly managerPlace?: string;
  readonly stamp?: string;
  /** What this source says, where the person has another link: then each link keeps its own. */
  readonly fields?: Fields;
  /** The key of before, where the source made the person's entry anew. */
  readonly replaces?: SourceKey;
}

/** What persons are kept below, such as an organizational unit. */
export interface Container {
  readonly key: SourceKey;
  readonly place: string;
}

/** A removal that waits: for its burst to be seen whole (`waiting`), or for an administrator (`held`). */
export interface Removal {
  readonly key: SourceKey;
  readonly person: PersonId;
}

export interface Hold {
  readonly id: HoldId;
  readonly source: SourceName;
  /** Why the brake holds them, in the administrator's words. */
  readonly reason: string;
  readonly at: WallTime;
  readonly removals: readonly Removal[];
}

/** A field that many persons would lose at once: each keeps the former value, for an administrator to decide. */
export interface HeldField {
  readonly id: HoldId;
  readonly source: SourceName;
  readonly reason: string;
  readonly at: WallTime;
  readonly field: FieldName;
  readonly persons: readonly Removal[];
}

/** One transaction. Whatever is absent stays as it is. */
export interface Commit {
  readonly source: SourceName;
  readonly at: WallTime;
  readonly changes: readonly Change[];
  readonly links?: readonly Link[];
  /** Keys of those whom the source knows no longer. The links of who is removed are left as well, whatever their source. */
  readonly left?: readonly SourceKey[];
  /** The bytes of photos that the changes name and the log may not have yet. */
  readonly photos?: readonly Photo[];
  /** Containers that were not known. One that is kept elsewhere now is moved by `relocate`. */
  readonly containers?: readonly Container[];
  /** Groups below a container that is forgotten are forgotten with it. */
  readonly forgetContainers?: readonly SourceKey[];
  /** As they are now, whatever was known of them. */
  readonly groups?: readonly SourceGroup[];
  /** Keys; those that are no group's are passed over. */
  readonly forgetGroups?: readonly SourceKey[];
  /** Where the source stands after this commit. */
  readonly cookie?: string;
  /** The source's place is not known any more: the next refresh is a full one. */
  readonly forgetCookie?: boolean;
  /** The settings by which the source is followed from now on, in a form of the host's. */
  readonly settings?: string;
  /** Removals that begin to wait, since `at`. */
  readonly wait?: readonly Removal[];
  /** Keys that wait or are held no longer: they came back, or are removed by this commit. */
  readonly release?: readonly SourceKey[];
  /** Removals to hold, taken from those that wait where they are among them. */
  readonly hold?: Hold;
  /** Fields to hold, one hold each; where one of its ID is there, the persons join it. */
  readonly holdFields?: readonly HeldField[];
  /** Fields that are held no longer: they have a value again, or are emptied by this commit. Of whoever is removed none is. */
  readonly refill?: readonly { readonly key: SourceKey; readonly field: FieldName }[];
  /** A hold whose persons this commit removes: remembered as long as they are, so that it can be undone. */
  readonly approves?: Hold;
  /** An approved hold that is undone by this commit. */
  readonly undoes?: HoldId;
  /** An administrator wants these removals: the brake does not count them (see `leftSince`). */
  readonly approved?: true;
}

export interface Head {
  readonly book: BookId;
  readonly revision: Revision;
  /** The oldest revision after which `since` still gives changes. */
  readonly oldest: Revision;
}

export type Since<List extends ChangeList = ChangeList> =
  | { readonly kind: 'changes'; readonly list: List }
  | { readonly kind: 'too-old'; readonly oldest: Revision };

export interface NewsLimits {
  readonly changes: number;
  /** Of JSON, of those who are added together: more than that need not be given. */
  readonly octets: number;
}

/** What was appended, for who tells of it: of a first load it says only who is there now. */
export interface News extends ChangeList {
  /** Who was added, in place of these changes, where that is too much to be told. Nobody of them is removed by `changes`. */
  readonly added?: readonly PersonId[];
}

/** A living person, with the last revision that changed this person. */
export interface PersonAt {
  readonly id: PersonId;
  readonly revision: Revision;
  readonly fields: Fields;
}

export interface LookUpQuestion {
  /** As it was typed; everyone fits where it is empty. */
  readonly text: string;
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: Place;
  /** Who asks: among those who fit equally, the own department and manager stand first. */
  readonly reader?: PersonId;
}

export interface LookUpAnswer {
  readonly head: Head;
  /** All who fit. */
  readonly total: number;
  /** How many of them fit as it is typed; they come first. */
  readonly asTyped: number;
  readonly persons: readonly PersonAt[];
  /** Where the next page begins; absent where this one is the last. */
  readonly next?: Place;
  /** False where not everyone, or not every change, has been read in yet. */
  readonly complete: boolean;
}

/** Whom to list: who is at the top, whom a person manages, who has the same manager, who is in a department. */
export type Grouping =
  | { readonly kind: 'top' }
  | { readonly kind: 'reports' | 'peers'; readonly person: PersonId }
  | { readonly kind: 'department'; readonly name: string };

export interface OrganisationQuestion {
  readonly list: Grouping;
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: string;
}

/** A person with how many that person manages. */
export interface PersonInOrganisation extends PersonAt {
  readonly reports: number;
}

export interface OrganisationAnswer {
  readonly head: Head;
  /** Above the person of the question, the nearest first; it ends with who has none in the book, or where it would begin anew. */
  readonly managers: readonly PersonInOrganisation[];
  readonly total: number;
  readonly persons: readonly PersonInOrganisation[];
  readonly next?: string;
  /** As of `LookUpAnswer`. */
  readonly complete: boolean;
}

export interface DepartmentsQuestion {
  readonly limit: number;
  readonly after?: string;
  /** Only these, as of a tree; absent: all, side by side. */
  readonly below?: Below;
}

export interface DepartmentsAnswer {
  readonly head: Head;
  readonly total: number;
  readonly departments: readonly (Department | DepartmentInTree)[];
  readonly next?: string;
  readonly complete: boolean;
}

export interface ChangeLog extends AsyncDisposable {
  head(): Promise<Head>;
  /**
   * The changes after `after`, oldest first, at most `limit`; not condensed.
   * Gives `too-old` when `after` lies before the purge mark, or after the head (a log restored from an old copy).
   * @throws HostFault when the log cannot be read
   */
  since(after: Revision, limit: number): Promise<Since>;
  /** The same for who tells of it: where it is too much to be told, those who were added may only be named. */
  news(after: Revision, limits: NewsLimits): Promise<Since<News>>;
  /**
   * All of `commit`, or nothing. Gives what was appended; where `commit.changes` is empty the list is empty and the revision stays.
   * @throws Error when a change does not fit: a person added who lives, altered or removed who does not, or who would bear a photo whose bytes nobody gave
   * @throws HostFault when the log cannot be written; then nothing of it was
   */
  append(commit: Commit): Promise<ChangeList>;

  /** Those of `ids` who live, in no particular order, with the revision that the answer is as of. */
  persons(ids: readonly PersonId[]): Promise<{ readonly head: Head; readonly persons: readonly PersonAt[] }>;
  /** Undefined unless somebody who lives bears it. It is kept as long as anybody is remembered who does, also one who left. */
  photo(hash: PhotoHash): Promise<Photo | undefined>;
  /** Everyone who lives, by person ID, all as of one revision, in pages. */
  book(): Promise<{ readonly head: Head; readonly pages: AsyncIterable<readonly PersonAt[]> }>;
  /**
   * Living persons who fit what is asked for (see `book/look-up.ts`), the best first.
   * @throws HostFault when the log cannot be read
   */
  lookUp(question: LookUpQuestion): Promise<LookUpAnswer>;
  /** In the order of names. Of nobody who lives, nothing is found. */
  organisation(question: OrganisationQuestion): Promise<OrganisationAnswer>;
  departments(question: DepartmentsQuestion): Promise<DepartmentsAnswer>;
  /** By name. */
  groups(question: GroupsQuestion): Promise<GroupsAnswer>;
  members(question: MembersQuestion): Promise<MembersAnswer>;
  memberships(question: MembershipsQuestion): Promise<MembershipsAnswer>;
  /** Another number than before, wherever somebody may be in other groups or a group may be called otherwise. */
  membershipsAt(): Promise<number>;

  /** All that ever wrote, also those that are followed no longer. */
  sources(): Promise<readonly SourceName[]>;
  cookie(source: SourceName): Promise<string | undefined>;
  /** What `Commit.settings` said last. */
  settings(source: SourceName): Promise<string | undefined>;
  known(source: SourceName, keys: readonly SourceKey[]): Promise<ReadonlyMap<SourceKey, Known>>;
  /**
   * Those at each of `places`; more than one of a place, where one left it and another came. Where nobody living is there, who
   * was there last and moved: a reference that the directory did not mend still means this person.
   */
  knownAt(source: SourceName, places: readonly string[]): Promise<ReadonlyMap<string, readonly Known[]>>;
  /** Where any of `keys` was before, each place that nobody took since. */
  formerPlaces(source: SourceName, keys: readonly SourceKey[]): Promise<readonly string[]>;
  /** Who has each of `values` in `field`, great and small letters (A to Z) being the same. */
  bearing(field: FieldName, values: readonly string[]): Promise<ReadonlyMap<string, readonly Candidate[]>>;
  /** At most `limit` values that more than one living person has. */
  shared(field: FieldName, limit: number): Promise<readonly SharedValue[]>;
  /** This person, also one who left. */
  candidate(person: PersonId): Promise<Candidate | undefined>;
  /** Where this container is kept; undefined where there is none of the key. */
  container(source: SourceName, key: SourceKey): Promise<string | undefined>;
  /** All groups of the source. */
  groupsOf(source: SourceName): Promise<ReadonlyMap<SourceKey, KnownGroup>>;
  /** Those of the source who are kept below `place`, in pages. */
  below(source: SourceName, place: string): AsyncIterable<readonly Known[]>;
  /** Those of the source whose manager's place is below `place`, in pages. */
  managedFrom(source: SourceName, place: string): AsyncIterable<readonly Known[]>;
  /**
   * Whatever is kept at or below `from` is kept there below `to` from now on; no person's fields change by it. Not one
   * transaction: after an interruption it is done again, which ends as if it had been done once.
   */
  relocate(source: SourceName, places: { readonly from: string; readonly to: string }): Promise<void>;
  /** Those whose manager's place is one of `places`. */
  knownUnder(source: SourceName, places: readonly string[]): Promise<readonly Known[]>;
  /** Whom `source` knows now, in pages: for the sweep after a refresh. */
  living(source: SourceName): AsyncIterable<readonly Living[]>;
  countLiving(source: SourceName): Promise<number>;
  /** All who live, by whichever source. */
  countPersons(): Promise<number>;
  /** The places of those of `source` who left it at or after `at`, once for each time, approved ones left out: the brake's sliding window. */
  leftSince(source: SourceName, at: WallTime): Promise<readonly string[]>;
  waiting(source: SourceName): Promise<readonly (Removal & { readonly since: WallTime })[]>;
  holds(): Promise<readonly Hold[]>;
  heldFields(): Promise<readonly HeldField[]>;
  /** How many removals of `source`, and fields that its persons would lose, wait for an administrator. */
  countHeld(source: SourceName): Promise<number>;
  /** Holds that were approved, at which time, with those who are remembered and have not come back. */
  approvedHolds(): Promise<readonly Hold[]>;
  /** How many living persons of `source` have a value in `field`. */
  countBearing(source: SourceName, field: FieldName): Promise<number>;
  /** Forgets all changes but the newest `keep`, and those older than `before`; also those who left before `leftBefore` and are in no change left. */
  purge(limits: {
    readonly keep: number;
    readonly before: WallTime;
    readonly leftBefore: WallTime;
    /** No change after this one is forgotten: it is not announced yet. */
    readonly upTo?: Revision;
  }): Promise<void>;
}
