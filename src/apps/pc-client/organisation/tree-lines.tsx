import { ChevronDown, ChevronRight, Ellipsis } from 'lucide-react';
import { useEffect, useRef, useState, type CSSProperties, type KeyboardEvent, type ReactNode } from 'react';
import { type PersonId } from '../../../browser/browser.ts';
import { useTheBook } from '../engine/use-book.ts';
import { classes } from '../kit/classes.ts';
import { attempt } from '../kit/say.ts';
import { Portrait } from '../list/portrait.tsx';
import { keyTable } from '../shell/keys.ts';
import { everyone, go } from '../shell/place.ts';
import { useSeldomTexts, useTexts } from '../texts/texts.tsx';
import { useKeeping } from './keeping.ts';
import { isKeepKey, KeepButton, PersonWords } from './people.tsx';
import { stepOf } from './roving.ts';
import { grown, linesOf, turned, type Line, type Tree } from './tree.ts';
import css from './tree.module.css';

interface TreeLinesProps {
  /** As it is shown at first. */
  readonly first: Tree;
  readonly around: PersonId;
}

const pageOfReports = { limit: 100 };

export function TreeLines({ first, around }: TreeLinesProps): ReactNode {
  const texts = useTexts();
  const { organisation } = useSeldomTexts();
  const book = useTheBook();
  const { keep } = useKeeping();
  const [tree, setTree] = useState(first);
  const [here, setHere] = useState<string>(around);
  const list = useRef<HTMLDivElement>(null);
  const lines = linesOf(tree);

  const step = (line: Line | undefined): void => {
    if (line === undefined) return;
    setHere(line.key);
    list.current?.querySelector<HTMLElement>(`[data-key="${line.key}"]`)?.focus();
  };
  const open = (person: PersonId): void => go({ kind: 'person', person, list: everyone });
  async function readBelow(person: PersonId): Promise<void> {
    const after = tree.branches.get(person)?.next;
    await attempt(texts, async () => {
      const page = { ...pageOfReports, ...(after !== undefined && { after }) };
      const answer = await book.terminal.organisation({ person }, page);
      setTree((before) => grown(before, person, answer));
    });
  }
  const turn = (line: Line): void => {
    if (line.kind === 'others') void readBelow(line.under);
    else if (line.isOpen !== undefined && tree.branches.has(line.key as PersonId))
      setTree(turned(tree, line.person.id));
    else if (line.isOpen !== undefined) void readBelow(line.person.id);
  };
  function hear(event: KeyboardEvent): void {
    const at = lines.findIndex(({ key }) => key === here);
    const line = lines[at];
    if (line === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = stepOf(event.key, at, lines.length);
    if (next !== undefined) step(lines[next]);
    else if (!act(event.key, line, at)) return;
    event.preventDefault();
    event.stopPropagation();
  }
  /** Whether the key is one of the tree's. */
  function act(key: string, line: Line, at: number): boolean {
    if (key === 'ArrowRight') {
      if (line.kind === 'person' && line.isOpen === true) step(lines[at + 1]);
      else turn(line);
      return true;
    }
    if (key === 'ArrowLeft') {
      if (line.kind === 'person' && line.isOpen === true && tree.open.has(line.person.id)) turn(line);
      else step(lines.find((each) => each.key === line.above));
      return true;
    }
    if (key === 'Enter' || key === ' ') {
      if (line.kind === 'others') turn(line);
      else open(line.person.id);
      return true;
    }
    if (line.kind === 'others') return false;
    if ((keyTable.organisation.keys as readonly string[]).includes(key)) {
      go({ kind: 'organisation', person: line.person.id });
      return true;
    }
    if (!isKeepKey(key) || book.snapshot.entries.has(line.person.id)) return false;
    void keep(line.person);
    return true;
  }
  useEffect(() => {
    list.current?.querySelector(`[data-key="${around}"]`)?.scrollIntoView({ block: 'nearest' });
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- a ref
  }, [around]);
  return (
    <div ref={list} role="tree" tabIndex={-1} aria-label={organisation.title} className={css.tree} onKeyDown={hear}>
      {lines.map((line) => (
        <div
          key={line.key}
          role="treeitem"
          aria-level={line.level}
          aria-expanded={line.kind === 'person' ? line.isOpen : undefined}
          aria-selected={line.key === around}
          tabIndex={line.key === here ? 0 : -1}
          data-key={line.key}
          className={classes(css.line, line.key === around && css.around)}
          style={{ '--level': line.level - 1 } as CSSProperties}
          onFocus={() => setHere(line.key)}
        >
          {line.kind === 'others' ? (
            <button type="button" tabIndex={-1} className={css.others} onClick={() => turn(line)}>
              <Ellipsis size={16} aria-hidden />
              {organisation.others(line.count)}
            </button>
          ) : (
            <PersonLine
              line={line}
              turn={() => turn(line)}
              open={() => open(line.person.id)}
              keep={() => void keep(line.person)}
            />
          )}
        </div>
      ))}
    </div>
  );
}

interface PersonLineProps {
  readonly line: Extract<Line, { kind: 'person' }>;
  readonly turn: () => void;
  readonly open: () => void;
  readonly keep: () => void;
}

function PersonLine({ line: { person, isOpen }, turn, open, keep }: PersonLineProps): ReactNode {
  const { organisation } = useSeldomTexts();
  const Twist = isOpen === true ? ChevronDown : ChevronRight;
  return (
    <>
      {isOpen === undefined ? (
        <span className={css.twist} />
      ) : (
        <button
          type="button"
          tabIndex={-1}
          className={css.twist}
          aria-label={isOpen ? organisation.close : organisation.open}
          onClick={turn}
        >
          <Twist size={16} aria-hidden />
        </button>
      )}
      <button type="button" tabIndex={-1} className={css.open} onClick={open}>
        <Portrait person={person.id} fields={person.fields} />
        <PersonWords person={person} after={person.reports === 0 ? undefined : organisation.reports(person.reports)} />
      </button>
      <KeepButton person={person} keep={keep} />
    </>
  );
}
