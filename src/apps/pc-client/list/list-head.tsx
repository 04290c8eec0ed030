import { Building2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useBook } from '../engine/use-book.ts';
import { classes } from '../kit/classes.ts';
import { ValueEditor } from '../person/value-editor.tsx';
import { LiveDot } from '../shell/live-dot.tsx';
import { Link } from '../shell/link.tsx';
import { pathOf, type ListPlace } from '../shell/place.ts';
import { useTexts } from '../texts/texts.tsx';
import { groupsOf, hasLeavers, nameOfList, peopleOf } from './chosen.ts';
import { ListMenu, useGroupActs } from './list-menu.tsx';
import css from './list-head.module.css';

/** The list's name and how many are in it; on a phone the groups too, which have no side bar there. */
export function ListHead({ place }: { readonly place: ListPlace }): ReactNode {
  const texts = useTexts();
  const count = useBook((snapshot) => peopleOf(snapshot, place).length);
  const groups = useBook(groupsOf);
  const [renaming, setRenaming] = useState(false);
  const anyLeft = useBook(hasLeavers);
  const lists: readonly ListPlace[] = [
    { kind: 'everyone' },
    { kind: 'favourites' },
    ...groups.map((name) => ({ kind: 'group', name }) as const),
    ...(anyLeft ? [{ kind: 'left' } as const] : []),
  ];
  return (
    <header className={css.head}>
      <div className={css.line}>
        {renaming && place.kind === 'group' ? (
          <GroupName name={place.name} done={() => setRenaming(false)} />
        ) : (
          <h1 className={css.title}>{nameOfList(place, texts)}</h1>
        )}
        {count > 0 && <span className={css.count}>{texts.list.count(count)}</span>}
        <span className={css.live}>
          <LiveDot />
        </span>
        {(count > 0 || place.kind === 'everyone') && (
          <span className={css.menu}>
            <ListMenu place={place} rename={() => setRenaming(true)} />
          </span>
        )}
      </div>
      <nav className={css.groups} aria-label={texts.places.groups}>
        {lists.map((to) => (
          <Link
            key={pathOf(to)}
            to={to}
            ref={pathOf(to) === pathOf(place) ? show : undefined}
            className={classes(css.group, pathOf(to) === pathOf(place) && css.here)}
            aria-current={pathOf(to) === pathOf(place) ? 'page' : undefined}
          >
            {nameOfList(to, texts)}
          </Link>
        ))}
        <Link to={{ kind: 'departments', name: '' }} className={css.group}>
          <Building2 size={15} aria-hidden />
          {texts.places.departments}
        </Link>
      </nav>
    </header>
  );
}

/** Of many groups the one that is open may be beyond the edge. */
function show(chip: HTMLElement | null): void {
  const row = chip?.parentElement;
  if (chip && row) row.scrollLeft = chip.offsetLeft - (row.clientWidth - chip.offsetWidth) / 2;
}

function GroupName({ name, done }: { readonly name: string; readonly done: () => void }): ReactNode {
  const { list } = useTexts();
  const { rename } = useGroupActs();
  return (
    <ValueEditor
      label={list.groupName}
      value={name}
      lines={false}
      write={(written) => rename(name, written)}
      done={done}
    />
  );
}
