// The departments of the enterprise, and who is in one.

import { ChevronRight } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { OrganisationAnswer, Terminal } from '../../../browser/browser.ts';
import { useTheBook } from '../engine/use-book.ts';
import { SearchField } from '../kit/search-field.tsx';
import { attempt } from '../kit/say.ts';
import { useKey } from '../shell/keys.ts';
import { Link } from '../shell/link.tsx';
import { Page } from '../shell/page.tsx';
import { go } from '../shell/place.ts';
import { useTitle } from '../shell/title.ts';
import { useSeldomTexts, useTexts } from '../texts/texts.tsx';
import { NotHere, useAsked } from './asked.tsx';
import { KeepAll } from './keep-all.tsx';
import { People } from './people.tsx';
import { useRoving } from './roving.ts';
import buttons from '../kit/button.module.css';
import css from './organisation.module.css';

export default function Departments({ name }: { readonly name: string }): ReactNode {
  const { organisation } = useSeldomTexts();
  useTitle(name === '' ? organisation.departments : name);
  return name === '' ? <AllDepartments /> : <Department key={name} name={name} />;
}

interface Listed {
  readonly name: string;
  readonly persons: number;
}

const page = { limit: 200 };
const mostPages = 50;

async function departmentsOf(terminal: Terminal): Promise<readonly Listed[]> {
  const departments: Listed[] = [];
  let after: string | undefined = '';
  for (let pages = 0; after !== undefined && pages < mostPages; pages += 1) {
    const answer = await terminal.departments({ ...page, after });
    departments.push(...answer.departments);
    after = answer.next;
  }
  return departments;
}

function AllDepartments(): ReactNode {
  const { organisation } = useSeldomTexts();
  const { terminal } = useTheBook();
  const [text, setText] = useState('');
  const stop = useRoving();
  const asked = useAsked('departments', () => departmentsOf(terminal));
  const sought = text.trim().toLocaleLowerCase();
  const shown =
    asked.kind === 'here' ? asked.answer.filter(({ name }) => name.toLocaleLowerCase().includes(sought)) : [];
  return (
    <Page title={organisation.departments}>
      <div className={css.filter}>
        <SearchField label={organisation.search} text={text} seek={setText} />
      </div>
      {asked.kind !== 'here' ? (
        <NotHere asked={asked} />
      ) : shown.length === 0 ? (
        <p className={css.said} role="status">
          {asked.answer.length === 0 ? organisation.noDepartments : organisation.noSuchDepartment}
        </p>
      ) : (
        <ul className={css.people} aria-label={organisation.departments}>
          {shown.map(({ name, persons }, at) => (
            <li key={name} className={css.line}>
              <Link to={{ kind: 'departments', name }} className={css.open} {...stop(at)}>
                <span className={css.department}>{name}</span>
                <span className={css.count}>{organisation.count(persons)}</span>
                <ChevronRight size={16} className={css.faint} aria-hidden />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

function Department({ name }: { readonly name: string }): ReactNode {
  const { organisation } = useSeldomTexts();
  const { terminal } = useTheBook();
  const asked = useAsked(name, () => terminal.organisation({ department: name }, page));
  useKey('back', () => go({ kind: 'departments', name: '' }));
  return (
    <Page title={name} above={{ to: { kind: 'departments', name: '' }, words: organisation.departments }}>
      {asked.kind !== 'here' ? (
        <NotHere asked={asked} />
      ) : asked.answer.total === 0 ? (
        <p className={css.said} role="status">
          {organisation.nobodyInDepartment}
        </p>
      ) : (
        <InDepartment name={name} first={asked.answer} />
      )}
    </Page>
  );
}

function InDepartment({ name, first }: { readonly name: string; readonly first: OrganisationAnswer }): ReactNode {
  const texts = useTexts();
  const { organisation } = useSeldomTexts();
  const { terminal } = useTheBook();
  const [pages, setPages] = useState([first]);
  const next = pages.at(-1)?.next;
  const people = pages.flatMap(({ persons }) => persons);
  const more = async (after: string): Promise<void> => {
    const answer = await terminal.organisation({ department: name }, { ...page, after });
    setPages([...pages, answer]);
  };
  return (
    <>
      <div className={css.acts}>
        <span className={css.count}>{organisation.count(first.total)}</span>
        <KeepAll department={name} />
      </div>
      <People label={name} people={people.map((person) => ({ person }))} />
      {next !== undefined && (
        <button type="button" className={buttons.plain} onClick={() => void attempt(texts, () => more(next))}>
          {organisation.more}
        </button>
      )}
    </>
  );
}
