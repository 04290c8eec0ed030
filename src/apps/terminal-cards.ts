// `rollcall terminal export` and `import`: the personal address book as a file of vCards.

import { readFileSync, writeFileSync } from 'node:fs';
import { textIn } from '../base/bytes.ts';
import { alikeAmong, type Alike, type Likeness } from '../book/alike.ts';
import { mergedInto } from '../book/merged.ts';
import { nameOf, type OwnContact, type OwnWriting, type PersonalEntry } from '../book/personal-entry.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Terminal } from '../node/terminal.ts';
import { printOwnCard, readOwnCards, type ReadContact } from '../wire/own-card.ts';
import type { VCardVersion } from '../wire/vcard.ts';
import type { VCardProblem } from '../wire/vcard-property.ts';
import { CommandFailure, exitCodes, type Output } from './output.ts';
import { printable } from './screen.ts';

export async function exportCards(
  terminal: Terminal,
  output: Output,
  ...[file, { format }]: readonly [string, { readonly format: VCardVersion }]
): Promise<void> {
  const entries = await terminal.entries();
  const cards: string[] = [];
  for (const entry of entries) cards.push(printOwnCard(entry, format, await terminal.photo(entry.person)));
  overFile(file, 'write', () => writeFileSync(file, cards.join(''), { mode: 0o600 }));
  const count = entries.length === 1 ? '1 entry' : `${entries.length} entries`;
  output.tell(`wrote ${file}: ${count}`, { out: file, entries: entries.length });
}

/** What is done with who may be there already. */
export type AlikeChoice = 'skip' | 'merge' | 'add';
export const alikeChoices: readonly AlikeChoice[] = ['skip', 'merge', 'add'];

export interface CardImportOptions {
  readonly alike: AlikeChoice;
  readonly apply?: true;
}

type Fate =
  | { readonly kind: 'add'; readonly card: ReadContact }
  | { readonly kind: 'merge' | 'skip'; readonly card: ReadContact; readonly like: Alike<PersonalEntry | ReadContact> };

export async function importCards(
  terminal: Terminal,
  output: Output,
  ...[file, { alike, apply }]: readonly [string, CardImportOptions]
): Promise<void> {
  const read = [...readOwnCards(overFile(file, 'read', () => textOfFile(file)))];
  if (read.length === 0) throw new CommandFailure(`there is no vCard in ${file}`, exitCodes.refused);
  const problems = read.filter((each) => 'problem' in each);
  const cards = read.flatMap((each) => ('problem' in each ? [] : [each]));
  const fates = fatesOf(cards, await terminal.entries(), alike);
  for (const problem of problems) tellProblem(output, problem);
  for (const fate of fates) tellFate(output, fate);
  if (apply === true) await carryFates(terminal, fates);
  const of = (kind: Fate['kind']): number => fates.filter((fate) => fate.kind === kind).length;
  const counts = { add: of('add'), merge: of('merge'), skip: of('skip'), problems: problems.length };
  const words = `${counts.add} to add, ${counts.merge} to merge, ${counts.skip} left out, ${counts.problems} not right`;
  const advice = apply === true ? 'done' : 'nothing is written; --apply does it';
  output.tell(`${words}: ${advice}`, { ...counts, applied: apply === true });
}

/** RFC 6350 §3.1: UTF-8. Windows wrote what it had. */
function textOfFile(file: string): string {
  const bytes = readFileSync(file);
  return textIn('utf-8', bytes) ?? textIn('windows-1252', bytes) ?? '';
}

/** Who is alike somebody that is here, or a card before it in the file. */
function fatesOf(
  cards: readonly ReadContact[],
  entries: readonly PersonalEntry[],
  choice: AlikeChoice,
): readonly Fate[] {
  const places = new Map<PersonalEntry | ReadContact, number>([...entries, ...cards].map((each, at) => [each, at]));
  const find = alikeAmong([...entries, ...cards]);
  return cards.map((card): Fate => {
    const before = find(card).filter(({ item }) => (places.get(item) ?? 0) < (places.get(card) ?? 0));
    const [like] = before;
    if (like === undefined || choice === 'add') return { kind: 'add', card };
    return { kind: choice === 'merge' && isSure(like.by) ? 'merge' : 'skip', card, like };
  });
}

/** Two may have one name. */
const isSure = (by: readonly Likeness[]): boolean => by.some((each) => each !== 'name');

/** All that are new as one act; then all that is merged, as another: into whoever a card is like, some of whom are new. */
async function carryFates(terminal: Terminal, fates: readonly Fate[]): Promise<void> {
  const added = fates.filter((fate) => fate.kind === 'add').map(({ card }) => card);
  const made = await terminal.addAllOwn(added.map(({ contact }) => contact));
  // Whoever a card became, or is merged into; others may be like that card.
  const whose = new Map<Alike<PersonalEntry | ReadContact>['item'], PersonalEntry>();
  for (const [at, card] of added.entries()) if (made[at] !== undefined) whose.set(card, made[at]);
  const merged = new Map<PersonId, OwnWriting & Pick<PersonalEntry, 'own'>>();
  for (const fate of fates) {
    if (fate.kind !== 'merge') continue;
    const { item } = fate.like;
    const entry = whose.get(item) ?? ('contact' in item ? undefined : item);
    if (entry === undefined) continue;
    whose.set(fate.card, entry);
    const { person, own } = { ...entry, ...merged.get(entry.person) };
    merged.set(person, { person, own: mergedInto({ ...entry, own }, fate.card.contact) });
  }
  await terminal.writeAllOwn([...merged.values()]);
}

function tellProblem(output: Output, { line, problem }: VCardProblem): void {
  output.tell(`line ${line}: ${printable(problem)}; left out`, { line, problem });
}

function tellFate(output: Output, fate: Fate): void {
  const name = nameOfContact(fate.card.contact);
  const { line } = fate.card;
  if (fate.kind === 'add') return output.json ? output.tell('', { line, name, does: 'add' }) : undefined;
  const { item, by } = fate.like;
  const [whom, where] =
    'contact' in item ? [nameOfContact(item.contact), { line: item.line }] : [nameOf(item), { person: item.person }];
  const place = 'contact' in item ? `line ${item.line}` : item.person;
  const does = fate.kind === 'merge' ? 'merged' : 'left out; --alike merge or add takes it';
  output.tell(`line ${line}: ${printable(name)} may be ${printable(whom)} (${place}), by ${by.join(', ')}: ${does}`, {
    line,
    name,
    does: fate.kind,
    like: { ...where, by },
  });
}

const nameOfContact = ({ nickname = '', values = {} }: OwnContact): string =>
  nickname || (values.name ?? ([values.givenName, values.surname].filter(Boolean).join(' ') || '?'));

function overFile<Result>(file: string, verb: 'read' | 'write', work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure(`cannot ${verb} ${file}: ${why}`, exitCodes.failed, { cause });
  }
}
