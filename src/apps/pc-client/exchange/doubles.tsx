// Cards of whom the book may have somebody already, each beside that entry. Nobody is merged unasked: at first a card becomes
// a contact of its own, unless the book has all of it.

import { useId, type ReactNode } from 'react';
import { nameOf, shown } from '../../../browser/browser.ts';
import { useBook } from '../engine/use-book.ts';
import { numberToCall } from '../list/row.tsx';
import { useTexts } from '../texts/texts.tsx';
import { aboutContact, nameOfContact } from './contact.ts';
import type { Card } from './reading.ts';
import { Some } from './some.tsx';
import buttons from '../kit/button.module.css';
import css from './import.module.css';

export type Decision = 'add' | 'merge' | 'leave';

export const decisionAtFirst = ({ known }: Card): Decision => (known === 'not' ? 'add' : 'leave');

interface DoublesProps {
  readonly cards: readonly Card[];
  readonly decisions: ReadonlyMap<Card, Decision>;
  readonly decide: (which: readonly Card[], decision: Decision) => void;
}

const decisions: readonly Decision[] = ['add', 'merge', 'leave'];
const mayMerge = ({ alike }: Card): boolean => alike.length > 0;

export function Doubles({ cards, decisions: decided, decide }: DoublesProps): ReactNode {
  const { exchange } = useTexts();
  return (
    <section aria-labelledby="import-doubles">
      <h2 id="import-doubles" className={css.heading}>
        {exchange.mayBeThere(cards.length)}
      </h2>
      {cards.length > 1 && (
        <div className={css.all} role="group" aria-label={exchange.forAll}>
          <span className={css.quiet}>{exchange.forAll}</span>
          {decisions.map((decision) => (
            <button
              key={decision}
              type="button"
              className={buttons.plain}
              onClick={() => decide(decision === 'merge' ? cards.filter(mayMerge) : cards, decision)}
            >
              {exchange.decisions[decision]}
            </button>
          ))}
        </div>
      )}
      <Some of={cards} className={css.doubles}>
        {(card, at) => (
          <li key={at}>
            <Double
              card={card}
              decision={decided.get(card) ?? decisionAtFirst(card)}
              decide={(decision) => decide([card], decision)}
            />
          </li>
        )}
      </Some>
    </section>
  );
}

interface DoubleProps {
  readonly card: Card;
  readonly decision: Decision;
  readonly decide: (decision: Decision) => void;
}

function Double({ card, decision, decide }: DoubleProps): ReactNode {
  const { exchange } = useTexts();
  const group = useId();
  const name = nameOfContact(card.contact) || exchange.nameless;
  return (
    <fieldset className={css.double}>
      <legend className="unseen-by-eye">{name}</legend>
      <div className={css.sides}>
        <div className={css.side}>
          <span className={css.tiny}>{exchange.inFile}</span>
          <span className={css.name}>{name}</span>
          <span className={css.quiet}>{aboutContact(card.contact)}</span>
        </div>
        <InBook card={card} />
      </div>
      <div className={css.decisions}>
        {decisions
          .filter((each) => each !== 'merge' || mayMerge(card))
          .map((each) => (
            <label key={each} className={css.decision}>
              <input type="radio" name={group} checked={decision === each} onChange={() => decide(each)} />
              {exchange.decisions[each]}
            </label>
          ))}
      </div>
    </fieldset>
  );
}

function InBook({ card: { alike, known } }: { readonly card: Card }): ReactNode {
  const { exchange } = useTexts();
  const [first] = alike;
  const entry = useBook(({ entries }) => (first === undefined ? undefined : entries.get(first.person)));
  if (first === undefined || entry === undefined)
    return <div className={css.side}>{known === 'in-file' && <span className={css.quiet}>{exchange.twice}</span>}</div>;
  const fields = shown(entry);
  return (
    <div className={css.side}>
      <span className={css.tiny}>{exchange.inBook}</span>
      <span className={css.name}>{nameOf(entry)}</span>
      <span className={css.quiet}>
        {[fields.company ?? fields.department, numberToCall(fields), fields.mail].filter(Boolean).join(' · ')}
      </span>
      <span className={css.tiny}>
        {known === 'in-book' ? exchange.hasAll : exchange.same(first.by.map((by) => exchange.likeness[by]))}
      </span>
    </div>
  );
}
