import { useState, type ReactNode } from 'react';
import { useTheBook } from '../engine/use-book.ts';
import { attempt, say } from '../kit/say.ts';
import { everyone, go } from '../shell/place.ts';
import { useTexts } from '../texts/texts.tsx';
import { aboutContact, nameOfContact } from './contact.ts';
import { Doubles, decisionAtFirst, type Decision } from './doubles.tsx';
import { readNothing, type Card, type Unread } from './reading.ts';
import { Some } from './some.tsx';
import { takeIn, type Decided } from './taking-in.ts';
import buttons from '../kit/button.module.css';
import css from './import.module.css';

interface PreviewProps {
  readonly cards: readonly Card[];
  readonly unread: readonly Unread[];
}

export function Preview({ cards, unread }: PreviewProps): ReactNode {
  const { exchange } = useTexts();
  const [decisions, setDecisions] = useState<ReadonlyMap<Card, Decision>>(new Map());
  const doubles = cards.filter(isDouble);
  const fresh = cards.filter((card) => !isDouble(card));
  const decided = decidedOf(cards, decisions);
  return (
    <>
      <p className={css.lead} role="status">
        {exchange.found(cards.length)}
        {doubles.length > 0 && ` ${exchange.mayBeThere(doubles.length)}`}
        {unread.length > 0 && ` ${exchange.notRead(unread.length)}`}
      </p>
      <TakeIn decided={decided} />
      {doubles.length > 0 && (
        <Doubles
          cards={doubles}
          decisions={decisions}
          decide={(which, decision) =>
            setDecisions(new Map([...decisions, ...which.map((card) => [card, decision] as const)]))
          }
        />
      )}
      {fresh.length > 0 && (
        <section aria-labelledby="import-new">
          <h2 id="import-new" className={css.heading}>
            {exchange.fresh(fresh.length)}
          </h2>
          <Some of={fresh} className={css.people}>
            {({ contact }, at) => (
              <li key={at} className={css.person}>
                <span className={css.name}>{nameOfContact(contact) || exchange.nameless}</span>
                <span className={css.quiet}>{aboutContact(contact)}</span>
              </li>
            )}
          </Some>
        </section>
      )}
      {unread.length > 0 && <NotRead unread={unread} />}
    </>
  );
}

const isDouble = ({ alike, known }: Card): boolean => alike.length > 0 || known !== 'not';

function decidedOf(cards: readonly Card[], decisions: ReadonlyMap<Card, Decision>): Decided {
  const by = Map.groupBy(cards, (card) => decisions.get(card) ?? decisionAtFirst(card));
  const merged = (by.get('merge') ?? []).flatMap(({ contact, alike: [first] }) =>
    first === undefined ? [] : [{ into: first.person, contact }],
  );
  return { added: (by.get('add') ?? []).map(({ contact }) => contact), merged };
}

/** The one button, and that it is at work. */
function TakeIn({ decided }: { readonly decided: Decided }): ReactNode {
  const texts = useTexts();
  const { exchange } = texts;
  const book = useTheBook();
  const [acting, setActing] = useState(false);
  const count = decided.added.length + decided.merged.length;
  async function act(): Promise<void> {
    setActing(true);
    let undo = (): Promise<void> => Promise.resolve();
    const taken = await attempt(texts, async () => {
      undo = await takeIn(book, decided, texts.label);
    });
    setActing(false);
    if (!taken) return;
    readNothing();
    go(everyone);
    say(exchange.imported(decided.added.length, decided.merged.length), {
      label: texts.did.undo,
      act: () => void attempt(texts, () => undo()),
    });
  }
  return (
    <div className={css.acts}>
      <button type="button" className={buttons.primary} disabled={count === 0 || acting} onClick={() => void act()}>
        {exchange.takeIn(count)}
      </button>
      <button type="button" className={buttons.plain} disabled={acting} onClick={readNothing}>
        {exchange.otherFile}
      </button>
      {acting && <progress className={css.progress} aria-label={exchange.takingIn} />}
    </div>
  );
}

function NotRead({ unread }: { readonly unread: readonly Unread[] }): ReactNode {
  const { exchange } = useTexts();
  return (
    <section aria-labelledby="import-unread">
      <h2 id="import-unread" className={css.heading}>
        {exchange.notRead(unread.length)}
      </h2>
      <p className={css.quiet}>{exchange.notReadHint}</p>
      <Some of={unread} className={css.people}>
        {({ file, line, problem }, at) => (
          <li key={at} className={css.person}>
            <span className={css.name}>{exchange.atLine(file, line)}</span>
            <span className={css.quiet}>{exchange.problem(problem)}</span>
          </li>
        )}
      </Some>
    </section>
  );
}
