// Keeps a defect where it is: what failed says so, and everything around it goes on.

import { Component, type ReactNode } from 'react';
import { classes } from '../kit/classes.ts';
import type { Texts } from '../texts/en.ts';
import { SpeechContext } from '../texts/texts.tsx';
import buttons from '../kit/button.module.css';
import css from './shell.module.css';

interface GuardProps {
  /** What stands there instead: a whole page, a pane, a line over the page; or else what is given. */
  readonly as: 'page' | 'pane' | 'over' | { readonly instead: ReactNode };
  readonly children: ReactNode;
}

type Failing = 'broken' | 'missing';

export class Guard extends Component<GuardProps, { readonly failing: Failing | undefined }> {
  override readonly state: { readonly failing: Failing | undefined } = { failing: undefined };

  static getDerivedStateFromError(error: unknown): { readonly failing: Failing } {
    return { failing: isMissing(error) ? 'missing' : 'broken' };
  }

  override render(): ReactNode {
    const { failing } = this.state;
    const { as, children } = this.props;
    if (failing === undefined) return children;
    if (typeof as === 'object') return as.instead;
    return (
      <SpeechContext.Consumer>
        {(speech) => speech && <Failed as={as} failing={failing} texts={speech.texts} />}
      </SpeechContext.Consumer>
    );
  }
}

/** A part of the page that could not be fetched; each browser has its own words for it. */
const isMissing = (error: unknown): boolean =>
  error instanceof TypeError && /dynamically imported|module script|preload/i.test(error.message);

interface FailedProps {
  readonly as: 'page' | 'pane' | 'over';
  readonly failing: Failing;
  readonly texts: Texts;
}

function Failed({ as, failing, texts: { page, live } }: FailedProps): ReactNode {
  const words = failing === 'missing' ? page.missing : page.broken;
  const load = (
    <button type="button" className={buttons.plain} onClick={() => location.reload()}>
      {live.reload}
    </button>
  );
  if (as === 'over')
    return (
      <div className={css.matter} role="alert">
        <p>{words}</p>
        {load}
      </div>
    );
  const Frame = as === 'page' ? 'main' : 'div';
  const Title = as === 'page' ? 'h1' : 'p';
  return (
    <Frame className={classes(as === 'page' && css.page)}>
      <div className={css.nobody} role="alert">
        <Title className={css.said}>{page.brokenTitle}</Title>
        <p>{words}</p>
        {load}
      </div>
    </Frame>
  );
}
