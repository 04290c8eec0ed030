import { Bell, BellOff } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useSeldomTexts } from '../texts/texts.tsx';
import buttons from '../kit/button.module.css';
import css from './history.module.css';
import { outsideNow, turnOutside } from './outside.ts';

/** Whether the system tells of changes while nobody looks at the page: asked for by a click, and by nothing else. */
export function OutsideChoice(): ReactNode {
  const { notices } = useSeldomTexts();
  const [outside, setOutside] = useState(outsideNow);
  if (outside === 'impossible') return null;
  const turn = async (): Promise<void> => {
    await turnOutside(outside !== 'on');
    setOutside(outsideNow());
  };
  const Icon = outside === 'on' ? BellOff : Bell;
  return (
    <div className={css.outside}>
      <p>{notices.outside[outside]}</p>
      {outside !== 'refused' && (
        <button type="button" className={buttons.plain} onClick={() => void turn()}>
          <Icon size={17} aria-hidden />
          {outside === 'on' ? notices.outsideOff : notices.outsideOn}
        </button>
      )}
    </div>
  );
}
