// What goes with the page wherever one is in it: the column of notices at the side, the same said to who hears the page, the
// count of the unseen at the icon, and notifications of the system while nobody looks.

import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import {
  promptsOf,
  tellingsOf,
  type StoredPrompt,
  type Telling,
  type TerminalState,
} from '../../../browser/browser.ts';
import { useBook, useFieldLabel, useTheBook } from '../engine/use-book.ts';
import { attempt } from '../kit/say.ts';
import { useKey } from '../shell/keys.ts';
import { Link } from '../shell/link.tsx';
import { useSeldomTexts, useTexts } from '../texts/texts.tsx';
import { keyOf } from './lines.ts';
import { Notice } from './notice.tsx';
import { useOutside } from './outside.ts';
import { Question } from './question.tsx';
import { sentenceOf, type Speaker } from './sentence.ts';
import { unseenTellings } from './unseen.ts';
import css from './notices.module.css';

/** Of more than so many the history tells: a column is to be taken in at a glance. */
const mostShown = 3;
/** A notice that nobody turned to leaves the column after so long; it stays unseen, in the history. */
const staysMilliseconds = 20_000;

export default function Notices({ onHistory }: { readonly onHistory: boolean }): ReactNode {
  const fresh = useFresh();
  const speaker = useSpeaker();
  const newest = fresh[0];
  const sentence = newest === undefined ? '' : sentenceOf(newest, speaker);
  useBadge();
  useOutside(fresh, speaker);
  return (
    <>
      <p className="unseen-by-eye" role="status" data-notices>
        {sentence}
      </p>
      {!onHistory && <Column fresh={fresh} />}
    </>
  );
}

const freshBy = new WeakMap<readonly StoredPrompt[], readonly StoredPrompt[]>();
const none: readonly StoredPrompt[] = [];

/** What came while the page was open and nobody has seen: the same array as long as it is the same prompts. */
function freshOf(prompts: readonly StoredPrompt[], openedAfter: number): readonly StoredPrompt[] {
  const known = freshBy.get(prompts);
  if (known !== undefined) return known;
  const made = prompts.filter(({ id, seen }) => id > openedAfter && !seen);
  freshBy.set(prompts, made.length === 0 ? none : made);
  return made.length === 0 ? none : made;
}

function useFresh(): readonly Telling[] {
  const fresh = useBook(({ prompts, openedAfter }) => freshOf(prompts, openedAfter));
  return useMemo(() => tellingsOf(fresh), [fresh]);
}

function useSpeaker(): Speaker {
  const texts = useSeldomTexts();
  const label = useFieldLabel();
  const book = useTheBook();
  return { texts, label, known: book.snapshot };
}

function Column({ fresh }: { readonly fresh: readonly Telling[] }): ReactNode {
  const texts = useTexts();
  const { notices } = useSeldomTexts();
  const book = useTheBook();
  const [past, setPast] = useState<ReadonlySet<string>>(new Set());
  const column = useRef<HTMLElement>(null);
  const asked = useBook(({ state }) => (state.kind === 'asks' ? state : undefined));
  const [putAside, putLater] = useState<TerminalState>();
  const asks = asked !== undefined && asked !== putAside;
  const here = fresh.filter((telling) => !past.has(keyOf(telling)));
  const focus = useFocusWithin(column);
  useKey('notices', () => focus.come());

  function leave(telling: Telling): void {
    setPast((before) => new Set([...before, keyOf(telling)]));
  }
  function hear(event: KeyboardEvent, telling: Telling): void {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    void attempt(texts, () => book.seen(promptsOf(telling)));
  }
  if (here.length === 0 && !asks) return null;
  const rest = here.length - mostShown;
  return (
    <section ref={column} className={css.column} aria-label={notices.column} {...focus.followed}>
      {asks && (
        <div className={css.card}>
          <Question later={() => putLater(asked)} />
        </div>
      )}
      {here.slice(0, mostShown).map((telling) => (
        <Card
          key={keyOf(telling)}
          telling={telling}
          leave={() => leave(telling)}
          hear={(event) => hear(event, telling)}
        />
      ))}
      {here.length > 1 && (
        <p className={css.rest}>
          {rest > 0 && <Link to={{ kind: 'history', unseenOnly: true }}>{notices.more(rest)}</Link>}
          <button type="button" onClick={() => setPast(new Set([...past, ...here.map(keyOf)]))}>
            {texts.did.dismiss}
          </button>
        </p>
      )}
    </section>
  );
}

interface CardProps {
  readonly telling: Telling;
  readonly leave: () => void;
  readonly hear: (event: KeyboardEvent) => void;
}

/** Stays as long as the pointer or the focus is at it, and while nobody looks at the page. */
function Card({ telling, leave, hear }: CardProps): ReactNode {
  const { notices } = useSeldomTexts();
  const card = useRef<HTMLElement>(null);
  const went = useRef(leave);
  useEffect(() => {
    went.current = leave;
  });
  const size = promptsOf(telling).length;
  useEffect(() => {
    const turn = setInterval(() => {
      const turnedTo = card.current?.matches(':hover, :focus-within') ?? false;
      if (!turnedTo && document.visibilityState === 'visible') went.current();
    }, staysMilliseconds);
    return () => clearInterval(turn);
    // From the last of it.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [size]);
  return (
    // Escape at it, wherever in it the focus is.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <article
      ref={card}
      className={css.card}
      tabIndex={-1}
      aria-label={telling.kind === 'one' ? telling.name : notices.people(telling.people.length)}
      onKeyDown={hear}
    >
      <Notice telling={telling} />
    </article>
  );
}

/** Where the focus was before it came to the column, and is again when nothing is left there. */
function useFocusWithin(column: { readonly current: HTMLElement | null }): {
  readonly come: () => boolean;
  readonly followed: { readonly onFocus: () => void; readonly onBlur: () => void };
} {
  const before = useRef<Element>(null);
  const within = useRef(false);
  const first = (): HTMLElement | null => column.current?.querySelector<HTMLElement>('article') ?? null;
  useEffect(() => {
    if (!within.current || document.activeElement !== document.body) return;
    const next = first() ?? before.current;
    if (next instanceof HTMLElement && next.isConnected) next.focus();
    within.current = first() !== null;
  });
  return {
    come: () => {
      const article = first();
      if (article === null) return false;
      before.current = document.activeElement;
      article.focus();
      return true;
    },
    followed: {
      onFocus: () => {
        within.current = true;
      },
      onBlur: () => {
        // Of what is taken out of the page nothing is said; what is left by a key or a click comes here.
        within.current = false;
      },
    },
  };
}

/** At the icon of an installed page, where the system has room for it. */
function useBadge(): void {
  const unseen = useBook(({ prompts }) => unseenTellings(prompts).length);
  useEffect(() => {
    void badge(unseen);
    return () => void badge(0);
  }, [unseen]);
}

async function badge(count: number): Promise<void> {
  // Not in every browser, and only where the page came safely.
  if (!('setAppBadge' in navigator)) return;
  try {
    await navigator.setAppBadge(count);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}
