import { Autocomplete } from '@base-ui/react/autocomplete';
import { Tag } from 'lucide-react';
import { useState, type KeyboardEvent, type ReactNode } from 'react';
import type { PersonalEntry } from '../../../browser/browser.ts';
import { useActs } from '../engine/acts.ts';
import { useBook } from '../engine/use-book.ts';
import { inMain } from '../kit/in-main.ts';
import { groupsOf } from '../list/chosen.ts';
import { useTexts } from '../texts/texts.tsx';
import floating from '../kit/floating.module.css';
import css from './person.module.css';

interface GroupPickerProps {
  readonly entries: readonly PersonalEntry[];
  readonly done?: () => void;
}

/** Puts entries into a group: one that is there, or a new one by its name. */
export default function GroupPicker({ entries, done }: GroupPickerProps): ReactNode {
  const texts = useTexts();
  const { write } = useActs();
  const all = useBook(groupsOf);
  const [written, setWritten] = useState('');
  const open = all.filter((name) => !entries.every(({ own }) => own.groups.includes(name)));

  function join(name: string): void {
    setWritten('');
    const group = name.trim();
    if (group === '') return;
    const others = entries.filter(({ own }) => !own.groups.includes(group));
    if (others.length > 0) void write(others, (own) => ({ groups: [...own.groups, group] }), texts.did.grouped(group));
    done?.();
  }
  function hear(event: KeyboardEvent<HTMLInputElement>): void {
    // Where a group is highlighted Enter takes that one, which the list does.
    const isHighlighted = event.currentTarget.getAttribute('aria-activedescendant') !== null;
    if (event.key !== 'Enter' || event.nativeEvent.isComposing || isHighlighted) return;
    event.preventDefault();
    join(written);
  }
  return (
    <Autocomplete.Root
      items={open}
      value={written}
      openOnInputClick
      onValueChange={(value, { reason }) => (reason === 'item-press' ? join(value) : setWritten(value))}
    >
      <span className={css.picker}>
        <Tag size={15} aria-hidden />
        <Autocomplete.Input
          className={css.pickerField}
          aria-label={texts.person.addGroup}
          placeholder={texts.person.addGroup}
          maxLength={60}
          onKeyDown={hear}
        />
      </span>
      <Autocomplete.Portal container={inMain}>
        <Autocomplete.Positioner sideOffset={4} align="start" className={floating.over}>
          <Autocomplete.Popup className={floating.menu}>
            <Autocomplete.List>
              {(name: string) => (
                <Autocomplete.Item key={name} value={name} className={floating.item}>
                  {name}
                </Autocomplete.Item>
              )}
            </Autocomplete.List>
          </Autocomplete.Popup>
        </Autocomplete.Positioner>
      </Autocomplete.Portal>
    </Autocomplete.Root>
  );
}
