// What an empty address book begins with.

import type { ReactNode } from 'react';
import { useSeldomTexts } from '../texts/texts.tsx';
import { NotHere } from './asked.tsx';
import { KeepAll } from './keep-all.tsx';
import { People } from './people.tsx';
import { useSuggestions } from './suggested.ts';
import css from './suggestions.module.css';

const most = 8;

export default function Suggestions(): ReactNode {
  const { organisation } = useSeldomTexts();
  const asked = useSuggestions(true);
  if (asked.kind !== 'here') return asked.kind === 'failed' ? <NotHere asked={asked} /> : null;
  const { people, department } = asked.answer;
  if (people.length === 0) return null;
  return (
    <section className={css.suggestions} aria-labelledby="suggestions">
      <h2 id="suggestions" className={css.heading}>
        {organisation.suggested}
      </h2>
      <People
        label={organisation.suggested}
        people={people.slice(0, most).map(({ person, why }) => ({ person, note: organisation.why[why] }))}
      />
      {department !== undefined && <KeepAll department={department} />}
    </section>
  );
}
