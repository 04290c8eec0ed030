// What is done with all who are selected at once. What another folder does with a selection has its button here.

import { Download, Star, Tag, Trash2, X } from 'lucide-react';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { useActs } from '../engine/acts.ts';
import { useTheBook } from '../engine/use-book.ts';
import { open } from '../exchange/opened.ts';
import { IconButton } from '../kit/icon-button.tsx';
import { soon } from '../kit/soon.ts';
import { useKey } from '../shell/keys.ts';
import { useTexts } from '../texts/texts.tsx';
import { selectNobody, useSelection } from './selection.ts';
import css from './selection-bar.module.css';

const SelectionActions = lazy(() => soon(() => import('../starting/selection-actions.tsx')));
const GroupPicker = lazy(() => soon(() => import('../person/group-picker.tsx')));

export function SelectionBar(): ReactNode {
  const picking = useSelection((selection) => selection.picking);
  return picking ? <Bar /> : null;
}

function Bar(): ReactNode {
  const texts = useTexts();
  const book = useTheBook();
  const people = useSelection((selection) => selection.people);
  const { write, remove } = useActs();
  const [grouping, setGrouping] = useState(false);
  useKey('back', selectNobody);
  // As they are now; who is gone meanwhile is not selected any more.
  const entries = [...people].flatMap((person) => book.snapshot.entries.get(person) ?? []);
  const isNobody = entries.length === 0;
  const favourite = !entries.every(({ own }) => own.favourite);
  const removeAll = async (): Promise<void> => {
    if (await remove(entries)) selectNobody();
  };
  return (
    <section className={css.bar} aria-label={texts.list.selection}>
      <div className={css.line}>
        <span className={css.count} role="status">
          {texts.list.picked(entries.length)}
        </span>
        <IconButton
          icon={Star}
          label={favourite ? texts.person.favourite : texts.person.unfavourite}
          disabled={isNobody}
          onClick={() => void write(entries, () => ({ favourite }))}
        />
        <IconButton
          icon={Tag}
          label={texts.person.addGroup}
          disabled={isNobody}
          aria-expanded={grouping}
          onClick={() => setGrouping(!grouping)}
        />
        <IconButton
          icon={Download}
          label={texts.exchange.exportAll}
          disabled={isNobody}
          onClick={() =>
            open({
              kind: 'export',
              people: entries.map(({ person }) => person),
              name: texts.list.picked(entries.length),
            })
          }
        />
        <IconButton icon={Trash2} label={texts.person.remove} disabled={isNobody} onClick={() => void removeAll()} />
        <IconButton icon={X} label={texts.list.pickNone} onClick={selectNobody} />
      </div>
      {!isNobody && (
        <Suspense>
          <SelectionActions selection={people} entries={entries} />
        </Suspense>
      )}
      {grouping && !isNobody && (
        <Suspense>
          <GroupPicker entries={entries} done={() => setGrouping(false)} />
        </Suspense>
      )}
    </section>
  );
}
