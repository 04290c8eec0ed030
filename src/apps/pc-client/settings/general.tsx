import { useState, type ReactNode } from 'react';
import { useBook, useTheBook } from '../engine/use-book.ts';
import { attempt } from '../kit/say.ts';
import { install, isInstalled, useInstallable } from '../shell/installing.ts';
import { useTheme, wearTheme } from '../shell/theme.ts';
import { languageChosen, languages, useSeldomTexts, useSpeak, useTexts, type LanguageChoice } from '../texts/texts.tsx';
import { Choice } from './choice.tsx';
import { Forget } from './forget.tsx';
import { buildShown, versionShown } from './version.ts';
import buttons from '../kit/button.module.css';
import css from './settings.module.css';

export function General(): ReactNode {
  const { settings } = useSeldomTexts();
  const speak = useSpeak();
  const theme = useTheme();
  const [language, setLanguage] = useState(languageChosen);
  const chooseLanguage = (choice: LanguageChoice): void => {
    setLanguage(choice);
    speak(choice);
  };
  return (
    <>
      <Choice
        label={settings.language}
        among={{
          system: { words: settings.system },
          en: { words: languages.en },
          'zh-CN': { words: languages['zh-CN'] },
        }}
        chosen={language}
        choose={chooseLanguage}
      />
      <Choice
        label={settings.theme}
        among={{
          system: { words: settings.system },
          light: { words: settings.light },
          dark: { words: settings.dark },
        }}
        chosen={theme}
        choose={wearTheme}
      />
      <Account />
      <Application />
    </>
  );
}

function Account(): ReactNode {
  const texts = useTexts();
  const { settings } = useSeldomTexts();
  const book = useTheBook();
  const me = useBook((snapshot) => snapshot.me);
  return (
    <section className={css.section}>
      <h2 className={css.legend}>{settings.account}</h2>
      {me !== undefined && (
        <p>
          {settings.who(me.name, me.user)}
          <span className={css.where}>{settings.where(new URL(book.terminal.server ?? location.origin).host)}</span>
        </p>
      )}
      <div className={css.act}>
        <button
          type="button"
          className={buttons.plain}
          aria-describedby="log-out-long"
          onClick={() => void attempt(texts, () => book.logOut())}
        >
          {settings.logOut}
        </button>
        <p id="log-out-long" className={css.long}>
          {settings.logOutLong}
        </p>
      </div>
      <Forget />
    </section>
  );
}

function Application(): ReactNode {
  const { settings } = useSeldomTexts();
  const installable = useInstallable();
  return (
    <section className={css.section}>
      <h2 className={css.legend}>{settings.application}</h2>
      {isInstalled() ? (
        <p>{settings.installed}</p>
      ) : installable ? (
        <div className={css.act}>
          <button
            type="button"
            className={buttons.plain}
            aria-describedby="install-long"
            onClick={() => void install()}
          >
            {settings.install}
          </button>
          <p id="install-long" className={css.long}>
            {settings.installLong}
          </p>
        </div>
      ) : (
        <p className={css.long}>
          {settings.installLong} {settings.installHow}
        </p>
      )}
      <p className={css.long}>{settings.version(versionShown, buildShown)}</p>
    </section>
  );
}
