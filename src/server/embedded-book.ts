// The administrator's own book, kept in the server's store: the source `embedded`. What is written is
// held to the fields' rules first; a refusal says what would be right and changes nothing. Acts are carried
// out one after another, so that each is compared with what is there when its turn comes.

import type { ChangeList } from '../book/change-list.ts';
import { fieldNames, fields as table, type FieldLabels, type FieldName } from '../book/field.ts';
import { altered, type Fields } from '../book/person.ts';
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
import type { ChangeLog, Known } from './change-log.ts';
import { embeddedSource } from './embedded-source.ts';
import { EmbeddedWriting, keyOf, type EmbeddedWritingOptions, type Said } from './embedded-writing.ts';
import { cleaned, joined, problemOf } from './field-value.ts';
import { readImport } from './import-file.ts';
import { matchRows, type Matched, type Present } from './import-match.ts';
import type { TelephoneUri } from './telephone.ts';
import { Turns } from './turns.ts';

export interface EmbeddedBookOptions extends EmbeddedWritingOptions {
  readonly newPersonId: () => PersonId;
  readonly sha256: Sha256;
  /** Resolves when the host has done what else waits: an import of many rows must not hold it up. */
  readonly turn: () => Promise<unknown>;
  /** What the administrator calls fields: columns of an import may be called so. */
  readonly labels?: FieldLabels;
  /** Reads telephone numbers that are written without their country. */
  readonly telephoneUri?: TelephoneUri;
}

export const createEmbeddedBook = (options: EmbeddedBookOptions): EmbeddedBook => new Embedded(options);

class Embedded implements EmbeddedBook {
  readonly #options: EmbeddedBookOptions;
  readonly #log: ChangeLog;
  readonly #map: AttributeMap;
  // Not the shared ones: an import is as slow as whoever reads its answer.
  readonly #turns = new Turns();
  readonly #writing: EmbeddedWriting;

  constructor(options: EmbeddedBookOptions) {
    this.#options = options;
    this.#log = options.changeLog;
    this.#writing = new EmbeddedWriting(options);
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
      const person = await this.#writing.add({ person: this.#options.newPersonId(), fields }, photosOf(photo));
      return person === undefined ? refused(409, ambiguous(fields)) : { kind: 'added', person };
    });
  }

  alter(
    person: PersonId,
    to: FieldsToWrite,
    picture?: Uint8Array,
  ): Promise<{ readonly kind: 'altered'; readonly list: ChangeList } | Refusal> {
    return this.#turns.inTurn(async () => {
      const known = await this.#known(person);
      if (known === undefined) return this.#notHere(person);
      const before = known.own ?? known.fields;
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
      const refusal = await this.#unfit(after, person, before);
      if (refusal !== undefined) return refusal;
      return { kind: 'altered', list: await this.#writing.write([{ person, fields: after }], photosOf(photo)) };
    });
  }

  remove(person: PersonId): Promise<{ readonly kind: 'removed' } | Refusal> {
    return this.#turns.inTurn(async () => {
      const known = await this.#known(person);
      if (known === undefined) return this.#notHere(person);
      const staysByOthers = known.others?.some(({ left }) => !left) === true;
      const orphaned: Said[] = [];
      for (const { id, fields } of await this.#present()) {
        const { manager, ...rest } = fields;
        if (manager === person && id !== person && !staysByOthers) orphaned.push({ person: id, fields: rest });
      }
      await this.#writing.write([{ person, fields: undefined }, ...orphaned]);
      return { kind: 'removed' };
    });
  }

  restore(
    person: PersonId,
    given: Fields,
  ): Promise<{ readonly kind: 'restored'; readonly list: ChangeList } | Refusal> {
    return this.#turns.inTurn(async () => {
      const { manager = '', ...rest } = given;
      const { persons } = await this.#log.persons([manager as PersonId]);
      const fields = persons.length === 0 ? rest : given;
      const refusal = await this.#unfit(fields, person);
      return refusal ?? { kind: 'restored', list: await this.#writing.restore({ person, fields }) };
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
    yield { kind: 'applying', changes: matched.added.length + matched.altered.length };
    await this.#options.turn();
    const present = new Map((await this.#present()).map(({ id, fields }) => [id, fields]));
    const afterwards = matched.altered.map(({ person, from, to }): Said => {
      return { person, fields: altered(present.get(person) ?? {}, { from, to }) };
    });
    const list = await this.#writing.write([...matched.added, ...afterwards], matched.photos);
    return { kind: 'imported', list, preview: previewOf(matched) };
  }

  async *#match(file: ImportFile): Importing<Matched> {
    const { turn, newPersonId, telephoneUri, labels } = this.#options;
    const reading = readImport(file, this.#map, labels);
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
      for (const { person, fields, own = fields } of known.values()) all.push({ id: person, fields: own });
    }
    return all;
  }

  async #known(person: PersonId): Promise<Known | undefined> {
    const known = (await this.#log.known(embeddedSource, [keyOf(person)])).get(keyOf(person));
    return known?.left === true ? undefined : known;
  }

  async #notHere(person: PersonId): Promise<Refusal> {
    const { persons } = await this.#log.persons([person]);
    return persons.length === 0
      ? refused(404, `there is no person ${person}`)
      : refused(409, `${person} comes from a directory: alter the person there`);
  }

  /** What stands against `fields`, which were `before`, in the book as it is: a manager who is nobody, an employee number that another has. */
  async #unfit(fields: Fields, person: PersonId | undefined, before: Fields = {}): Promise<Refusal | undefined> {
    const { manager, employeeNumber } = fields;
    if (manager !== undefined && manager !== before.manager) {
      if (manager === person) return refused(409, 'nobody is their own manager');
      const { persons } = await this.#log.persons([manager as PersonId]);
      if (persons.length === 0) return refused(409, `the manager ${manager} is not in the book`);
    }
    if (employeeNumber === undefined || employeeNumber === before.employeeNumber) return undefined;
    const other = (await this.#present()).find(
      (each) => each.fields.employeeNumber === employeeNumber && each.id !== person,
    );
    return (
      other && refused(409, `employee number ${employeeNumber} is that of ${other.id} (${other.fields.name ?? ''})`)
    );
  }
}

const refused = (status: Refusal['status'], problem: string): Refusal => ({ kind: 'refused', status, problem });

const photosOf = (photo: Photo | undefined): readonly Photo[] => (photo === undefined ? [] : [photo]);

const ambiguous = ({ employeeNumber = '', mail = '' }: Fields): string =>
  `there is more than one person with employee number ${employeeNumber} or mail address ${mail}: see 'rollcall directory doubles'`;

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
