// The browser gives the page no store, so there is nothing to draw: says why, and what to do.

import type { ReactNode } from 'react';
import type { Root } from 'react-dom/client';
import type { HostFault } from '../../../browser/browser.ts';
import type { SeldomTexts } from '../texts/seldom-en.ts';
import { loadSeldomTexts, type Language } from '../texts/texts.tsx';
import buttons from '../kit/button.module.css';
import css from './shell.module.css';

type Why = Exclude<keyof SeldomTexts['start'], 'title' | 'again'>;

const whyBy: Readonly<Record<string, Why>> = {
  SecurityError: 'private',
  QuotaExceededError: 'full',
  VersionError: 'newer',
};

export async function sayWhyNot(root: Root, fault: HostFault, language: Language): Promise<void> {
  const { start } = await loadSeldomTexts(language);
  const { cause } = fault;
  const why = cause instanceof DOMException ? (whyBy[cause.name] ?? 'other') : 'private';
  root.render(<CannotStart title={start.title} words={start[why]} again={start.again} />);
}

interface CannotStartProps {
  readonly title: string;
  readonly words: string;
  readonly again: string;
}

function CannotStart({ title, words, again }: CannotStartProps): ReactNode {
  return (
    <main className={css.nobody}>
      <h1 className={css.said}>{title}</h1>
      <p>{words}</p>
      <button type="button" className={buttons.primary} onClick={() => location.reload()}>
        {again}
      </button>
    </main>
  );
}
