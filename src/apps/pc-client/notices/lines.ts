// What is told of one person, line by line: of a field that changed twice there is one line, from what it was before the
// first to what it is after the last.

import {
  fields as table,
  promptsOf,
  type FieldName,
  type PersonalEntry,
  type PersonId,
  type StoredPrompt,
  type Telling,
  type TellingOfMany,
  type TellingOfOne,
} from '../../../browser/browser.ts';

export type Line =
  | { readonly kind: 'left' | 'returned'; readonly key: string }
  | { readonly kind: 'joined'; readonly key: string; readonly department: string }
  | { readonly kind: 'photo'; readonly key: string; readonly isThere: boolean }
  | {
      readonly kind: 'value';
      readonly key: FieldName;
      readonly from: string | undefined;
      readonly to: string | undefined;
      /** The prompts that `undoAll` takes to have `from` again; none where that is done, or there was nothing. */
      readonly undoable: readonly number[];
      readonly undone: boolean;
    };

const linesBy = new WeakMap<readonly StoredPrompt[], readonly Line[]>();

/** Of the prompts about one person, oldest first. */
export function linesOf(prompts: readonly StoredPrompt[]): readonly Line[] {
  const known = linesBy.get(prompts);
  if (known !== undefined) return known;
  const lines = new Map<string, Line>();
  for (const prompt of prompts) {
    const { fact } = prompt;
    const key = fact.kind === 'altered' ? fact.field : fact.kind;
    const line = lineOf(prompt, lines.get(key));
    // Where a field changed again, its line is of the last of them.
    lines.delete(key);
    lines.set(key, line);
  }
  const made = [...lines.values()];
  linesBy.set(prompts, made);
  return made;
}

function lineOf({ id, fact, undone }: StoredPrompt, before: Line | undefined): Line {
  switch (fact.kind) {
    case 'left':
    case 'returned':
      return { kind: fact.kind, key: fact.kind };
    case 'joined':
      return { kind: 'joined', key: 'joined', department: fact.department };
    case 'altered': {
      const { field, from, to } = fact;
      if (table[field].kind === 'photo') return { kind: 'photo', key: field, isThere: to !== undefined };
      const first = before?.kind === 'value' ? before : undefined;
      const isFirst = first === undefined;
      const undoable = undone || from === undefined ? [] : [id];
      return {
        kind: 'value',
        key: field,
        from: isFirst ? from : first.from,
        to,
        undoable: isFirst ? undoable : first.from === undefined ? [] : [...first.undoable, ...undoable],
        undone,
      };
    }
  }
}

type Entries = ReadonlyMap<PersonId, PersonalEntry>;

/** What covers the field, so that the change is not seen; to undo it would write over that. */
export const ownBefore = (entry: PersonalEntry | undefined, line: Line): string | undefined =>
  line.kind === 'value' && !line.undone ? entry?.own.values[line.key] : undefined;

export function undoableLines({ person, prompts }: TellingOfOne, entries: Entries): readonly (readonly number[])[] {
  const entry = entries.get(person);
  return linesOf(prompts)
    .filter((line) => ownBefore(entry, line) === undefined)
    .flatMap((line) => (line.kind === 'value' && line.undoable.length > 0 ? [line.undoable] : []));
}

export const undoableOf = (telling: Telling, entries: Entries): readonly number[] =>
  telling.kind === 'many'
    ? telling.people.flatMap((each) => undoableOf(each, entries))
    : undoableLines(telling, entries).flat();

/** The same as long as more happens to the same person, or to more people alike. */
export const keyOf = (telling: Telling): string =>
  `${telling.kind} ${promptsOf(telling).reduce((one, other) => Math.min(one, other))}`;

export interface Common {
  readonly field: FieldName;
  /** Where it was the same of everybody. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Whether `to` is what all of them have now. */
  readonly alike: boolean;
}

/** What became of each field that all of them share. */
export function commonOf({ people, fields }: TellingOfMany): readonly Common[] {
  return fields
    .filter((field) => table[field].kind !== 'photo')
    .map((field) => {
      const lines = people.map(({ prompts }) => linesOf(prompts).find(({ key }) => key === field));
      const [from, to] = (['from', 'to'] as const).map(
        (side) => new Set(lines.map((line) => (line?.kind === 'value' ? line[side] : undefined))),
      ) as [Set<string | undefined>, Set<string | undefined>];
      return {
        field,
        from: from.size === 1 ? [...from][0] : undefined,
        to: to.size === 1 ? [...to][0] : undefined,
        alike: to.size === 1,
      };
    });
}
