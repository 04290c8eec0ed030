import { FileUp, Search } from 'lucide-react';
import { lazy, Suspense, type ReactNode } from 'react';
import { useBook } from '../engine/use-book.ts';
import { classes } from '../kit/classes.ts';
import { Key } from '../kit/key.tsx';
import { soon } from '../kit/soon.ts';
import { Link } from '../shell/link.tsx';
import type { ListPlace } from '../shell/place.ts';
import type { Texts } from '../texts/en.ts';
import { useTexts } from '../texts/texts.tsx';
import buttons from '../kit/button.module.css';
import css from './list.module.css';

const Suggestions = lazy(() => soon(() => import('../organisation/suggestions.tsx')));

/** Says in a sentence what to do next, with a button for it. */
export function EmptyList({ place }: { readonly place: ListPlace }): ReactNode {
  const texts = useTexts();
  const isEmpty = useBook(({ entries }) => entries.size === 0);
  if (!isEmpty)
    return (
      <div className={css.empty}>
        <p className={css.emptyText}>{wordsOf(place, texts)}</p>
      </div>
    );
  return (
    <div className={classes(css.empty, css.begin)}>
      <h2 className={css.emptyTitle}>{texts.list.emptyTitle}</h2>
      <p className={css.emptyText}>{texts.list.empty}</p>
      <Link to={{ kind: 'look-up', text: '' }} className={buttons.primary}>
        <Search size={17} aria-hidden />
        {texts.list.emptyAct}
        <Key>/</Key>
      </Link>
      <Link to={{ kind: 'import' }} className={buttons.quiet}>
        <FileUp size={17} aria-hidden />
        {texts.exchange.importAct}
      </Link>
      <Suspense>
        <Suggestions />
      </Suspense>
    </div>
  );
}

function wordsOf({ kind }: ListPlace, { list }: Texts): string {
  switch (kind) {
    case 'favourites':
      return list.nobodyFavourite;
    case 'changed':
      return list.nobodyChanged;
    case 'left':
      return list.nobodyLeft;
    case 'everyone':
    case 'group':
      return list.nobodyHere;
  }
}
