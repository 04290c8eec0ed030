// What of the PC client is reckoned, not drawn.

import { expect, test, vi } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import type { Action } from '../../src/book/action.ts';
import { bookId, revision } from '../../src/book/change.ts';
import { nothingOwn, type PersonalEntry } from '../../src/book/personal-entry.ts';
import { entryId, ownContactId, personId, type PersonId } from '../../src/book/person-id.ts';
import type { Fields } from '../../src/book/person.ts';
import { choices } from '../../src/apps/pc-client/engine/choices.ts';
import { keepsOrder, ordered } from '../../src/apps/pc-client/engine/order.ts';
import { heightOf, lineAt, linesOf, shownOf } from '../../src/apps/pc-client/list/lines.ts';
import { monogramOf } from '../../src/apps/pc-client/list/monogram.ts';
import { commonOf, linesOf as toldLinesOf, undoableOf } from '../../src/apps/pc-client/notices/lines.ts';
import { promptsAskedFor } from '../../src/apps/pc-client/notices/search.ts';
import {
  grown,
  linesOf as treeLinesOf,
  treeAround,
  turned,
  type Tree,
} from '../../src/apps/pc-client/organisation/tree.ts';
import { changesOf } from '../../src/apps/pc-client/person/changes.ts';
import { lastWay, rememberWay, startsOf } from '../../src/apps/pc-client/starting/starts.ts';
import { tellingsOf, type TellingOfMany } from '../../src/terminal/telling.ts';
import type { StoredPrompt } from '../../src/terminal/personal-address-book.ts';
import type { PersonInOrganisation } from '../../src/wire/http.ts';

const entryOf = (person: string, base: Fields): PersonalEntry => ({
  person: personId(person),
  base,
  revision: revision(1),
  own: nothingOwn,
  state: 'held',
});

const bookOf = (...entries: readonly PersonalEntry[]) => new Map(entries.map((entry) => [entry.person, entry]));

test.each([
  [{ name: '张伟' }, '张伟'],
  [{ name: '欧阳建国' }, '建国'],
  [{ name: '司马 静' }, '马静'],
  [{ name: 'Ada Lovelace' }, 'AL'],
  [{ name: 'Ludwig van Beethoven' }, 'LB'],
  [{ name: 'ångström' }, 'Å'],
  [{ name: 'Lovelace, Ada (Ext.)' }, 'LA'],
  [{ name: '8001' }, '?'],
  [{}, '?'],
] as const)('the monogram of %j is %s', (fields, monogram) => {
  expect(monogramOf(fields)).toBe(monogram);
});

test('the list stands in the order of the readings, under letters, with what has no letter last', () => {
  const book = bookOf(
    entryOf('aaa2', { name: '单芳', pinyin: 'Shan Fang' }),
    entryOf('bbb2', { name: 'Østergaard' }),
    entryOf('ccc2', { name: '8001 porter' }),
    entryOf('ddd2', { name: 'ada' }),
    entryOf('eee2', {}),
  );
  expect(ordered(book, []).map(({ letter, person }) => `${letter} ${person}`)).toEqual([
    'A ddd2',
    'O bbb2',
    'S aaa2',
    '# eee2',
    '# ccc2',
  ]);
});

test('the order stays the very same while nobody comes, goes or is named otherwise', () => {
  const ada = entryOf('ddd2', { name: 'Ada' });
  const ben = entryOf('bbb2', { name: 'Ben' });
  const order = ordered(bookOf(ada, ben), []);
  const called = { ...ada, base: { ...ada.base, officeTelephone: '8002' } };
  expect(ordered(bookOf(called, ben), order)).toBe(order);
  const named = { ...ada, base: { name: 'Cora' } };
  expect(ordered(bookOf(named, ben), order).map(({ person }) => person)).toEqual([ben.person, ada.person]);
  expect(ordered(bookOf(ben), order)).toHaveLength(1);
  expect(
    [[called], [], [named], [entryOf('new2', {})]].map((changed) => keepsOrder(bookOf(ada, ben), changed)),
  ).toEqual([true, true, false, false]);
});

const day = 24 * 60 * 60 * 1000;
const prompt = (id: number, from: string | undefined, more: Partial<StoredPrompt> = {}): StoredPrompt => ({
  id,
  person: personId('ddd2'),
  name: 'Ada',
  fact: { kind: 'altered', field: 'officeTelephone', ...(from !== undefined && { from }), to: 'x' },
  at: wallTime(id * day),
  seen: true,
  undone: false,
  ...more,
});

test('of a field the newest change is news for a week, and none once it was undone', () => {
  const now = 10 * day;
  expect(changesOf([prompt(1, '1'), prompt(8, '2'), prompt(9, '3')], now).get('officeTelephone')).toMatchObject({
    prompt: 9,
    from: '3',
  });
  expect(changesOf([prompt(2, '1')], now).size).toBe(0);
  expect(changesOf([prompt(8, '1'), prompt(9, '2', { undone: true })], now).size).toBe(0);
  expect(changesOf([prompt(9, undefined)], now).get('officeTelephone')?.from).toBeUndefined();
  expect(changesOf([prompt(9, undefined, { fact: { kind: 'left' } })], now).size).toBe(0);
});

test('every place has an address that leads back to it, and an address that is nobody’s leads nowhere', async () => {
  vi.stubGlobal('location', { pathname: '/', search: '' });
  vi.stubGlobal('history', { state: null });
  vi.stubGlobal('addEventListener', () => undefined);
  const { pathOf, placeOf } = await import('../../src/apps/pc-client/shell/place.ts');
  const at = (path: string, state: unknown = null) => {
    const { pathname, search } = new URL(path, 'http://rollcall.invalid');
    return placeOf({ pathname, search }, state);
  };
  const group = { kind: 'group', name: '研发/R&D 50%?' } as const;
  for (const place of [
    { kind: 'everyone' },
    { kind: 'favourites' },
    { kind: 'changed' },
    group,
    { kind: 'person', person: entryId('own-abcdef'), list: { kind: 'everyone' } },
    { kind: 'look-up', text: 'a&b=c 张' },
    { kind: 'settings', page: 'privacy' },
    { kind: 'history' },
    { kind: 'history', text: '张 & 8001', unseenOnly: true, person: personId('abcd') },
  ] as const)
    expect(at(pathOf(place))).toEqual(place);
  expect(at('/p/abcd', pathOf(group))).toEqual({ kind: 'person', person: 'abcd', list: group });
  expect(at('/p/abcd', { list: 7 })).toMatchObject({ list: { kind: 'everyone' } });
  for (const path of ['/p/NOBODY', '/p/', '/g/', '/no/such/place', '/settings/a/b', '/history/x', '/%E0%A4%A'])
    expect(at(path), path).toEqual({ kind: 'nowhere' });
  vi.unstubAllGlobals();
});

test('of ten thousand lines those are drawn that are to be seen, and some on either side; a place between two lines is the upper one’s', () => {
  const people = Array.from({ length: 10_000 }, (_, at) => ({
    person: `own-${String(at).padStart(6, '0')}` as PersonId,
    key: '',
    letter: at < 5000 ? 'A' : 'B',
  }));
  const lines = linesOf(people);
  expect(lines).toHaveLength(10_002);
  expect(heightOf(lines)).toBe(10_000 * 60 + 2 * 28);
  expect([lineAt(lines, -5), lineAt(lines, 27), lineAt(lines, 28), lineAt(lines, 1e9)]).toEqual([0, 0, 1, 10_001]);
  for (const [at, line] of lines.entries())
    if (lineAt(lines, line.start + line.height - 1) !== at) expect.fail(`${at}`);
  const middle = shownOf(lines, { scrollTop: 5000 * 60 + 28, clientHeight: 600 });
  expect(middle.letter).toBe('B');
  expect(middle.last - middle.first).toBeLessThan(40);
  expect(shownOf(lines, { scrollTop: 1e9, clientHeight: 600 }).last).toBe(10_001);
  expect(shownOf(lines, { scrollTop: 0, clientHeight: 0 })).toMatchObject({ first: 0, letter: 'A' });
  expect(shownOf([], { scrollTop: 0, clientHeight: 600 })).toMatchObject({ letter: '' });
});

const altered = (
  id: number,
  [from, to]: readonly [from?: string | undefined, to?: string | undefined],
  more: Partial<StoredPrompt> = {},
): StoredPrompt => ({
  ...prompt(1, undefined),
  id,
  fact: { kind: 'altered', field: 'office', ...(from !== undefined && { from }), ...(to !== undefined && { to }) },
  ...more,
});

test('a field that changed twice is one line, and one undo leads to what it was before the first', () => {
  const prompts = [altered(1, ['A', 'B']), altered(2, ['B', 'C'])];
  expect(toldLinesOf(prompts)).toMatchObject([{ key: 'office', from: 'A', to: 'C', undoable: [1, 2], undone: false }]);
  expect(toldLinesOf([altered(1, [undefined, 'B']), altered(2, ['B', 'C'])])).toMatchObject([
    { to: 'C', undoable: [] },
  ]);
  expect(toldLinesOf([altered(1, ['A', 'B'], { undone: true })])).toMatchObject([{ undoable: [], undone: true }]);
  expect(toldLinesOf([altered(1, ['A'])])).toMatchObject([{ from: 'A', to: undefined, undoable: [1] }]);
  const photo = altered(3, [], { fact: { kind: 'altered', field: 'photo', from: 'f'.repeat(64), to: 'e'.repeat(64) } });
  expect(toldLinesOf([photo])).toEqual([{ kind: 'photo', key: 'photo', isThere: true }]);
});

test('of many the value is told that all of them have now, and each undo is of one of them', () => {
  const many = (to: (at: number) => string | undefined): TellingOfMany =>
    tellingsOf(
      [0, 1, 2, 3, 4].map((at) => altered(at + 1, [`A${at}`, to(at)], { person: personId(`aaa${at + 2}`) })),
    )[0] as TellingOfMany;
  expect(commonOf(many(() => 'B'))).toEqual([{ field: 'office', from: undefined, to: 'B', alike: true }]);
  expect(commonOf(many(() => undefined))).toMatchObject([{ to: undefined, alike: true }]);
  expect(commonOf(many((at) => `B${at}`))).toMatchObject([{ to: undefined, alike: false }]);
  expect(
    undoableOf(
      many(() => 'B'),
      new Map(),
    ),
  ).toEqual([5, 4, 3, 2, 1]);
});

test('what one’s own value covers is not undone: that would write over it', () => {
  const one = tellingsOf([
    altered(1, ['A', 'B'], { person: personId('aaa2') }),
    altered(2, ['1', '2'], { person: personId('aaa2'), fact: { kind: 'altered', field: 'title', from: '1', to: '2' } }),
  ])[0];
  if (one === undefined) throw new Error('nothing is told');
  const own: PersonalEntry = { ...entryOf('aaa2', {}), own: { ...nothingOwn, values: { office: 'mine' } } };
  expect(undoableOf(one, new Map())).toEqual([1, 2]);
  expect(undoableOf(one, new Map([[own.person, own]]))).toEqual([2]);
});

test('the history finds a name in any script, also of who is not held, a field and a value; a hash is nobody’s word', () => {
  const entries = bookOf(entryOf('ddd2', { name: '张伟', englishName: 'William' }));
  const prompts = [
    altered(1, ['Tower 7', 'Ｔower 8'], { name: '张伟' }),
    altered(2, [], { person: personId('ddd3'), name: '李娜', fact: { kind: 'joined', department: '研发' } }),
    altered(3, [], { name: '张伟', seen: false, fact: { kind: 'altered', field: 'photo', to: 'abcabc' } }),
  ];
  const found = (text: string, more: object = {}) =>
    promptsAskedFor(prompts, { kind: 'history', text, ...more }, { label: (field) => `Ünser ${field}`, entries }).map(
      ({ id }) => id,
    );
  expect(found('')).toEqual([1, 2, 3]);
  expect(found('zhang wei')).toEqual([1, 3]);
  expect(found('張')).toEqual([1, 3]);
  expect(found('zw')).toEqual([1, 3]);
  expect(found('william')).toEqual([1, 3]);
  expect(found('lina')).toEqual([2]);
  expect(found('研发')).toEqual([2]);
  expect(found('tower 8')).toEqual([1]);
  expect(found('UNSER office')).toEqual([1]);
  expect(found('zhang unser photo')).toEqual([3]);
  expect(found('abcabc')).toEqual([]);
  expect(found('', { unseenOnly: true })).toEqual([3]);
  expect(found('zhang', { person: personId('ddd3') })).toEqual([]);
  expect(found('\u0000 (*[')).toEqual([]);
  expect(found('x'.repeat(100_000))).toEqual([]);
});

const worker = (id: string, reports = 0): PersonInOrganisation => ({
  id: personId(id),
  revision: revision(1),
  fields: { name: id },
  reports,
});
const around = (
  managers: readonly PersonInOrganisation[],
  persons: readonly PersonInOrganisation[],
  next?: string,
) => ({
  book: bookId('0b0e0a52-6a0d-4d8e-9d0e-6a5c2a6f1d01'),
  revision: revision(1),
  managers,
  total: persons.length,
  persons,
  complete: true,
  ...(next !== undefined && { next }),
});
/** A line each: as deep as it stands, with `+` and `-` where it opens and closes. */
const drawn = (tree: Tree): readonly string[] =>
  treeLinesOf(tree).map((line) => {
    const sign = line.kind === 'others' ? '' : line.isOpen === undefined ? '' : line.isOpen ? '- ' : '+ ';
    return `${'.'.repeat(line.level)}${sign}${line.kind === 'others' ? `${line.count} others` : line.person.id}`;
  });
const [boss, head, ada, ben, cleo] = [
  worker('boss', 3),
  worker('head', 3),
  worker('ada2', 2),
  worker('ben2'),
  worker('cleo'),
];

test('around a person the tree is the way from the top, with how many others there are, and whom the person manages', () => {
  const tree = treeAround(ada, around([head, boss], [ben, cleo]));
  expect(drawn(tree)).toEqual([
    '.- boss',
    '..- head',
    '...- ada2',
    '....ben2',
    '....cleo',
    '...2 others',
    '..2 others',
  ]);
  expect(
    treeLinesOf(tree)
      .map(({ key, above }) => [key, above])
      .slice(0, 3),
  ).toEqual([
    ['boss', undefined],
    ['head', 'boss'],
    ['ada2', 'head'],
  ]);
  expect(drawn(turned(tree, ada.id))).toEqual(['.- boss', '..- head', '...+ ada2', '...2 others', '..2 others']);
  expect(turned(turned(tree, ada.id), ada.id)).toEqual(tree);
});

test('the others come page by page, each once; whoever is on the way stays, on whatever page', () => {
  const [dora, emil] = [worker('dora'), worker('emil')];
  const first = grown(treeAround(ben, around([head], [])), head.id, around([], [dora], 'more'));
  expect(drawn(first)).toEqual(['.- head', '..ben2', '..dora', '..1 others']);
  expect(first.branches.get(head.id)?.next).toBe('more');
  const all = grown(first, head.id, around([], [dora, ben, emil]));
  expect(drawn(all)).toEqual(['.- head', '..dora', '..ben2', '..emil']);
  expect(all.branches.get(head.id)?.next).toBeUndefined();
});

test('people who manage each other stand below each other once, and whoever manages nobody has nothing to open', () => {
  const [one, other] = [worker('one2', 1), worker('oth2', 1)];
  const ring = grown(treeAround(one, around([], [other])), other.id, around([], [one]));
  expect(drawn(ring)).toEqual(['.- one2', '..+ oth2', '...1 others']);
  expect(drawn(treeAround(ben, around([], [])))).toEqual(['.ben2']);
  expect(treeLinesOf({ way: [], branches: new Map(), open: new Set() })).toEqual([]);
});

const actionTo = (kind: Action['kind'], url: string, more: Partial<Action> = {}): Action => ({
  kind,
  label: { en: 'SIP', zh: 'SIP' },
  url,
  to: url,
  without: [],
  ...more,
});

test('what can be started stands in one order, each kind by the way that was taken last, or else the first', () => {
  const mobile = actionTo('call', 'tel:+1', { field: 'mobileTelephone' });
  const office = actionTo('call', 'tel:+2', { field: 'officeTelephone' });
  const actions = [actionTo('mail', 'mailto:a@b.c'), office, mobile, actionTo('call', 'tel:+2', { field: 'fax' })];
  const starts = (last?: string) => startsOf(actions, (kind) => (kind === 'call' ? last : undefined));
  expect(starts().map(({ kind, first }) => [kind, first.action.url])).toEqual([
    ['call', 'tel:+2'],
    ['mail', 'mailto:a@b.c'],
  ]);
  // A link that is there under two names is one way.
  expect(starts()[0]?.ways.map(({ name }) => name)).toEqual(['SIP/officeTelephone/0', 'SIP/mobileTelephone/0']);
  expect(starts('SIP/mobileTelephone/0')[0]?.first.action).toBe(mobile);
  expect(starts('of another day')[0]?.first.action).toBe(office);
  expect(startsOf([], () => undefined)).toEqual([]);
});

test('the way that was taken is remembered by person and kind, the newest 300; what is no such list is none', () => {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
  });
  const person = personId('ada2');
  expect(lastWay(person, 'call')).toBeUndefined();
  for (let at = 0; at < 299; at += 1) rememberWay(ownContactId(String(at).padStart(8, 'a')), 'call', 'old');
  rememberWay(person, 'call', 'first');
  rememberWay(person, 'mail', 'mail');
  rememberWay(person, 'call', 'second');
  expect([lastWay(person, 'call'), lastWay(person, 'mail')]).toEqual(['second', 'mail']);
  expect(JSON.parse(choices.read('ways') ?? '')).toHaveLength(300);
  for (const written of ['{', '7', '[["ada2 call"],[1,2],"x"]']) {
    choices.write('ways', written);
    expect(lastWay(person, 'call')).toBeUndefined();
  }
  // A browser that keeps nothing for the page: as long as the page is there.
  const refuse = (): never => {
    throw new DOMException('not here', 'SecurityError');
  };
  vi.stubGlobal('localStorage', { getItem: refuse, setItem: refuse });
  rememberWay(person, 'call', 'here');
  expect(lastWay(person, 'call')).toBe('here');
  vi.unstubAllGlobals();
});
