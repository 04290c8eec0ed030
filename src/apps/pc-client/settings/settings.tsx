// What the employee chooses for this browser, and what the page shows of itself. Two pages, `/settings` and `/settings/privacy`.

import type { ReactNode } from 'react';
import { classes } from '../kit/classes.ts';
import { Link } from '../shell/link.tsx';
import { Page } from '../shell/page.tsx';
import { useSeldomTexts, useTexts } from '../texts/texts.tsx';
import { General } from './general.tsx';
import { Privacy } from './privacy.tsx';
import frame from '../shell/page.module.css';
import css from './settings.module.css';

export default function Settings({ page }: { readonly page: string }): ReactNode {
  const { settings, privacy } = useSeldomTexts();
  const { places } = useTexts();
  const isPrivacy = page === 'privacy';
  return (
    <Page title={isPrivacy ? privacy.title : settings.title}>
      <nav className={classes(frame.chips, css.tabs)} aria-label={places.settings}>
        <Tab page="" here={!isPrivacy} words={settings.general} />
        <Tab page="privacy" here={isPrivacy} words={privacy.title} />
      </nav>
      {isPrivacy ? <Privacy /> : <General />}
    </Page>
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
      className={classes(frame.chip, here && frame.here)}
      aria-current={here ? 'page' : undefined}
    >
      {words}
    </Link>
  );
}
