// Where one can go: lists, own groups, history; below them the live dot and what concerns oneself. Wide it is a side bar
// that folds to its icons, on a phone a bar at the bottom.

import {
  Building2,
  CircleUser,
  History,
  Keyboard,
  LogOut,
  PanelLeftClose,
  PanelLeftOpen,
  Search,
  Settings,
  Sparkles,
  Star,
  Tag,
  UserRoundX,
  Users,
  type LucideIcon,
} from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { choices } from '../engine/choices.ts';
import { useBook, useTheBook } from '../engine/use-book.ts';
import { classes } from '../kit/classes.ts';
import { IconButton } from '../kit/icon-button.tsx';
import { Key } from '../kit/key.tsx';
import { Mark } from '../kit/mark.tsx';
import { Menu } from '../kit/menu.tsx';
import { attempt } from '../kit/say.ts';
import { groupsOf, hasLeavers } from '../list/chosen.ts';
import { unseenTellings } from '../notices/unseen.ts';
import { languages, useSpeak, useTexts, type Language } from '../texts/texts.tsx';
import { Link } from './link.tsx';
import { LiveDot } from './live-dot.tsx';
import { go, pathOf, type Place } from './place.ts';
import { useTheme, wearTheme, type Theme } from './theme.ts';
import css from './navigation.module.css';

interface NavigationProps {
  /** The list, or the page, that is open. */
  readonly at: Place;
  readonly showKeys: () => void;
}

export function Navigation({ at, showKeys }: NavigationProps): ReactNode {
  const texts = useTexts();
  const [folded, setFolded] = useState(choices.read('folded') === 'yes');
  const groups = useBook(groupsOf);
  const anyLeft = useBook(hasLeavers);
  const unseen = useBook(({ prompts }) => unseenTellings(prompts).length);
  const fold = (): void => {
    choices.write('folded', folded ? 'no' : 'yes');
    setFolded(!folded);
  };
  const { places } = texts;
  return (
    <nav className={classes(css.side, folded && css.folded)} aria-label={places.main}>
      <div className={css.top}>
        <Mark className={css.mark} />
        <span className={css.product}>{texts.product}</span>
        <IconButton
          icon={folded ? PanelLeftOpen : PanelLeftClose}
          label={folded ? places.unfold : places.fold}
          className={css.fold}
          onClick={fold}
        />
      </div>
      <Link to={{ kind: 'look-up', text: '' }} className={css.lookUp} title={texts.lookUp.field}>
        <Search size={17} strokeWidth={1.75} aria-hidden />
        <span className={css.word}>{texts.lookUp.field}</span>
        <span className={css.keys}>
          <Key>/</Key>
        </span>
      </Link>
      <ul className={css.places}>
        <Entry to={{ kind: 'everyone' }} at={at} icon={Users} words={places.everyone} />
        <Entry to={{ kind: 'favourites' }} at={at} icon={Star} words={places.favourites} wide />
        <Entry to={{ kind: 'changed' }} at={at} icon={Sparkles} words={places.changed} />
        {anyLeft && <Entry to={{ kind: 'left' }} at={at} icon={UserRoundX} words={places.left} wide />}
        <Entry to={{ kind: 'departments', name: '' }} at={at} icon={Building2} words={places.departments} wide />
        <Entry to={{ kind: 'history' }} at={at} icon={History} words={places.history} count={unseen} />
      </ul>
      {groups.length > 0 && (
        <>
          <h2 className={css.heading}>{places.groups}</h2>
          <ul className={classes(css.places, css.groups)}>
            {groups.map((name) => (
              <Entry key={name} to={{ kind: 'group', name }} at={at} icon={Tag} words={name} wide />
            ))}
          </ul>
        </>
      )}
      <div className={css.bottom}>
        <LiveDot />
        <AccountMenu showKeys={showKeys} />
      </div>
    </nav>
  );
}

interface EntryProps {
  readonly to: Place;
  readonly at: Place;
  readonly icon: LucideIcon;
  readonly words: string;
  readonly count?: number;
  /** Only where there is room for it. */
  readonly wide?: boolean;
}

function Entry({ to, at, icon: Icon, words, count = 0, wide = false }: EntryProps): ReactNode {
  const texts = useTexts();
  const here = to.kind === 'history' ? at.kind === 'history' : pathOf(to) === pathOf(at);
  return (
    <li className={classes(wide && css.wide)}>
      <Link
        to={to}
        className={classes(css.entry, here && css.here)}
        aria-current={here ? 'page' : undefined}
        aria-label={count > 0 ? texts.places.unseen(words, count) : undefined}
        title={words}
      >
        <Icon size={18} strokeWidth={1.75} aria-hidden />
        <span className={css.word}>{words}</span>
        {/* The label says it in words. */}
        {count > 0 && <span className={css.count} data-count={count} />}
      </Link>
    </li>
  );
}

function AccountMenu({ showKeys }: { readonly showKeys: () => void }): ReactNode {
  const texts = useTexts();
  const speak = useSpeak();
  const book = useTheBook();
  const name = useBook(({ me }) => me?.name ?? '');
  const theme = useTheme();
  const { account, places } = texts;
  return (
    <Menu
      icon={CircleUser}
      label={account.menu(name)}
      items={[
        {
          kind: 'choice',
          label: account.language,
          chosen: texts.language,
          among: languages,
          choose: (one) => speak(one as Language),
        },
        { kind: 'line' },
        {
          kind: 'choice',
          label: account.theme,
          chosen: theme,
          among: { system: account.system, light: account.light, dark: account.dark },
          choose: (one) => wearTheme(one as Theme),
        },
        { kind: 'line' },
        { kind: 'act', icon: Settings, label: places.settings, act: () => go({ kind: 'settings', page: '' }) },
        { kind: 'act', icon: Keyboard, label: account.keys, keys: ['?'], act: showKeys },
        { kind: 'act', icon: LogOut, label: account.logOut, act: () => void attempt(texts, () => book.logOut()) },
      ]}
    />
  );
}
