import { Menu } from '@base-ui/react/menu';
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { classes } from './classes.ts';
import { inMain } from './in-main.ts';
import { Key } from './key.tsx';
import { MenuFace, menuLook, type MenuItem, type MenuProps } from './menu.tsx';
import css from './floating.module.css';

interface KitMenuProps extends MenuProps {
  readonly openAtFirst: boolean;
}

export default function KitMenu({ openAtFirst, ...props }: KitMenuProps): ReactNode {
  const { label, items, grid = false } = props;
  return (
    <Menu.Root defaultOpen={openAtFirst}>
      <Menu.Trigger aria-label={label} title={label} className={menuLook(props)}>
        <MenuFace {...props} />
      </Menu.Trigger>
      <Menu.Portal container={inMain}>
        <Menu.Positioner sideOffset={4} align="start" className={css.over}>
          <Menu.Popup className={classes(css.menu, grid && css.grid)}>
            {items.map((item, at) => (
              // The items of a menu stay in their order.
              // oxlint-disable-next-line react/no-array-index-key
              <Item key={at} item={item} />
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Item({ item }: { readonly item: MenuItem }): ReactNode {
  switch (item.kind) {
    case 'line':
      return <Menu.Separator className={css.separator} />;
    case 'act':
      return (
        <Menu.Item className={css.item} onClick={item.act}>
          {item.icon !== undefined && <item.icon size={17} strokeWidth={1.75} aria-hidden />}
          {item.label}
          {item.keys !== undefined && (
            <span className={css.itemKeys}>
              {item.keys.map((key) => (
                <Key key={key}>{key}</Key>
              ))}
            </span>
          )}
        </Menu.Item>
      );
    case 'choice':
      return (
        <Menu.RadioGroup value={item.chosen} onValueChange={(one: string) => item.choose(one)}>
          <Menu.GroupLabel className={css.menuLabel}>{item.label}</Menu.GroupLabel>
          {Object.entries(item.among).map(([one, words]) => (
            <Menu.RadioItem key={one} value={one} className={css.item} closeOnClick>
              <span className={css.check}>
                <Menu.RadioItemIndicator>
                  <Check size={16} aria-hidden />
                </Menu.RadioItemIndicator>
              </span>
              {words}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      );
  }
}
