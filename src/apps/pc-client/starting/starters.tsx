// The buttons that start something: a link that another program takes, so that one can see where it leads, copy it, and
// open it as any other. The key presses the link.

import { Check, ChevronDown, Image, Mail, MessageSquare, Phone, Video, type LucideIcon } from 'lucide-react';
import { useRef, type ReactNode } from 'react';
import type { LinkKind } from '../../../browser/browser.ts';
import { useFieldLabel } from '../engine/use-book.ts';
import { copied } from '../kit/copy.ts';
import { Menu } from '../kit/menu.tsx';
import { say } from '../kit/say.ts';
import { Tip } from '../kit/tip.tsx';
import { printedKeys, useKey } from '../shell/keys.ts';
import { useSeldomTexts, useTexts } from '../texts/texts.tsx';
import type { Start, Way } from './starts.ts';
import css from './starting.module.css';

const icons: Readonly<Record<LinkKind, LucideIcon>> = {
  call: Phone,
  message: MessageSquare,
  'multimedia-message': Image,
  mail: Mail,
  meeting: Video,
};

interface StarterProps {
  readonly start: Start;
  /** Told once it was started. */
  readonly started: (kind: LinkKind, way: Way) => void;
  /** Whether the key is for this one now. */
  readonly listens: () => boolean;
}

export function Starter({ start, started, listens }: StarterProps): ReactNode {
  const { kind, first, ways } = start;
  const texts = useTexts();
  const { starting } = useSeldomTexts();
  const wordsOf = useWayWords(start);
  const link = useRef<HTMLAnchorElement>(null);
  const Icon = icons[kind];
  useKey(kind, () => {
    if (!listens()) return false;
    link.current?.click();
    return true;
  });
  const begin = (way: Way): void => {
    started(kind, way);
    if (kind === 'meeting') sayMeeting(way);
  };
  const sayMeeting = ({ action: { url } }: Way): void =>
    say(starting.meetingOpened, {
      label: starting.copyLink,
      act: () => void copied(url).then((done) => say(done ? starting.linkCopied : texts.person.notCopied)),
    });
  return (
    <div className={css.starter}>
      <Tip text={wordsOf(first)} keys={printedKeys(kind)}>
        <a
          ref={link}
          href={first.action.url}
          target={targetOf(first)}
          rel="noopener noreferrer"
          className={css.start}
          onClick={() => begin(first)}
        >
          <Icon size={20} strokeWidth={1.75} aria-hidden />
          {starting[kind]}
        </a>
      </Tip>
      {ways.length > 1 && (
        <span className={css.others}>
          <Menu
            icon={ChevronDown}
            label={starting.others[kind]}
            items={ways.map((way) => ({
              kind: 'act',
              icon: way === first ? Check : Icon,
              label: wordsOf(way),
              act: () => {
                follow(way);
                begin(way);
              },
            }))}
          />
        </span>
      )}
    </div>
  );
}

/** What is of the web opens beside the page; the others open in their programs, and the page stays. */
const targetOf = ({ action: { url } }: Way): string => (/^https?:/i.test(url) ? '_blank' : '');

/** As if a link with it had been pressed: a browser lets a page open what somebody pressed. */
function follow(way: Way): void {
  const link = document.createElement('a');
  Object.assign(link, { href: way.action.url, target: targetOf(way), rel: 'noopener noreferrer' });
  document.body.append(link);
  link.click();
  link.remove();
}

/** `8001 · Office telephone`; with the name of the way where there is more than one. */
function useWayWords({ kind, ways }: Start): (way: Way) => string {
  const { label: language } = useTexts();
  const { starting } = useSeldomTexts();
  const labelOf = useFieldLabel();
  const names = new Set(ways.map(({ action }) => action.label.en));
  return ({ action: { to, field, label } }) =>
    [
      to,
      field === undefined ? '' : labelOf(field),
      to === '' || (names.size > 1 && label[language] !== starting[kind]) ? label[language] : '',
    ]
      .filter((part) => part !== '')
      .join(' · ');
}
