// What is the matter, where the employee has to do something: one line at the edge of the page, never over what one does.
// What only passes (offline, catching up) the live dot says.

import { useState, type ReactNode } from 'react';
import type { TerminalState } from '../../../browser/browser.ts';
import { useBook } from '../engine/use-book.ts';
import { CloseButton } from '../kit/close-button.tsx';
import { useSeldomTexts, useTexts } from '../texts/texts.tsx';
import { useClockAhead } from './clock.ts';
import { takeOver, useNewVersion } from './new-version.ts';
import { go, usePlace } from './place.ts';
import buttons from '../kit/button.module.css';
import css from './shell.module.css';

interface Matter {
  readonly words: string;
  readonly act?: { readonly label: string; readonly act: () => void };
}

export default function Matters(): ReactNode {
  const { matter: texts } = useSeldomTexts();
  const matter = useMatter();
  // What was dismissed is not said again while it stays the same.
  const [dismissed, dismiss] = useState<string>();
  if (matter === undefined || matter.words === dismissed) return null;
  const { words, act } = matter;
  return (
    <div className={css.matter} role="status">
      <p>{words}</p>
      {act !== undefined && (
        <button type="button" className={buttons.plain} onClick={act.act}>
          {act.label}
        </button>
      )}
      <CloseButton label={texts.dismiss} onClick={() => dismiss(words)} />
    </div>
  );
}

/** The weightiest. */
function useMatter(): Matter | undefined {
  const { page } = useTexts();
  const { matter: texts } = useSeldomTexts();
  const state = useBook((snapshot) => snapshot.state);
  const loggedIn = useBook(({ me }) => me !== undefined);
  const place = usePlace();
  const isLive = state.kind === 'live';
  const waiting = useNewVersion(isLive);
  const ahead = useClockAhead(isLive);
  if (state.kind === 'reload') return { words: texts.reload, act: { label: texts.load, act: () => location.reload() } };
  if (loggedIn && hasEnded(state) && place.kind !== 'log-in')
    return { words: texts.refused, act: { label: texts.logIn, act: () => go({ kind: 'log-in' }) } };
  if (isFull(state)) return { words: texts.store };
  if (waiting !== undefined)
    return { words: page.newVersion, act: { label: page.reload, act: () => takeOver(waiting) } };
  if (ahead !== undefined) return { words: ahead > 0 ? texts.ahead(ahead) : texts.behind(-ahead) };
  return undefined;
}

const hasEnded = (state: TerminalState): boolean => state.kind === 'refused' && state.why === 'log-in-again';

const isFull = (state: TerminalState): boolean =>
  (state.kind === 'offline' || state.kind === 'catching-up') && state.why === 'store';
