// What only the server knows is asked for when somebody looks at it, and kept nowhere. While it is under way, and where it
// did not come, the page says so in words; once the server is back it is asked again by itself.

import { useEffect, useEffectEvent, useState, type ReactNode } from 'react';
import { useTheBook } from '../engine/use-book.ts';
import { wordsOf } from '../kit/say.ts';
import { useSeldomTexts, useTexts } from '../texts/texts.tsx';
import buttons from '../kit/button.module.css';
import css from './organisation.module.css';

export type Asked<Answer> =
  | { readonly kind: 'asking' }
  | { readonly kind: 'here'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly words: string; readonly again: () => void };

/** What `ask` gives; asked anew where `about` is another. The answer before is gone by then. */
export function useAsked<Answer>(about: string, ask: () => Promise<Answer>): Asked<Answer> {
  const texts = useTexts();
  const book = useTheBook();
  const [times, setTimes] = useState(0);
  const [asked, setAsked] = useState<{ readonly about: string; readonly now: Asked<Answer> }>();
  const again = (): void => {
    setAsked(undefined);
    setTimes((count) => count + 1);
  };
  const askNow = useEffectEvent(ask);
  const failed = useEffectEvent((fault: unknown) =>
    setAsked({ about, now: { kind: 'failed', words: wordsOf(fault, texts), again } }),
  );
  useEffect(() => {
    let wanted = true;
    askNow().then(
      (answer) => wanted && setAsked({ about, now: { kind: 'here', answer } }),
      (fault: unknown) => wanted && failed(fault),
    );
    return () => {
      wanted = false;
    };
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- `times`: once more
  }, [about, times]);
  const now: Asked<Answer> = asked?.about === about ? asked.now : { kind: 'asking' };
  const isFailed = now.kind === 'failed';
  const backAgain = useEffectEvent(again);
  useEffect(() => {
    if (!isFailed || book.snapshot.state.kind === 'live') return undefined;
    return book.subscribe(() => book.snapshot.state.kind === 'live' && backAgain());
  }, [book, isFailed]);
  return now;
}

/** In the place of what is not here. */
export function NotHere({ asked }: { readonly asked: Exclude<Asked<unknown>, { kind: 'here' }> }): ReactNode {
  const { organisation } = useSeldomTexts();
  if (asked.kind === 'asking')
    return (
      <p className={css.said} role="status">
        {organisation.asking}
      </p>
    );
  return (
    <div className={css.said} role="status">
      <p>{asked.words}</p>
      <button type="button" className={buttons.plain} onClick={asked.again}>
        {organisation.again}
      </button>
    </div>
  );
}
