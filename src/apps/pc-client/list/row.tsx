import { ContactRound, Star } from 'lucide-react';
import { memo, type MouseEvent, type ReactNode } from 'react';
import { shown, writtenNameOf, type Fields, type PersonId } from '../../../browser/browser.ts';
import { unseenOf, useBook, useEntry } from '../engine/use-book.ts';
import { classes } from '../kit/classes.ts';
import { Link } from '../shell/link.tsx';
import type { ListPlace } from '../shell/place.ts';
import { useTexts } from '../texts/texts.tsx';
import { Portrait } from './portrait.tsx';
import { selectionNow, toggle, useSelection } from './selection.ts';
import css from './row.module.css';

interface RowProps {
  readonly person: PersonId;
  readonly place: ListPlace;
  readonly chosen: boolean;
  /** Whether the tabulator key comes here: to one row only. */
  readonly reachable: boolean;
  readonly selectUpTo: (person: PersonId) => void;
}

export const Row = memo(function Row({ person, place, chosen, reachable, selectUpTo }: RowProps): ReactNode {
  const texts = useTexts();
  const entry = useEntry(person);
  const unseen = useBook(({ prompts }) => unseenOf(prompts).has(person));
  const touched = useBook((snapshot) => snapshot.touched.get(person) ?? 0);
  const picking = useSelection((selection) => selection.picking);
  const picked = useSelection(({ people }) => people.has(person));
  if (entry === undefined) return null;
  const fields = shown(entry);
  const name = writtenNameOf(entry);

  /** With Ctrl or Shift, or once some are selected, a press selects. */
  function press(event: MouseEvent): void {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey && !selectionNow().picking) return;
    event.preventDefault();
    if (event.shiftKey) selectUpTo(person);
    else toggle(person);
  }
  return (
    <div
      className={classes(css.row, chosen && css.chosen, picked && css.picked, entry.state === 'left' && css.left)}
      data-picking={picking}
    >
      {/* Drawn anew at each change, so that it glows once each time. */}
      {touched > 0 && <span key={touched} className={css.glow} aria-hidden />}
      <Link
        to={{ kind: 'person', person, list: place }}
        replace={chosen}
        className={css.link}
        aria-current={chosen ? 'true' : undefined}
        tabIndex={reachable ? 0 : -1}
        draggable={false}
        onClick={press}
      >
        <Portrait person={person} fields={fields} />
        <span className={css.words}>
          <span className={css.name}>
            <span className={css.text}>{name}</span>
            {entry.own.nickname !== '' && <span className={css.nickname}>{entry.own.nickname}</span>}
            {entry.state === 'own' && <ContactRound size={13} className={css.own} aria-label={texts.list.kept} />}
            {entry.own.favourite && <Star size={13} className={css.star} aria-label={texts.places.favourites} />}
          </span>
          <span className={css.quiet}>{entry.state === 'left' ? texts.list.left : quietLine(fields)}</span>
        </span>
        <span className={css.end}>
          <span className={css.number}>{numberToCall(fields)}</span>
          {unseen && <span className={css.dot} role="img" aria-label={texts.list.unseen} />}
        </span>
      </Link>
      <label className={css.pick}>
        <input
          type="checkbox"
          checked={picked}
          aria-label={texts.list.pick(name)}
          tabIndex={reachable || picking ? 0 : -1}
          onChange={() => toggle(person)}
        />
      </label>
    </div>
  );
});

export const quietLine = ({ title, department }: Fields): string =>
  [title, department].filter((text) => text !== undefined).join(' · ');

/** The number that one would call. */
export const numberToCall = ({ officeTelephone, mobileTelephone, otherTelephones }: Fields): string =>
  officeTelephone ?? mobileTelephone ?? otherTelephones?.split('\n', 1)[0] ?? '';
