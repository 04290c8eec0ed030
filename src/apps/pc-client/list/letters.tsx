// The letter of the topmost row, and the way to any other: a press on it shows them all.

import type { ReactNode } from 'react';
import type { Listed } from '../engine/order.ts';
import { Menu } from '../kit/menu.tsx';
import { useTexts } from '../texts/texts.tsx';

interface LettersProps {
  readonly letter: string;
  readonly people: readonly Listed[];
  /** Shows from there on. */
  readonly show: (letter: string) => void;
}

export function Letters({ letter, people, show }: LettersProps): ReactNode {
  const texts = useTexts();
  const all = [...new Set(people.map((each) => each.letter))];
  return (
    <Menu
      face={letter}
      label={texts.list.letters(letter)}
      grid
      items={all.map((each) => ({ kind: 'act', label: each, act: () => show(each) }))}
    />
  );
}
