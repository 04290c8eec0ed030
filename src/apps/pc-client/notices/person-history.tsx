import { useMemo, type ReactNode } from 'react';
import { tellingsOf, type PersonId } from '../../../browser/browser.ts';
import { promptsAbout, useBook } from '../engine/use-book.ts';
import { Link } from '../shell/link.tsx';
import { useSeldomTexts } from '../texts/texts.tsx';
import { keyOf } from './lines.ts';
import { Notice } from './notice.tsx';
import css from './person-history.module.css';

const mostShown = 4;

/** What was told of a person lately, at the person; the rest is in the history. */
export default function PersonHistory({ person }: { readonly person: PersonId }): ReactNode {
  const { notices } = useSeldomTexts();
  const prompts = useBook((snapshot) => promptsAbout(snapshot.prompts, person));
  const tellings = useMemo(() => tellingsOf(prompts), [prompts]);
  if (tellings.length === 0) return null;
  return (
    <section className={css.history} aria-labelledby="person-history">
      <h2 id="person-history" className={css.title}>
        {notices.ofPerson}
      </h2>
      <ul>
        {tellings.slice(0, mostShown).map((telling) => (
          <li key={keyOf(telling)} className={css.item}>
            <Notice telling={telling} nameless />
          </li>
        ))}
      </ul>
      {tellings.length > mostShown && (
        <Link to={{ kind: 'history', person }} className={css.all}>
          {notices.allOfPerson(tellings.length)}
        </Link>
      )}
    </section>
  );
}
