// What is told in one sentence: for who hears it, and for a notification outside of the page.

import { fields as table, nameOf, type FieldName, type PersonId, type Telling } from '../../../browser/browser.ts';
import type { Snapshot } from '../engine/book.ts';
import type { SeldomTexts } from '../texts/seldom-en.ts';
import { linesOf, type Line } from './lines.ts';

export interface Speaker {
  readonly texts: SeldomTexts;
  readonly label: (field: FieldName) => string;
  readonly known: Pick<Snapshot, 'entries' | 'found'>;
}

export const sentenceOf = (telling: Telling, speaker: Speaker): string => {
  const { notices } = speaker.texts;
  if (telling.kind === 'many') return notices.sentence(notices.people(telling.people.length), whatOf(telling, speaker));
  const facts = linesOf(telling.prompts).map((line) => factOf(line, speaker));
  return notices.sentence(telling.name, facts.join(notices.between));
};

/** What happened to all of many. */
export function whatOf(
  { what, fields }: Pick<Extract<Telling, { kind: 'many' }>, 'what' | 'fields'>,
  { texts, label }: Pick<Speaker, 'texts' | 'label'>,
): string {
  switch (what) {
    case 'left':
    case 'returned':
      return texts.notices[what];
    case 'joined':
      return texts.notices.joinedMany;
    case 'altered':
      return texts.notices.changed(fields.map(label).join(texts.notices.between));
  }
}

function factOf(line: Line, speaker: Speaker): string {
  const { notices } = speaker.texts;
  switch (line.kind) {
    case 'left':
    case 'returned':
      return notices[line.kind];
    case 'joined':
      return notices.joined(line.department);
    case 'photo':
      return line.isThere ? notices.photo : notices.photoGone;
    case 'value': {
      const [from, to] = [line.from, line.to].map((value) =>
        value === undefined ? undefined : writtenOf(line.key, value, speaker.known),
      );
      return notices.became(speaker.label(line.key), from, to);
    }
  }
}

/** A value as it is read: one's manager by name, several values in one line. */
export function writtenOf(field: FieldName, value: string, { entries, found }: Speaker['known']): string {
  if (table[field].kind !== 'person') return value.replaceAll('\n', ', ').replace(/^sips?:/i, '');
  const entry = entries.get(value as PersonId);
  return entry === undefined ? (found.get(value as PersonId)?.fields.name ?? value) : nameOf(entry);
}
