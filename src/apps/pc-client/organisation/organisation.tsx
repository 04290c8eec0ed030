// The organisation around a person: a tree to walk by the arrow keys. Enter opens who has the focus, `O` goes on from
// there, and a key keeps.

import { Building2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { nameOf, type PersonId, type PersonInOrganisation, type Terminal } from '../../../browser/browser.ts';
import { useEntry, useTheBook } from '../engine/use-book.ts';
import { useKey } from '../shell/keys.ts';
import { Link } from '../shell/link.tsx';
import { Page } from '../shell/page.tsx';
import { everyone, go } from '../shell/place.ts';
import { useTitle } from '../shell/title.ts';
import { useSeldomTexts } from '../texts/texts.tsx';
import { NotHere, useAsked } from './asked.tsx';
import { treeAround, grown, type Tree } from './tree.ts';
import { TreeLines } from './tree-lines.tsx';
import buttons from '../kit/button.module.css';
import css from './organisation.module.css';

/** A manager of so many is shown with all of them at once. */
const fewReports = 12;

async function askAround(terminal: Terminal, id: PersonId): Promise<Tree> {
  const [{ fields }, answer] = await Promise.all([
    terminal.person(id),
    terminal.organisation({ person: id }, { limit: 100 }),
  ]);
  const person: PersonInOrganisation = { id, fields, revision: answer.revision, reports: answer.total };
  const tree = treeAround(person, answer);
  const [manager] = answer.managers;
  if (manager === undefined || manager.reports > fewReports) return tree;
  return grown(tree, manager.id, await terminal.organisation({ person: manager.id }, { limit: fewReports }));
}

export default function Organisation({ person }: { readonly person: PersonId }): ReactNode {
  const { terminal } = useTheBook();
  const { organisation } = useSeldomTexts();
  const entry = useEntry(person);
  const asked = useAsked(person, () => askAround(terminal, person));
  useKey('back', () => go({ kind: 'person', person, list: everyone }));
  const around = asked.kind === 'here' ? asked.answer.way.at(-1) : undefined;
  const name = around?.fields.name ?? (entry && nameOf(entry));
  useTitle(name === undefined ? organisation.title : organisation.around(name));
  return (
    <Page title={organisation.title} lead={name === undefined ? '' : organisation.around(name)}>
      {asked.kind === 'here' && around !== undefined ? (
        <Around key={person} tree={asked.answer} around={around} />
      ) : (
        asked.kind !== 'here' && <NotHere asked={asked} />
      )}
    </Page>
  );
}

function Around({ tree, around }: { readonly tree: Tree; readonly around: PersonInOrganisation }): ReactNode {
  const { organisation } = useSeldomTexts();
  const { department } = around.fields;
  const isAlone = tree.way.length === 1 && around.reports === 0;
  return (
    <>
      {isAlone && <p className={css.said}>{organisation.alone}</p>}
      <TreeLines first={tree} around={around.id} />
      <div className={css.after}>
        {department !== undefined && (
          <Link to={{ kind: 'departments', name: department }} className={buttons.plain}>
            <Building2 size={17} aria-hidden />
            {organisation.allOf(department)}
          </Link>
        )}
        <Link to={{ kind: 'departments', name: '' }} className={buttons.plain}>
          {organisation.departments}
        </Link>
      </div>
    </>
  );
}
