import { useState, type CSSProperties, type ReactNode } from 'react';
import type { Fields, PersonId } from '../../../browser/browser.ts';
import { usePhoto } from '../engine/photo.ts';
import { classes } from '../kit/classes.ts';
import { hueOf, monogramOf } from './monogram.ts';
import css from './portrait.module.css';

interface PortraitProps {
  readonly person: PersonId;
  readonly fields: Fields;
  readonly large?: boolean;
}

/** The photo, or else a monogram, also where the photo is no picture that the browser can read. The name stands beside it, so it says nothing to who does not see it. */
export function Portrait({ person, fields, large = false }: PortraitProps): ReactNode {
  const photo = usePhoto(person, fields.photo);
  const name = classes(css.portrait, large && css.large);
  const [unreadable, setUnreadable] = useState<string>();
  if (photo !== undefined && photo !== unreadable)
    return <img src={photo} alt="" className={name} draggable={false} onError={() => setUnreadable(photo)} />;
  return (
    <span className={name} style={{ '--hue': hueOf(person) } as CSSProperties} aria-hidden>
      {monogramOf(fields)}
    </span>
  );
}
