// Departments as a tree, by their names.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { departmentsBelow, type DepartmentInTree } from '../../src/server/department-tree.ts';

const all = [
  { name: 'Research', persons: 2 },
  { name: 'Research/Physics/Optics', persons: 3 },
  { name: 'Research/Physics', persons: 1 },
  { name: 'Research/Physics/Lasers', persons: 4 },
  { name: 'Researchers', persons: 5 },
  { name: '研发部/一组', persons: 6 },
];

const words = (found: readonly DepartmentInTree[]): readonly unknown[] =>
  found.map(({ name, label, persons, departments }) => [name, label, persons, departments]);

test('at the top are those that are in none, also one that nobody is in; each with all who are in it, and how many are directly in it', () => {
  expect(words(departmentsBelow(all, { department: '', separator: '/' }))).toEqual([
    ['Research', 'Research', 10, 1],
    ['Researchers', 'Researchers', 5, 0],
    ['研发部', '研发部', 6, 1],
  ]);
  expect(words(departmentsBelow(all, { department: 'Research', separator: '/' }))).toEqual([
    ['Research/Physics', 'Physics', 8, 2],
  ]);
  expect(words(departmentsBelow(all, { department: 'Research/Physics', separator: '/' }))).toEqual([
    ['Research/Physics/Optics', 'Optics', 3, 0],
    ['Research/Physics/Lasers', 'Lasers', 4, 0],
  ]);
});

test('without a separator none is in another; in one that is not there is none', () => {
  expect(departmentsBelow(all, { department: '', separator: undefined })).toHaveLength(all.length);
  expect(departmentsBelow(all, { department: 'Research', separator: undefined })).toEqual([]);
  for (const department of ['Kitchen', 'Researchers', 'Research/', '/', 'research', 'Research/Physics/Optics'])
    expect(departmentsBelow(all, { department, separator: '/' })).toEqual([]);
});

test('separators at the end, doubled, and of several characters make parts as they are, each with a label; before the first is none', () => {
  const odd = ['/A', 'A//B', 'A/', ' A / B '].map((name) => ({ name, persons: 1 }));
  const top = departmentsBelow(odd, { department: '', separator: '/' });
  expect(words(top)).toEqual([
    ['/A', '/A', 1, 0],
    ['A', 'A', 2, 1],
    [' A ', 'A', 1, 1],
  ]);
  expect(words(departmentsBelow([{ name: 'A > B > C', persons: 1 }], { department: 'A', separator: ' > ' }))).toEqual([
    ['A > B', 'B', 1, 1],
  ]);
});

test('whatever departments are called, the tree from the top has each of them once, and nobody is counted twice', () =>
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.array(fc.constantFrom('A', 'B', '研', ''), { minLength: 1, maxLength: 4 }), {
        selector: String,
      }),
      (paths) => {
        const names = new Set(paths.map((path) => path.join('/')).filter((name) => name !== ''));
        const departments = [...names].map((name) => ({ name, persons: 1 }));
        const met: string[] = [];
        const through = (department: string): number =>
          departmentsBelow(departments, { department, separator: '/' }).reduce((sum, node) => {
            met.push(node.name);
            const inside = through(node.name);
            const own = departments.some(({ name }) => name === node.name) ? 1 : 0;
            expect(node.persons).toBe(own + inside);
            expect(node.departments).toBe(
              departmentsBelow(departments, { department: node.name, separator: '/' }).length,
            );
            return sum + node.persons;
          }, 0);
        expect(through('')).toBe(departments.length);
        expect(new Set(met).size).toBe(met.length);
        expect(departments.every(({ name }) => met.includes(name))).toBe(true);
      },
    ),
    { numRuns: 100 },
  ));
