// What is printed in place of the page: of a list a telephone list in columns, of a person all that is known. It is made
// when the browser is about to print, whether by our menu or by its own, and is gone afterwards.

import { useEffect, useState, type ReactNode } from 'react';
import { createPortal, flushSync } from 'react-dom';
import { nameOf, shown, type PersonalEntry, type PersonId } from '../../../browser/browser.ts';
import { useBook, useFieldLabel } from '../engine/use-book.ts';
import { nameOfList, peopleOf } from '../list/chosen.ts';
import { quietLine } from '../list/row.tsx';
import { useSelection } from '../list/selection.ts';
import { fieldGroups } from '../person/fields.ts';
import { isList, usePlace, type ListPlace } from '../shell/place.ts';
import { useTexts } from '../texts/texts.tsx';
import css from './paper.module.css';

export function Paper(): ReactNode {
  const [printedAt, setPrintedAt] = useState<Date>();
  const place = usePlace();
  useEffect(() => {
    // Before the browser goes on, so at once.
    const begin = (): void => flushSync(() => setPrintedAt(new Date()));
    const end = (): void => setPrintedAt(undefined);
    addEventListener('beforeprint', begin);
    addEventListener('afterprint', end);
    return () => {
      removeEventListener('beforeprint', begin);
      removeEventListener('afterprint', end);
    };
  }, []);
  if (printedAt === undefined) return null;
  const sheet = isList(place) ? (
    <ListSheet place={place} at={printedAt} />
  ) : place.kind === 'person' ? (
    <PersonSheet person={place.person} at={printedAt} />
  ) : null;
  return sheet === null ? null : createPortal(<div className={css.paper}>{sheet}</div>, document.body);
}

interface ListSheetProps {
  readonly place: ListPlace;
  readonly at: Date;
}

function ListSheet({ place, at }: ListSheetProps): ReactNode {
  const texts = useTexts();
  const listed = useBook((snapshot) => peopleOf(snapshot, place));
  const entries = useBook((snapshot) => snapshot.entries);
  const selected = useSelection(({ people }) => people);
  const people = selected.size === 0 ? listed : listed.filter(({ person }) => selected.has(person));
  const letters = Map.groupBy(people, ({ letter }) => letter);
  return (
    <>
      <Head title={nameOfList(place, texts)} under={texts.list.count(people.length)} at={at} />
      <div className={css.columns}>
        {[...letters].map(([letter, those]) => (
          <section key={letter}>
            <h2 className={css.letter}>{letter}</h2>
            {those.map(({ person }) => {
              const entry = entries.get(person);
              return entry === undefined ? null : <Line key={person} entry={entry} />;
            })}
          </section>
        ))}
      </div>
    </>
  );
}

function Line({ entry }: { readonly entry: PersonalEntry }): ReactNode {
  const fields = shown(entry);
  const { officeTelephone, mobileTelephone, otherTelephones } = fields;
  const numbers = [officeTelephone, mobileTelephone, ...(otherTelephones?.split('\n') ?? [])]
    .concat(entry.own.numbers.map(({ label, number }) => [label, number].filter(Boolean).join(' ')))
    .filter((number) => number !== undefined);
  return (
    <div className={css.line}>
      <span>
        <span className={css.name}>{nameOf(entry)}</span> <span className={css.quiet}>{quietLine(fields)}</span>
      </span>
      <span className={css.numbers}>
        {numbers.map((number) => (
          <span key={number}>{number}</span>
        ))}
      </span>
    </div>
  );
}

interface PersonSheetProps {
  readonly person: PersonId;
  readonly at: Date;
}

function PersonSheet({ person, at }: PersonSheetProps): ReactNode {
  const texts = useTexts();
  const labelOf = useFieldLabel();
  const entry = useBook(({ entries }) => entries.get(person));
  const found = useBook((snapshot) => snapshot.found.get(person));
  const fields = entry === undefined ? found?.fields : shown(entry);
  if (fields === undefined) return null;
  const own = entry?.own;
  return (
    <>
      <Head title={entry === undefined ? (fields.name ?? person) : nameOf(entry)} under={quietLine(fields)} at={at} />
      <dl className={css.fields}>
        {fieldGroups.flatMap((group) =>
          group.fields.flatMap((field) => {
            const value = fields[field];
            // A person is a name only on the screen.
            if (value === undefined || field === 'manager') return [];
            return [<Row key={field} label={labelOf(field)} value={value.replace(/^sips?:/i, '')} />];
          }),
        )}
        {own?.numbers.map(({ label, number }) => (
          <Row key={`${label} ${number}`} label={label === '' ? texts.person.ownNumber : label} value={number} />
        ))}
        {own !== undefined && own.groups.length > 0 && (
          <Row label={texts.person.groups} value={own.groups.join(', ')} />
        )}
        {own !== undefined && own.note !== '' && <Row label={texts.person.note} value={own.note} />}
      </dl>
    </>
  );
}

interface HeadProps {
  readonly title: string;
  readonly under: string;
  readonly at: Date;
}

function Head({ title, under, at }: HeadProps): ReactNode {
  const { exchange } = useTexts();
  return (
    <header className={css.head}>
      <h1 className={css.title}>{title}</h1>
      <span className={css.quiet}>{under}</span>
      <span className={css.day}>{exchange.day(at)}</span>
    </header>
  );
}

function Row({ label, value }: { readonly label: string; readonly value: string }): ReactNode {
  return (
    <div className={css.field}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}
