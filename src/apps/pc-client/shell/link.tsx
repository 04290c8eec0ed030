import type { ComponentProps, MouseEvent, ReactNode } from 'react';
import { go, pathOf, type Place } from './place.ts';

/** A link within the page: an address like any other, for a new tab too, but without loading anything. */
export function Link({ to, replace, onClick, children, ...rest }: LinkProps): ReactNode {
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event);
    const elsewhere = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (event.defaultPrevented || elsewhere) return;
    event.preventDefault();
    go(to, { replace: replace ?? false });
  };
  return (
    <a href={pathOf(to)} onClick={follow} {...rest}>
      {children}
    </a>
  );
}

interface LinkProps extends Omit<ComponentProps<'a'>, 'href'> {
  readonly to: Place;
  readonly replace?: boolean;
}
