// What of the history is asked for. Who is named is found as everybody is looked up (in any script, by pinyin or initials);
// fields and values by what they are written like.

import {
  findableOf,
  fitOf,
  folded,
  queryOf,
  shown,
  type FieldName,
  type Findable,
  type PersonalEntry,
  type PersonId,
  type StoredPrompt,
} from '../../../browser/browser.ts';
import type { HistoryPlace } from '../shell/place.ts';

interface Asked {
  readonly label: (field: FieldName) => string;
  readonly entries: ReadonlyMap<PersonId, PersonalEntry>;
}

export function promptsAskedFor(
  prompts: readonly StoredPrompt[],
  { text = '', unseenOnly = false, person }: HistoryPlace,
  asked: Asked,
): readonly StoredPrompt[] {
  const words = folded(text).split(/\s+/).filter(Boolean);
  const fits = fitting(words, asked);
  return prompts.filter(
    (prompt) => (!unseenOnly || !prompt.seen) && (person === undefined || prompt.person === person) && fits(prompt),
  );
}

/** Each word is in the name, or in what is told. */
function fitting(words: readonly string[], { label, entries }: Asked): (prompt: StoredPrompt) => boolean {
  if (words.length === 0) return () => true;
  const labels = new Map<FieldName, string>();
  const named = new Map<string, readonly boolean[]>();
  const nameFits = ({ person, name }: StoredPrompt): readonly boolean[] => {
    const key = `${person} ${name}`;
    const known = named.get(key);
    if (known !== undefined) return known;
    const findables = [findableByName(name), ...findableOfEntry(entries.get(person))];
    const made = words.map((word) => findables.some((each) => fitOf(each, queryOf(word)) !== undefined));
    named.set(key, made);
    return made;
  };
  return (prompt) => {
    const { fact } = prompt;
    if (fact.kind === 'altered' && !labels.has(fact.field)) labels.set(fact.field, folded(label(fact.field)));
    const told = `${fact.kind === 'altered' ? labels.get(fact.field) : ''} ${valuesOf(prompt)}`;
    const byName = nameFits(prompt);
    return words.every((word, at) => byName[at] === true || told.includes(word));
  };
}

const values = new WeakMap<StoredPrompt, string>();

/** A photo's is a hash, which nobody types. */
function valuesOf(prompt: StoredPrompt): string {
  const known = values.get(prompt);
  if (known !== undefined) return known;
  const { fact } = prompt;
  const said =
    fact.kind === 'joined'
      ? fact.department
      : fact.kind === 'altered' && fact.field !== 'photo'
        ? `${fact.from ?? ''}\n${fact.to ?? ''}`
        : '';
  const made = folded(said);
  values.set(prompt, made);
  return made;
}

const findables = new Map<string, Findable>();
/** Names of people who are long gone need not be kept in mind. */
const mostFindables = 10_000;

function findableByName(name: string): Findable {
  const known = findables.get(name);
  if (known !== undefined) return known;
  if (findables.size >= mostFindables) findables.clear();
  const made = findableOf({ name });
  findables.set(name, made);
  return made;
}

const byEntry = new WeakMap<PersonalEntry, Findable>();

/** By names alone: a department is a value, found where it changed. */
function findableOfEntry(entry: PersonalEntry | undefined): readonly Findable[] {
  if (entry === undefined) return [];
  const known = byEntry.get(entry);
  if (known !== undefined) return [known];
  const { name, chineseName, englishName, nativeName, phoneticName, pinyin } = shown(entry);
  const made = findableOf(present({ name, chineseName, englishName, nativeName, phoneticName, pinyin }));
  byEntry.set(entry, made);
  return [made];
}

const present = <Name extends FieldName>(fields: Readonly<Record<Name, string | undefined>>): Record<Name, string> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Record<Name, string>;
