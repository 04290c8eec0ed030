// The administrator's own book, kept in the server's store: the source `embedded`. What is written is
// held to the fields' rules first; a refusal says what would be right and changes nothing. Acts are carried
// out one after another, so that each is compared with what is there when its turn comes.

import type { WallTime } from '../base/time.ts';
import type { Change } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import { fieldNames, fields as table, type FieldName } from '../book/field.ts';
import { difference, type Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import { readPhoto, type Photo, type Sha256 } from '../book/photo.ts';
import type {
  EmbeddedBook,
  FieldsToWrite,
  Imported,
  ImportFile,
  Importing,
  ImportPreview,
  ImportStep,
  Refusal,
} from './administration.ts';
import { attributeMap, complete, completeAgain, type AttributeMap } from './attribute-map.ts';
import { sourceKey, type ChangeLog, type Commit, type Link } from './change-log.ts';
import { embeddedSource } from './embedded-source.ts';
import { cleaned, joined, problemOf } from './field-value.ts';
import { readImport } from './import-file.ts';
import { matchRows, type Matched, type Present } from './import-match.ts';
import type { TelephoneUri } from './telephone.ts';
import { Turns } from './turns.ts';

export interface EmbeddedBookOptions {
  readonly changeLog: ChangeLog;
  readonly newPersonId: () => PersonId;
  readonly wallClock: () => WallTime;
  /** Called for each commit that has changes, once it is durable. */
  readonly announce: (list: ChangeList) => void;
  readonly sha256: Sha256;
  /** Resolves when the host has done what else waits: an import of many rows must not hold it up. */
  readonly turn: () => Promise<unknown>;
  /** Shared with the stages of directories whose persons may be in this book too; its own where absent. */
  readonly turns?: Turns;
  /** Reads telephone numbers that are written without their country. */
  readonly telephoneUri?: TelephoneUri;
}

export const createEmbeddedBook = (options: EmbeddedBookOptions): EmbeddedBook => new Embedded(options);

class Embedded implements EmbeddedBook {
  readonly #options: EmbeddedBookOptions;
  readonly #log: ChangeLog;
  readonly #map: AttributeMap;
  readonly #turns: Turns;

  constructor(options: EmbeddedBookOptions) {
    this.#options = options;
    this.#log = options.changeLog;
    this.#turns = options.turns ?? new Turns();
    this.#map = attributeMap({ sha256: options.sha256 });
  }

  add(given: Fields, picture?: Uint8Array): Promise<{ readonly kind: 'added'; readonly person: PersonId } | Refusal> {
    return this.#turns.inTurn(async () => {
      const written = valuesIn(given);
      if ('kind' in written) return written;
      const { fields } = written;
      const photo = this.#photoOf(picture);
      if (photo !== undefined && 'kind' in photo) return photo;
      if (photo !== undefined) fields.photo = photo.hash;
      complete(fields, this.#options.telephoneUri);
      if (fields.name === undefined) return refused(400, `a person needs a name, e.g. name=Ada Lovelace`);
      const refusal = await this.#unfit(fields, undefined);
      if (refusal !== undefined) return refusal;
      const person = this.#options.newPersonId();
      await this.#append([{ kind: 'added', person, fields }], { links: [linkOf(person)], photos: photosOf(photo) });
      return { kind: 'added', person };
    });
  }

  alter(
    person: PersonId,
    to: FieldsToWrite,
    picture?: Uint8Array,
  ): Promise<{ readonly kind: 'altered'; readonly list: ChangeList } | Refusal> {
    return this.#turns.inTurn(async () => {
      const before = await this.#fieldsOf(person);
      if (before === undefined) return this.#notHere(person);
      const taken = fieldNames.filter((name) => to[name] === null || to[name] === '');
      const written = valuesIn(to);
      if ('kind' in written) return written;
      const after: Partial<Record<FieldName, string>> = { ...before, ...written.fields };
      for (const name of taken) delete after[name];
      const photo = this.#photoOf(picture);
      if (photo !== undefined && 'kind' in photo) return photo;
      if (photo !== undefined) after.photo = photo.hash;
      if (after.name === undefined) return refused(400, 'a person needs a name; give another, or remove the person');
      completeAgain(before, after, this.#options.telephoneUri);
      const refusal = await this.#unfit(after, person);
      if (refusal !== undefined) return refusal;
      const moved = difference(before, after);
      if (moved === undefined) return { kind: 'altered', list: await this.#append([]) };
      const list = await this.#append([{ kind: 'altered', person, ...moved }], { photos: photosOf(photo) });
      return { kind: 'altered', list };
    });
  }

  remove(person: PersonId): Promise<{ readonly kind: 'removed' } | Refusal> {
    return this.#turns.inTurn(async () => {
      if ((await this.#fieldsOf(person)) === undefined) return this.#notHere(person);
      const orphaned: Change[] = [];
      for (const { id, fields } of await this.#present())
        if (fields.manager === person && id !== person)
          orphaned.push({ kind: 'altered', person: id, from: { manager: person }, to: {} });
      await this.#append([{ kind: 'removed', person }, ...orphaned]);
      return { kind: 'removed' };
    });
  }

  preview(file: ImportFile): Importing<ImportPreview> {
    return this.#turns.atOneTurn(() => this.#preview(file));
  }

  import(file: ImportFile, options: { readonly skipRejected: boolean }): Importing<Imported> {
    return this.#turns.atOneTurn(() => this.#import(file, options.skipRejected));
  }

  async *#preview(file: ImportFile): Importing<ImportPreview> {
    const matched = yield* this.#match(file);
    return matched.kind === 'refused' ? matched : previewOf(matched);
  }

  async *#import(file: ImportFile, skipRejected: boolean): Importing<Imported> {
    const matched = yield* this.#match(file);
    if (matched.kind === 'refused') return matched;
    const [wrong] = matched.rejected;
    if (wrong !== undefined && !skipRejected)
      return refused(
        409,
        `${matched.rejected.length} of ${matched.rows} rows are wrong, and nothing was changed; the first: line ${wrong.line}: ${wrong.reason}. Mend them, or skip them with --skip-rejected`,
      );
    const added = matched.added.map(({ person, fields }): Change => ({ kind: 'added', person, fields }));
    const altered = matched.altered.map(({ person, from, to }): Change => ({ kind: 'altered', person, from, to }));
    yield { kind: 'applying', changes: added.length + altered.length };
    await this.#options.turn();
    const list = await this.#append([...added, ...altered], {
      links: matched.added.map(({ person }) => linkOf(person)),
      photos: matched.photos,
    });
    return { kind: 'imported', list, preview: previewOf(matched) };
  }

  async *#match(file: ImportFile): Importing<Matched> {
    const { turn, newPersonId, telephoneUri } = this.#options;
    const reading = readImport(file, this.#map);
    for (;;) {
      const next = reading.next();
      if (!next.done) {
        yield { kind: 'reading', rows: next.value };
        await turn();
        continue;
      }
      if (next.value.kind === 'refused') return next.value;
      const matching = matchRows(next.value, { present: await this.#present(), newPersonId, telephoneUri });
      return yield* this.#compared(matching, next.value.rows.length + next.value.rejected.length);
    }
  }

  async *#compared(matching: Generator<number, Matched>, of: number): AsyncGenerator<ImportStep, Matched> {
    for (;;) {
      const next = matching.next();
      if (next.done) return next.value;
      yield { kind: 'comparing', rows: next.value, of };
      await this.#options.turn();
    }
  }

  #photoOf(picture: Uint8Array | undefined): Photo | Refusal | undefined {
    const read = picture === undefined ? undefined : readPhoto(picture, this.#options.sha256);
    return read !== undefined && 'problem' in read ? refused(400, read.problem) : read;
  }

  /** Everyone who lives in this book. */
  async #present(): Promise<readonly Present[]> {
    const all: Present[] = [];
    for await (const page of this.#log.living(embeddedSource)) {
      const known = await this.#log.known(
        embeddedSource,
        page.map(({ key }) => key),
      );
      for (const { person, fields } of known.values()) all.push({ id: person, fields });
    }
    return all;
  }

  async #fieldsOf(person: PersonId): Promise<Fields | undefined> {
    const known = (await this.#log.known(embeddedSource, [keyOf(person)])).get(keyOf(person));
    return known === undefined || known.left ? undefined : known.fields;
  }

  async #notHere(person: PersonId): Promise<Refusal> {
    const { persons } = await this.#log.persons([person]);
    return persons.length === 0
      ? refused(404, `there is no person ${person}`)
      : refused(409, `${person} comes from a directory; alter the person there`);
  }

  /** What stands against `fields` in the book as it is: a manager who is nobody, an employee number that another has. */
  async #unfit(fields: Fields, person: PersonId | undefined): Promise<Refusal | undefined> {
    const { manager, employeeNumber } = fields;
    if (manager !== undefined) {
      if (manager === person) return refused(409, 'nobody is their own manager');
      const { persons } = await this.#log.persons([manager as PersonId]);
      if (persons.length === 0) return refused(409, `the manager ${manager} is not in the book`);
    }
    if (employeeNumber === undefined) return undefined;
    const other = (await this.#present()).find(
      (each) => each.fields.employeeNumber === employeeNumber && each.id !== person,
    );
    return (
      other && refused(409, `employee number ${employeeNumber} is that of ${other.id} (${other.fields.name ?? ''})`)
    );
  }

  async #append(changes: readonly Change[], more: Pick<Commit, 'links' | 'photos'> = {}): Promise<ChangeList> {
    const commit: Commit = { source: embeddedSource, at: this.#options.wallClock(), changes, ...more, approved: true };
    const list = await this.#log.append(commit);
    if (list.changes.length > 0) this.#options.announce(list);
    return list;
  }
}

const refused = (status: Refusal['status'], problem: string): Refusal => ({ kind: 'refused', status, problem });

const photosOf = (photo: Photo | undefined): readonly Photo[] => (photo === undefined ? [] : [photo]);

/** The book's own key of a person is the person ID, which never changes. */
const keyOf = (person: PersonId): ReturnType<typeof sourceKey> => sourceKey(person);

export const linkOf = (person: PersonId): Link => ({ key: keyOf(person), person, place: '' });

/** The values that are there, cleaned and right; or what is wrong with the first that is not. */
function valuesIn(given: FieldsToWrite): { readonly fields: Partial<Record<FieldName, string>> } | Refusal {
  const fields: Partial<Record<FieldName, string>> = {};
  for (const name of fieldNames) {
    const text = given[name];
    if (text === undefined || text === null) continue;
    const value = table[name].kind === 'list' ? joined(text.split(/\n|\|/)) : cleaned(text, Number.MAX_SAFE_INTEGER);
    if (value === '') continue;
    const problem = problemOf(name, value);
    if (problem !== undefined) return refused(400, problem);
    fields[name] = value;
  }
  return { fields };
}

const previewOf = ({ rows, added, altered, unchanged, rejected, leftOut }: Matched): ImportPreview => ({
  kind: 'preview',
  rows,
  added: added.map(({ line, fields }) => ({ line, fields })),
  altered,
  unchanged,
  rejected,
  leftOut,
});
