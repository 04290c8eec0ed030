// What the employee chooses for this browser, and what the page shows of itself. Two pages, `/settings` and `/settings/privacy`.

import type { ReactNode } from 'react';
import { classes } from '../kit/classes.ts';
import { Link } from '../shell/link.tsx';
import { LiveDot } from '../shell/live-dot.tsx';
import { useSeldomTexts, useTexts } from '../texts/texts.tsx';
import { General } from './general.tsx';
import { Privacy } from './privacy.tsx';
import shell from '../shell/shell.module.css';
import css from './settings.module.css';

export default function Settings({ page }: { readonly page: string }): ReactNode {
  const { settings, privacy } = useSeldomTexts();
  const { places } = useTexts();
  const isPrivacy = page === 'privacy';
  return (
    <main className={shell.page}>
      <div className={css.page}>
        <div className={css.head}>
          <h1 className={css.title}>{isPrivacy ? privacy.title : settings.title}</h1>
          <span className={css.live}>
            <LiveDot />
          </span>
        </div>
        <nav className={css.tabs} aria-label={places.settings}>
          <Tab page="" here={!isPrivacy} words={settings.general} />
          <Tab page="privacy" here={isPrivacy} words={privacy.title} />
        </nav>
        {isPrivacy ? <Privacy /> : <General />}
      </div>
    </main>
  );
}

interface TabProps {
  readonly page: string;
  readonly here: boolean;
  readonly words: string;
}

function Tab({ page, here, words }: TabProps): ReactNode {
  return (
    <Link
      to={{ kind: 'settings', page }}
      className={classes(css.tab, here && css.here)}
      aria-current={here ? 'page' : undefined}
    >
      {words}
    </Link>
  );
}
