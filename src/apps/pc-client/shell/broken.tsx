import { Component, type ReactNode } from 'react';
import { SpeechContext } from '../texts/texts.tsx';
import buttons from '../kit/button.module.css';
import css from './shell.module.css';

interface BrokenState {
  readonly broken: boolean;
}

/** A defect of the page's own: says so, and that the book is as it was. */
export class Guard extends Component<{ readonly children: ReactNode }, BrokenState> {
  override readonly state: BrokenState = { broken: false };

  static getDerivedStateFromError(): BrokenState {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return (
      <SpeechContext.Consumer>
        {(speech) => (
          <main className={css.nobody}>
            <h1>{speech?.texts.page.brokenTitle}</h1>
            <p>{speech?.texts.page.broken}</p>
            <button type="button" className={buttons.primary} onClick={() => location.reload()}>
              {speech?.texts.page.reload}
            </button>
          </main>
        )}
      </SpeechContext.Consumer>
    );
  }
}
