// The frame of a page that takes the room of list and person. On a phone, where there is no side bar, the live dot is at its
// name, as it is at a list's.

import { ChevronLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from './link.tsx';
import { LiveDot } from './live-dot.tsx';
import type { Place } from './place.ts';
import css from './page.module.css';

interface PageProps {
  readonly title: string;
  /** Where it belongs. */
  readonly above?: { readonly to: Place; readonly words: string };
  /** A sentence on what it is. */
  readonly lead?: string;
  /** What concerns all of it. */
  readonly act?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, above, lead, act, children }: PageProps): ReactNode {
  return (
    <main className={css.page}>
      <div className={css.content}>
        {above !== undefined && (
          <Link to={above.to} className={css.above}>
            <ChevronLeft size={17} aria-hidden />
            {above.words}
          </Link>
        )}
        <header className={css.head}>
          <h1 className={css.title}>{title}</h1>
          <span className={css.live}>
            <LiveDot />
          </span>
          {act}
        </header>
        {lead !== undefined && <p className={css.lead}>{lead}</p>}
        {children}
      </div>
    </main>
  );
}
