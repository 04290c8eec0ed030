import { Mail, MessageSquare, Phone, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Fields } from '../../../browser/browser.ts';
import { Tip } from '../kit/tip.tsx';
import { printedKeys, useKey } from '../shell/keys.ts';
import { useTexts } from '../texts/texts.tsx';
import { callUri, mailUri, messageUri } from './reach.ts';
import css from './person.module.css';

/** What one would do with somebody, each with its key. */
export function Actions({ fields }: { readonly fields: Fields }): ReactNode {
  const texts = useTexts();
  return (
    <div className={css.actions}>
      <Action name="call" icon={Phone} label={texts.person.call} uri={callUri(fields)} />
      <Action name="message" icon={MessageSquare} label={texts.person.message} uri={messageUri(fields)} />
      <Action name="mail" icon={Mail} label={texts.person.mail} uri={mailUri(fields)} />
    </div>
  );
}

interface ActionProps {
  readonly name: 'call' | 'message' | 'mail';
  readonly icon: LucideIcon;
  readonly label: string;
  readonly uri: string | undefined;
}

function Action({ name, icon: Icon, label, uri }: ActionProps): ReactNode {
  useKey(name, () => {
    if (uri === undefined) return false;
    location.assign(uri);
    return true;
  });
  if (uri === undefined) return null;
  return (
    <Tip text={uri} keys={printedKeys(name)}>
      <a href={uri} className={css.action}>
        <Icon size={20} strokeWidth={1.75} aria-hidden />
        {label}
      </a>
    </Tip>
  );
}
