// The history: all that was told, newest first, under its days. What of it is asked for is in the address, so that going
// back comes back to it. What one has looked at for a moment is seen, except where only the unseen are asked for: those
// stay until they are ticked off.

import { CheckCheck, X } from 'lucide-react';
import { useDeferredValue, useEffect, useMemo, useRef, useState, type ReactNode, type RefObject } from 'react';
import { nameOf, promptsOf, tellingsOf, type PersonId, type Telling } from '../../../browser/browser.ts';
import { useBook, useEntry, useFieldLabel, useTheBook } from '../engine/use-book.ts';
import { classes } from '../kit/classes.ts';
import { SearchField } from '../kit/search-field.tsx';
import { attempt } from '../kit/say.ts';
import { Link } from '../shell/link.tsx';
import { Page } from '../shell/page.tsx';
import { go, type HistoryPlace } from '../shell/place.ts';
import { useTitle } from '../shell/title.ts';
import { useSeldomTexts, useTexts } from '../texts/texts.tsx';
import { keyOf } from './lines.ts';
import { Notice } from './notice.tsx';
import { OutsideChoice } from './outside-choice.tsx';
import { Question } from './question.tsx';
import { promptsAskedFor } from './search.ts';
import { unseenTellings } from './unseen.ts';
import buttons from '../kit/button.module.css';
import frame from '../shell/page.module.css';
import css from './history.module.css';

/** So many notices are drawn, and as many more each time they are asked for. */
const page = 40;

export default function HistoryPage({ place }: { readonly place: HistoryPlace }): ReactNode {
  const texts = useTexts();
  const asks = useBook(({ state }) => state.kind === 'asks');
  useTitle(texts.places.history);
  return (
    <Page title={texts.places.history} act={<AllSeen />}>
      {asks && (
        <div className={css.question}>
          <Question />
        </div>
      )}
      <Filters place={place} />
      <Told key={`${place.unseenOnly} ${place.person}`} place={place} />
      <OutsideChoice />
    </Page>
  );
}

function AllSeen(): ReactNode {
  const texts = useTexts();
  const { notices } = useSeldomTexts();
  const book = useTheBook();
  const unseen = useBook(({ prompts }) => unseenTellings(prompts).length);
  if (unseen === 0) return null;
  return (
    <button type="button" className={buttons.plain} onClick={() => void attempt(texts, () => book.seenAll())}>
      <CheckCheck size={17} aria-hidden />
      {notices.allSeen}
    </button>
  );
}

function Filters({ place }: { readonly place: HistoryPlace }): ReactNode {
  const { notices } = useSeldomTexts();
  const unseen = useBook(({ prompts }) => unseenTellings(prompts).length);
  const ask = (part: Partial<HistoryPlace>): void => go({ ...place, ...part }, { replace: true });
  return (
    <div className={css.filters}>
      <SearchField
        label={notices.search}
        hint={notices.searchHint}
        text={place.text ?? ''}
        seek={(text) => ask({ text })}
      />
      <nav className={frame.chips} aria-label={notices.filters}>
        <Chip to={{ ...place, unseenOnly: false }} here={place.unseenOnly !== true} words={notices.all} />
        <Chip to={{ ...place, unseenOnly: true }} here={place.unseenOnly === true} words={notices.unseenOnly(unseen)} />
        {place.person !== undefined && <OfPerson place={place} person={place.person} />}
      </nav>
    </div>
  );
}

interface ChipProps {
  readonly to: HistoryPlace;
  readonly here: boolean;
  readonly words: string;
}

const Chip = ({ to, here, words }: ChipProps): ReactNode => (
  <Link to={to} replace className={classes(frame.chip, here && frame.here)} aria-current={here ? 'true' : undefined}>
    {words}
  </Link>
);

function OfPerson({ place, person }: { readonly place: HistoryPlace; readonly person: PersonId }): ReactNode {
  const { notices } = useSeldomTexts();
  const entry = useEntry(person);
  const told = useBook(({ prompts }) => prompts.findLast((prompt) => prompt.person === person)?.name);
  const name = entry === undefined ? (told ?? person) : nameOf(entry);
  return (
    <Link
      to={{ ...place, person: undefined }}
      replace
      className={classes(frame.chip, frame.here)}
      aria-label={notices.notOnly(name)}
    >
      {notices.only(name)}
      <X size={15} aria-hidden />
    </Link>
  );
}

function Told({ place }: { readonly place: HistoryPlace }): ReactNode {
  const texts = useTexts();
  const { notices } = useSeldomTexts();
  const book = useTheBook();
  const [drawn, setDrawn] = useState(page);
  const list = useRef<HTMLDivElement>(null);
  const tellings = useTellings(place);
  const anyOlder = useBook((snapshot) => snapshot.anyOlder);
  const read = useBook(({ prompts }) => prompts.length);
  const here = useMemo(() => tellings.slice(0, drawn), [tellings, drawn]);
  useLookedAt(list, here, place.unseenOnly !== true);
  useEffect(() => {
    // Page by page, until there is enough that fits, or no more: a page in which nothing fits is followed by the next.
    if (anyOlder && tellings.length < drawn) void attempt(texts, () => book.readOlder());
    // `read`: a page more is here.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [anyOlder, book, drawn, read, tellings.length, texts]);
  if (tellings.length === 0 && !anyOlder) return <Nothing place={place} />;
  return (
    <div ref={list}>
      {[...daysOf(here)].map(([day, each]) => (
        <section key={day} aria-label={notices.day(day)}>
          <h2 className={css.day}>{notices.day(day)}</h2>
          <ul className={css.told}>
            {each.map((telling) => (
              <li key={keyOf(telling)} data-key={keyOf(telling)} className={css.item}>
                <Notice telling={telling} />
              </li>
            ))}
          </ul>
        </section>
      ))}
      {tellings.length > drawn && (
        <button type="button" className={classes(buttons.plain, css.older)} onClick={() => setDrawn(drawn + page)}>
          {notices.older}
        </button>
      )}
    </div>
  );
}

function Nothing({ place }: { readonly place: HistoryPlace }): ReactNode {
  const { notices } = useSeldomTexts();
  const isWhole = place.person === undefined && (place.text ?? '') === '';
  if (!isWhole)
    return (
      <div className={frame.nothing} role="status">
        <p>{notices.nothingFits}</p>
        <Link to={{ kind: 'history' }} replace className={buttons.plain}>
          {notices.showAll}
        </Link>
      </div>
    );
  return (
    <p className={frame.nothing} role="status">
      {place.unseenOnly === true ? notices.nothingUnseen : notices.nothing}
    </p>
  );
}

function useTellings(place: HistoryPlace): readonly Telling[] {
  const prompts = useBook((snapshot) => snapshot.prompts);
  const entries = useBook((snapshot) => snapshot.entries);
  const { terminal } = useTheBook();
  const { label: language } = useTexts();
  const label = useFieldLabel();
  const { text = '', unseenOnly = false, person } = useDeferredValue(place);
  return useMemo(
    () => tellingsOf(promptsAskedFor(prompts, { kind: 'history', text, unseenOnly, person }, { label, entries })),
    // The labels are the administrator's, in the language that is spoken.
    // oxlint-disable-next-line react/exhaustive-deps
    [prompts, entries, text, unseenOnly, person, terminal.labels, language],
  );
}

/** By the beginning of each day, newest first, as the tellings are. */
function daysOf(tellings: readonly Telling[]): ReadonlyMap<number, readonly Telling[]> {
  return Map.groupBy(tellings, ({ at }) => new Date(at).setHours(0, 0, 0, 0));
}

const seenAfterMilliseconds = 1500;

/** What is in the window for a moment, while the window is looked at, has been seen. */
function useLookedAt(list: RefObject<HTMLElement | null>, tellings: readonly Telling[], wanted: boolean): void {
  const book = useTheBook();
  const texts = useTexts();
  useEffect(() => {
    if (!wanted || list.current === null) return undefined;
    const unseen = new Map(tellings.filter(({ seen }) => !seen).map((telling) => [keyOf(telling), telling]));
    if (unseen.size === 0) return undefined;
    const inWindow = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const mark = (): void => {
      if (document.visibilityState !== 'visible') return wait();
      const ids = [...inWindow].flatMap((key) => promptsOf(unseen.get(key) as Telling));
      void attempt(texts, () => book.seen(ids));
    };
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(mark, seenAfterMilliseconds);
    };
    const observer = new IntersectionObserver((changes) => {
      for (const { target, isIntersecting } of changes) {
        const key = target.closest<HTMLElement>('[data-key]')?.dataset['key'] ?? '';
        if (isIntersecting && unseen.has(key)) inWindow.add(key);
        else inWindow.delete(key);
      }
      wait();
    });
    for (const head of list.current.querySelectorAll('[data-telling]')) observer.observe(head);
    return () => {
      observer.disconnect();
      clearTimeout(timer);
    };
  }, [book, list, tellings, texts, wanted]);
}
