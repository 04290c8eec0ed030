import { Star } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { shown, type Fields, type PersonId } from '../../../browser/browser.ts';
import { unseenOf, useBook, useEntry } from '../engine/use-book.ts';
import { classes } from '../kit/classes.ts';
import { Link } from '../shell/link.tsx';
import type { ListPlace } from '../shell/place.ts';
import { useTexts } from '../texts/texts.tsx';
import { Portrait } from './portrait.tsx';
import css from './row.module.css';

interface RowProps {
  readonly person: PersonId;
  readonly place: ListPlace;
  readonly chosen: boolean;
  /** Whether the tabulator key comes here: to one row only. */
  readonly reachable: boolean;
}

export const Row = memo(function Row({ person, place, chosen, reachable }: RowProps): ReactNode {
  const texts = useTexts();
  const entry = useEntry(person);
  const unseen = useBook(({ prompts }) => unseenOf(prompts).has(person));
  const touched = useBook((snapshot) => snapshot.touched.get(person) ?? 0);
  if (entry === undefined) return null;
  const fields = shown(entry);
  const quiet = quietLine(fields);
  const number = numberToCall(fields);
  return (
    <Link
      to={{ kind: 'person', person, list: place }}
      replace={chosen}
      className={classes(css.row, chosen && css.chosen, entry.state === 'left' && css.left)}
      aria-current={chosen ? 'true' : undefined}
      tabIndex={reachable ? 0 : -1}
      draggable={false}
    >
      {/* Drawn anew at each change, so that it glows once each time. */}
      {touched > 0 && <span key={touched} className={css.glow} aria-hidden />}
      <Portrait person={person} fields={fields} />
      <span className={css.words}>
        <span className={css.name}>
          <span className={css.text}>{fields.name ?? fields.chineseName ?? person}</span>
          {entry.own.nickname !== '' && <span className={css.nickname}>{entry.own.nickname}</span>}
          {entry.own.favourite && <Star size={13} className={css.star} aria-label={texts.places.favourites} />}
        </span>
        <span className={css.quiet}>{entry.state === 'left' ? texts.list.left : quiet}</span>
      </span>
      <span className={css.end}>
        <span className={css.number}>{number}</span>
        {unseen && <span className={css.dot} role="img" aria-label={texts.list.unseen} />}
      </span>
    </Link>
  );
});

export const quietLine = ({ title, department }: Fields): string =>
  [title, department].filter((text) => text !== undefined).join(' · ');

/** The number that one would call. */
export const numberToCall = ({ officeTelephone, mobileTelephone, otherTelephones }: Fields): string =>
  officeTelephone ?? mobileTelephone ?? otherTelephones?.split('\n', 1)[0] ?? '';
