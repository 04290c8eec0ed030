// What of this folder stands in the menus of a list and of a person.

import { Download, FileUp, PencilLine, Printer, QrCode, UserRoundPlus } from 'lucide-react';
import { nameOf, type PersonalEntry, type PersonId } from '../../../browser/browser.ts';
import type { MenuItem } from '../kit/menu.tsx';
import { printedKeys } from '../shell/keys.ts';
import { go } from '../shell/place.ts';
import type { Texts } from '../texts/en.ts';
import { open } from './opened.ts';

const print = ({ exchange }: Texts): MenuItem => ({
  kind: 'act',
  icon: Printer,
  label: exchange.print,
  act: () => window.print(),
});

interface ListToSend {
  readonly name: string;
  readonly people: () => readonly PersonId[];
}

export const listItems = (texts: Texts, { name, people }: ListToSend): readonly MenuItem[] => [
  {
    kind: 'act',
    icon: UserRoundPlus,
    label: texts.exchange.newContact,
    keys: printedKeys('new'),
    act: () => open({ kind: 'form' }),
  },
  { kind: 'act', icon: FileUp, label: texts.exchange.importAct, act: () => go({ kind: 'import' }) },
  {
    kind: 'act',
    icon: Download,
    label: texts.exchange.exportAll,
    act: () => open({ kind: 'export', people: people(), name }),
  },
  print(texts),
];

export function personItems(texts: Texts, entry: PersonalEntry): readonly MenuItem[] {
  const { person, state } = entry;
  const { exchange } = texts;
  const edit: MenuItem = {
    kind: 'act',
    icon: PencilLine,
    label: exchange.editContact,
    act: () => open({ kind: 'form', person }),
  };
  return [
    ...(state === 'own' ? [edit] : []),
    { kind: 'act', icon: QrCode, label: exchange.code, act: () => open({ kind: 'code', person }) },
    {
      kind: 'act',
      icon: Download,
      label: exchange.exportOne,
      act: () => open({ kind: 'export', people: [person], name: nameOf(entry) }),
    },
    print(texts),
  ];
}
