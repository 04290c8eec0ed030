// The brake asks: so many would go at once that somebody may have made a mistake. Exactly whom it concerns is said before
// either answer, and until there is one every entry stays as it is.

import { useState, type ReactNode } from 'react';
import { nameOf, shown, type PersonalEntry, type PersonId } from '../../../browser/browser.ts';
import { useBook, useTheBook } from '../engine/use-book.ts';
import { attempt, say } from '../kit/say.ts';
import { quietLine } from '../list/row.tsx';
import { Link } from '../shell/link.tsx';
import { everyone } from '../shell/place.ts';
import { useSeldomTexts, useTexts } from '../texts/texts.tsx';
import buttons from '../kit/button.module.css';
import css from './question.module.css';

const nobody: readonly PersonId[] = [];

interface QuestionProps {
  /** Where it may be put aside: the dot that says that it waits leads to it. */
  readonly later?: () => void;
}

export function Question({ later }: QuestionProps): ReactNode {
  const texts = useTexts();
  const book = useTheBook();
  const removals = useBook(({ state }) => (state.kind === 'asks' ? state.removals : nobody));
  const entries = useBook((snapshot) => snapshot.entries);
  const [answered, setAnswered] = useState(false);
  const concerned = removals.flatMap((person) => entries.get(person) ?? []);
  const { question } = useSeldomTexts();
  if (removals.length === 0) return null;

  async function answer(proceed: boolean): Promise<void> {
    setAnswered(true);
    const done = await attempt(texts, () => book.answerBrake(proceed));
    setAnswered(false);
    if (done) say(proceed ? question.didLeave(removals.length) : question.didKeep(removals.length));
  }
  return (
    <section className={css.question} aria-labelledby="question">
      <h2 id="question" className={css.title}>
        {question.title(removals.length)}
      </h2>
      <p className={css.words}>{question.words}</p>
      <ul className={css.people} aria-label={question.concerned}>
        {concerned.map((entry) => (
          <Concerned key={entry.person} entry={entry} />
        ))}
      </ul>
      <div className={css.answers}>
        <button type="button" className={buttons.plain} disabled={answered} onClick={() => void answer(true)}>
          {question.left}
        </button>
        <button type="button" className={buttons.plain} disabled={answered} onClick={() => void answer(false)}>
          {question.keep}
        </button>
        {later !== undefined && (
          <button type="button" className={css.later} onClick={later}>
            {question.later}
          </button>
        )}
      </div>
    </section>
  );
}

const Concerned = ({ entry }: { readonly entry: PersonalEntry }): ReactNode => (
  <li className={css.person}>
    <Link to={{ kind: 'person', person: entry.person, list: everyone }} className={css.name}>
      {nameOf(entry)}
    </Link>
    <span className={css.quiet}>{quietLine(shown(entry))}</span>
  </li>
);
