import type { ReactNode } from 'react';
import { Mark } from '../kit/mark.tsx';
import { languages, useSpeak, useTexts, type Language } from '../texts/texts.tsx';
import buttons from '../kit/button.module.css';
import { LogInForm, type LogInFormProps } from './log-in-form.tsx';
import css from './log-in.module.css';

/** `trouble`: why a log-in that began before the page was here did not come about. */
export function LogIn({ trouble, done }: Pick<LogInFormProps, 'trouble' | 'done'>): ReactNode {
  const texts = useTexts();
  const speak = useSpeak();
  return (
    <main className={css.page}>
      <div className={css.card}>
        <Mark className={css.mark} />
        <h1 className={css.title}>{texts.product}</h1>
        <p className={css.lead}>{texts.logIn.lead}</p>
        <LogInForm trouble={trouble} done={done} />
      </div>
      <div className={css.languages} role="group" aria-label={texts.account.language}>
        {(Object.keys(languages) as Language[]).map((language) => (
          <button
            key={language}
            type="button"
            lang={language}
            className={buttons.quiet}
            aria-pressed={language === texts.language}
            onClick={() => speak(language)}
          >
            {languages[language]}
          </button>
        ))}
      </div>
    </main>
  );
}
