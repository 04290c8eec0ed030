// At a person, in short: the manager, colleagues under the same one, and whom the person manages, as far as they are held;
// the whole is a page of its own.

import { Network } from 'lucide-react';
import type { ReactNode } from 'react';
import { nameOf, shown, type Fields, type PersonId } from '../../../browser/browser.ts';
import { useBook, useEntry } from '../engine/use-book.ts';
import { Key } from '../kit/key.tsx';
import { Portrait } from '../list/portrait.tsx';
import { printedKeys, useKey } from '../shell/keys.ts';
import { Link } from '../shell/link.tsx';
import { everyone, go } from '../shell/place.ts';
import { useSeldomTexts } from '../texts/texts.tsx';
import { reportsHeld } from './around.ts';
import buttons from '../kit/button.module.css';
import css from './strip.module.css';

interface StripProps {
  readonly person: PersonId;
  readonly fields: Fields;
}

export function OrganisationStrip({ person, fields }: StripProps): ReactNode {
  const { organisation } = useSeldomTexts();
  const { manager = '' } = fields;
  const colleagues = useBook((snapshot) => reportsHeld(snapshot, manager)).filter((each) => each !== person);
  const reports = useBook((snapshot) => reportsHeld(snapshot, person));
  useKey('organisation', () => go({ kind: 'organisation', person }));
  return (
    <section className={css.strip} aria-labelledby="group-organisation">
      <h2 id="group-organisation" className={css.heading}>
        {organisation.title}
      </h2>
      <Row words={organisation.manager} people={manager === '' ? [] : [manager as PersonId]} />
      <Row words={organisation.colleagues} people={colleagues} />
      <Row words={organisation.manages} people={reports} />
      <Link to={{ kind: 'organisation', person }} className={buttons.plain}>
        <Network size={17} aria-hidden />
        {organisation.show}
        {printedKeys('organisation').map((key) => (
          <Key key={key}>{key}</Key>
        ))}
      </Link>
    </section>
  );
}

const most = 6;

function Row({ words, people }: { readonly words: string; readonly people: readonly PersonId[] }): ReactNode {
  const { organisation } = useSeldomTexts();
  if (people.length === 0) return null;
  return (
    <div className={css.row}>
      <span className={css.words}>{words}</span>
      <ul className={css.people} aria-label={words}>
        {people.slice(0, most).map((each) => (
          <Chip key={each} person={each} />
        ))}
        {people.length > most && <li className={css.more}>{organisation.andMore(people.length - most)}</li>}
      </ul>
    </div>
  );
}

function Chip({ person }: { readonly person: PersonId }): ReactNode {
  const entry = useEntry(person);
  const found = useBook((snapshot) => snapshot.found.get(person));
  const fields = entry === undefined ? found?.fields : shown(entry);
  if (fields === undefined) return null;
  return (
    <li>
      <Link to={{ kind: 'person', person, list: everyone }} className={css.chip}>
        <Portrait person={person} fields={fields} />
        {entry === undefined ? (fields.name ?? person) : nameOf(entry)}
      </Link>
    </li>
  );
}
