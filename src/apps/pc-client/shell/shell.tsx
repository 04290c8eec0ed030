// The panes: places, list, person. Three where the window is wide, one on a phone, and the same address shows the same.

import { lazy, Suspense, useState, type ReactNode } from 'react';
import { nameOf, type PersonId } from '../../../browser/browser.ts';
import type { Snapshot } from '../engine/book.ts';
import { useBook } from '../engine/use-book.ts';
import { open } from '../exchange/opened.ts';
import { soon } from '../kit/soon.ts';
import { List } from '../list/list.tsx';
import { SelectionBar } from '../list/selection-bar.tsx';
import { nameOfList } from '../list/chosen.ts';
import { ListHead } from '../list/list-head.tsx';
import { LogIn } from '../log-in/log-in.tsx';
import { useTexts } from '../texts/texts.tsx';
import { useKeptFocus } from './kept-focus.ts';
import { useKey } from './keys.ts';
import { Guard } from './broken.tsx';
import { Link } from './link.tsx';
import { Navigation } from './navigation.tsx';
import { everyone, go, isList, leaveOver, pathOf, usePlace, type ListPlace, type Place } from './place.ts';
import { useTitle } from './title.ts';
import buttons from '../kit/button.module.css';
import css from './shell.module.css';

const PersonPane = lazy(() => soon(() => import('../person/person.tsx')));
const LookUpPane = lazy(() => soon(() => import('../look-up/look-up.tsx')));
const Settings = lazy(() => soon(() => import('../settings/settings.tsx')));
const HistoryPage = lazy(() => soon(() => import('../notices/history.tsx')));
const Notices = lazy(() => soon(() => import('../notices/notices.tsx')));
const Organisation = lazy(() => soon(() => import('../organisation/organisation.tsx')));
const Departments = lazy(() => soon(() => import('../organisation/departments.tsx')));
const KeySheet = lazy(() => soon(() => import('./key-sheet.tsx')));
const Exchange = lazy(() => soon(() => import('../exchange/exchange.tsx')));
const ImportPage = lazy(() => soon(() => import('../exchange/import.tsx')));
const LogInAgain = lazy(() => soon(() => import('../log-in/log-in-again.tsx')));
const Matters = lazy(() => soon(() => import('./matters.tsx')));
const Toasts = lazy(() => soon(() => import('../kit/toasts.tsx')));

/** `notLetIn`: why a log-in that began before the page was here did not come about. */
export function Shell({ notLetIn }: { readonly notLetIn: string | undefined }): ReactNode {
  const place = usePlace();
  const loggedIn = useBook(({ me }) => me !== undefined);
  const [keysShown, showKeys] = useState(false);
  const under = useUnder(place);
  useKeptFocus();
  useKey('look-up', () => loggedIn && go({ kind: 'look-up', text: '' }));
  useKey('new', () => loggedIn && open({ kind: 'form' }));
  useKey('help', () => showKeys(true));
  useKey('everyone', () => loggedIn && go(everyone));
  useKey('history', () => loggedIn && go({ kind: 'history' }));
  useKey('departments', () => loggedIn && go({ kind: 'departments', name: '' }));
  return (
    <>
      {loggedIn ? (
        <Panes place={under} showKeys={() => showKeys(true)} />
      ) : (
        <LogIn trouble={notLetIn} done={() => place.kind === 'log-in' && go(everyone, { replace: true })} />
      )}
      <Guard as={{ instead: null }}>
        <Suspense>{loggedIn && <Notices onHistory={under.kind === 'history'} />}</Suspense>
      </Guard>
      <Guard key={place.kind} as="over">
        <Suspense>
          {loggedIn && place.kind === 'look-up' && <LookUpPane text={place.text} />}
          {loggedIn && place.kind === 'log-in' && <LogInAgain leave={leaveOver} />}
          {keysShown && <KeySheet close={() => showKeys(false)} />}
        </Suspense>
      </Guard>
      <Guard as="over">
        <Suspense>{loggedIn && <Exchange />}</Suspense>
      </Guard>
      <Guard as={{ instead: null }}>
        <Suspense>
          <Matters />
          <Toasts />
        </Suspense>
      </Guard>
    </>
  );
}

/** What lies below a look-up, or a log-in: where it was begun. */
function useUnder(place: Place): UnderPlace {
  const [under, setUnder] = useState<UnderPlace>(everyone);
  if (place.kind === 'look-up' || place.kind === 'log-in' || place === under) return under;
  setUnder(place);
  return place;
}

type UnderPlace = Exclude<Place, { kind: 'look-up' | 'log-in' }>;

interface PanesProps {
  readonly place: UnderPlace;
  readonly showKeys: () => void;
}

function Panes({ place, showKeys }: PanesProps): ReactNode {
  const list = isList(place) ? place : place.kind === 'person' ? place.list : undefined;
  return (
    <div className={css.panes} data-pane={isList(place) ? 'list' : 'one'}>
      <Guard as="pane">
        <Navigation at={list ?? place} showKeys={showKeys} />
      </Guard>
      {list === undefined ? (
        // What is searched for is part of the address, and of the same page.
        <Guard key={pathOf(place).split('?', 1)[0]} as="page">
          <Page place={place as PagePlace} />
        </Guard>
      ) : (
        <Book place={place} list={list} />
      )}
    </div>
  );
}

function Book({ place, list }: { readonly place: Place; readonly list: ListPlace }): ReactNode {
  const texts = useTexts();
  const chosen = place.kind === 'person' ? place.person : undefined;
  const name = useBook((snapshot) => (chosen === undefined ? undefined : nameIn(snapshot, chosen)));
  useTitle(name ?? nameOfList(list, texts));
  return (
    // On a phone only one of the two is to be seen, and either is what the page is about.
    <main className={css.book}>
      <section className={css.list} aria-label={nameOfList(list, texts)}>
        <Guard key={pathOf(list)} as="pane">
          <ListHead place={list} />
          <List place={list} chosen={chosen} />
          <SelectionBar />
        </Guard>
      </section>
      <div key={chosen} className={css.one}>
        <Guard as="pane">
          <Suspense>{chosen === undefined ? <Nobody /> : <PersonPane person={chosen} list={list} />}</Suspense>
        </Guard>
      </div>
    </main>
  );
}

function nameIn({ entries, found }: Snapshot, person: PersonId): string | undefined {
  const entry = entries.get(person);
  return entry === undefined ? found.get(person)?.fields.name : nameOf(entry);
}

function Nobody(): ReactNode {
  const texts = useTexts();
  const isEmpty = useBook(({ entries }) => entries.size === 0);
  if (isEmpty) return null;
  return (
    <div className={css.nobody}>
      <p>{texts.list.choose}</p>
      <p className={css.hint}>{texts.list.chooseKeys}</p>
    </div>
  );
}

type PagePlace = Exclude<Place, ListPlace | { kind: 'person' | 'look-up' | 'log-in' }>;

/** What takes the room of list and person. */
function Page({ place }: { readonly place: PagePlace }): ReactNode {
  switch (place.kind) {
    case 'history':
      return (
        <Suspense fallback={<main className={css.page} />}>
          <HistoryPage place={place} />
        </Suspense>
      );
    case 'import':
      return (
        <Suspense fallback={<main className={css.page} />}>
          <ImportPage />
        </Suspense>
      );
    case 'organisation':
      return (
        <Suspense fallback={<main className={css.page} />}>
          <Organisation key={place.person} person={place.person} />
        </Suspense>
      );
    case 'departments':
      return (
        <Suspense fallback={<main className={css.page} />}>
          <Departments name={place.name} />
        </Suspense>
      );
    case 'settings':
      return (
        <Suspense fallback={<main className={css.page} />}>
          <Settings page={place.page} />
        </Suspense>
      );
    case 'nowhere':
      return <Nowhere />;
  }
}

function Nowhere(): ReactNode {
  const texts = useTexts();
  useTitle(texts.page.nowhere);
  return (
    <main className={css.page}>
      <div className={css.nobody}>
        <h1 className={css.said}>{texts.page.nowhere}</h1>
        <Link to={everyone} className={buttons.plain}>
          {texts.page.home}
        </Link>
      </div>
    </main>
  );
}
