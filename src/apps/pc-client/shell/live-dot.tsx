// The quiet dot: whether the book follows by itself just now, in a word beside it, and in a sentence for whoever asks.

import { useState, type ReactNode } from 'react';
import type { Snapshot } from '../engine/book.ts';
import { useBook } from '../engine/use-book.ts';
import { classes } from '../kit/classes.ts';
import { Tip } from '../kit/tip.tsx';
import type { Texts } from '../texts/en.ts';
import { useTexts } from '../texts/texts.tsx';
import { go } from './place.ts';
import css from './live-dot.module.css';

interface Said {
  readonly word: string;
  readonly sentence: string;
  readonly look: 'right' | 'away' | 'attention';
}

export function LiveDot(): ReactNode {
  const texts = useTexts();
  const state = useBook((snapshot) => snapshot.state);
  const since = useBook((snapshot) => snapshot.since);
  const count = useBook(({ entries }) => entries.size);
  const changedAt = useBook(({ prompts }) => prompts.at(-1)?.at);
  // How long ago is reckoned anew whenever somebody looks.
  const [, look] = useState(0);
  const said = saidOf(texts, { state, since, count, changedAt });
  return (
    <Tip text={said.sentence}>
      <button
        type="button"
        className={css.live}
        onClick={() => act(state.kind)}
        onPointerEnter={() => look((before) => before + 1)}
        onFocus={() => look((before) => before + 1)}
      >
        <span className={classes(css.dot, css[said.look])} aria-hidden />
        <span className={css.word}>{said.word}</span>
        <span className="unseen-by-eye" role="status">
          {said.sentence}
        </span>
      </button>
    </Tip>
  );
}

function act(kind: Snapshot['state']['kind']): void {
  if (kind === 'refused') go({ kind: 'log-in' });
  if (kind === 'reload') location.reload();
  if (kind === 'asks') go({ kind: 'history' });
}

interface Known extends Pick<Snapshot, 'state' | 'since'> {
  readonly count: number;
  readonly changedAt: number | undefined;
}

function saidOf({ live, trouble }: Texts, { state, since, count, changedAt }: Known): Said {
  switch (state.kind) {
    case 'live':
      return { word: live.live, sentence: live.liveLong(changedAt), look: 'right' };
    case 'subscribing':
      return { word: live.subscribing, sentence: live.connectingLong, look: 'away' };
    case 'catching-up':
      return state.why === undefined
        ? { word: live['catching-up'], sentence: live.catchingLong, look: 'away' }
        : { word: live['catching-up'], sentence: trouble[state.why], look: 'attention' };
    case 'refused':
      if (state.why === 'not-allowed')
        return { word: live.offline, sentence: trouble['not-allowed'], look: 'attention' };
      return { word: live.refused, sentence: live.refusedLong, look: 'attention' };
    case 'reload':
      return { word: live.reload, sentence: live.reloadLong, look: 'attention' };
    case 'asks':
      return { word: live.asks, sentence: live.asksLong, look: 'attention' };
    case 'offline':
      if (state.why === 'nothing-held')
        return count > 0
          ? { word: live.ownOnly, sentence: live.ownOnlyLong, look: 'away' }
          : { word: live.empty, sentence: live.emptyLong, look: 'away' };
      return state.why === 'store'
        ? { word: live.offline, sentence: trouble.store, look: 'attention' }
        : { word: live.offline, sentence: live.offlineLong(since, count), look: 'away' };
  }
}
