// The organisation around a person as the lines of a tree: from the top down to the person, and below whoever was opened.
// A manager on the way shows only who is on the way, and how many others there are, until asked for all.

import type { OrganisationAnswer, PersonId, PersonInOrganisation } from '../../../browser/browser.ts';

/** Whom somebody manages, as far as it was asked for. */
export interface Branch {
  readonly people: readonly PersonInOrganisation[];
  /** Where the next page begins. */
  readonly next?: string;
}

export interface Tree {
  /** From the top down to the person around whom it is. */
  readonly way: readonly PersonInOrganisation[];
  readonly branches: ReadonlyMap<PersonId, Branch>;
  readonly open: ReadonlySet<PersonId>;
}

interface Placed {
  /** Names the line. */
  readonly key: string;
  /** From 1, as `aria-level`. */
  readonly level: number;
  /** The line of the manager. */
  readonly above: string | undefined;
}

export type Line =
  | (Placed & {
      readonly kind: 'person';
      readonly person: PersonInOrganisation;
      /** Undefined of somebody who manages nobody. */
      readonly isOpen: boolean | undefined;
    })
  | (Placed & { readonly kind: 'others'; readonly under: PersonId; readonly count: number });

/** Around somebody of whom the server said who is above and below. */
export function treeAround(person: PersonInOrganisation, answer: OrganisationAnswer): Tree {
  const way = [...answer.managers.toReversed(), person];
  return grown({ way, branches: new Map(), open: new Set() }, person.id, answer);
}

/** With one page more of whom `under` manages, and open there. */
export function grown(tree: Tree, under: PersonId, { persons, next }: OrganisationAnswer): Tree {
  const before = tree.branches.get(under)?.people ?? [];
  const known = new Set(before.map(({ id }) => id));
  const people = [...before, ...persons.filter(({ id }) => !known.has(id))];
  const branch = { people, ...(next !== undefined && { next }) };
  return { ...tree, branches: new Map(tree.branches).set(under, branch), open: new Set(tree.open).add(under) };
}

export function turned(tree: Tree, person: PersonId): Tree {
  const open = new Set(tree.open);
  if (!open.delete(person)) open.add(person);
  return { ...tree, open };
}

export function linesOf(tree: Tree): readonly Line[] {
  const [top] = tree.way;
  return top === undefined ? [] : below(tree, top, []);
}

/** A directory may say that two people manage each other: nobody stands below themselves. */
function below(tree: Tree, person: PersonInOrganisation, above: readonly string[]): readonly Line[] {
  const key = person.id;
  const placed = { key, level: above.length + 1, above: above.at(-1) };
  const isOpen = tree.open.has(key) && tree.branches.has(key);
  const shown = shownBelow(tree, person, isOpen).filter(({ id }) => !above.includes(id) && id !== key);
  const others = shown.length === 0 && !isOpen ? 0 : Math.max(0, person.reports - shown.length);
  const chain = [...above, key];
  return [
    { ...placed, kind: 'person', person, isOpen: person.reports === 0 ? undefined : shown.length > 0 },
    ...shown.flatMap((each) => below(tree, each, chain)),
    ...(others > 0
      ? [
          {
            kind: 'others',
            key: `${key} others`,
            level: chain.length + 1,
            above: key,
            under: key,
            count: others,
          } as const,
        ]
      : []),
  ];
}

function shownBelow({ way, branches }: Tree, { id }: PersonInOrganisation, isOpen: boolean): Branch['people'] {
  const at = way.findIndex((each) => each.id === id);
  const next = at < 0 ? undefined : way[at + 1];
  const all = isOpen ? (branches.get(id)?.people ?? []) : [];
  if (next === undefined) return all;
  // Whoever is on the way may be on a later page.
  return all.some((each) => each.id === next.id) ? all : [next, ...all];
}
