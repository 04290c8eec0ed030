import { expect, test } from 'vitest';
import { instant } from '../../src/base/time.ts';
import { revision } from '../../src/book/change.ts';
import { personId } from '../../src/book/person-id.ts';
import { nothingOwn, type PersonalEntry } from '../../src/book/personal-entry.ts';
import { EitherSide } from '../../src/terminal/either-side.ts';
import { EnterpriseQuestions } from '../../src/terminal/enterprise-questions.ts';
import { lookUpHeld } from '../../src/terminal/look-up.ts';
import { nothingHeld } from '../../src/terminal/personal-address-book.ts';

const entry = (id: string, base: PersonalEntry['base'], own: Partial<PersonalEntry['own']> = {}): PersonalEntry => ({
  person: personId(id),
  base,
  revision: revision(1),
  own: { ...nothingOwn, ...own },
  state: 'held',
});
const entries = [
  entry('zoe2', { name: 'Zoë Müller', officeTelephone: '+49 (30) 8001-22' }),
  entry('wang', { name: 'Wang Wei', chineseName: '王伟', pinyin: 'wang wei' }, { nickname: 'Bear' }),
  entry('ada2', { name: 'Ada', mail: 'ada@example.com' }, { values: { mail: 'mine@example.org' } }),
];
const page = { limit: 10, after: '' };
const found = (text: string): readonly string[] => lookUpHeld(entries, text, page).persons.map(({ id }) => id);

test.each([
  ['zoe muller', ['zoe2']],
  ['ZOË', ['zoe2']],
  ['800122', ['zoe2']],
  ['8001-22', ['zoe2']],
  ['王伟', ['wang']],
  ['bear wei', ['wang']],
  ['mine@', ['ada2']],
  ['ada@', []],
  ['', ['ada2', 'wang', 'zoe2']],
  ['nobody', []],
  ['ww', ['wang']],
  ['wangwei', ['wang']],
  ['030 800122', ['zoe2']],
  ['mueller', ['zoe2']],
  ['mulelr', ['zoe2']],
])('%s among the entries held finds %j', (text, ids) => {
  expect([...found(text)].sort()).toEqual(ids);
});

test('pages follow each other to the last', () => {
  const first = lookUpHeld(entries, '', { limit: 2, after: '' });
  expect(first).toMatchObject({ total: 3, asTyped: 3, persons: [{ id: 'ada2' }, { id: 'wang' }], next: 'wang' });
  const second = lookUpHeld(entries, '', { limit: 2, after: 'wang' });
  expect(second).toMatchObject({ total: 3, persons: [{ id: 'zoe2' }], next: undefined });
});

/** Of a terminal whose server says nothing at all; `pass` lets so many milliseconds pass. */
function unanswered(): { readonly sides: EitherSide; readonly pass: (milliseconds: number) => void } {
  let now = 0;
  const alarms = new Set<{ readonly at: number; readonly act: () => void }>();
  const ring = (milliseconds: number, act: () => void) => {
    const alarm = { at: now + milliseconds, act };
    alarms.add(alarm);
    return () => void alarms.delete(alarm);
  };
  const store = { entries: () => Promise.resolve(entries), holdings: () => Promise.resolve(nothingHeld) };
  const silent = new EnterpriseQuestions(() => new Promise(() => undefined));
  return {
    sides: new EitherSide(silent, store, { now: () => instant(now), ring }),
    pass: (milliseconds) => {
      now += milliseconds;
      for (const alarm of alarms) if (alarm.at <= now && alarms.delete(alarm)) alarm.act();
    },
  };
}

test('a server that says nothing keeps nobody waiting for those who are held: they are found as with it, by name and by number', async () => {
  const { sides, pass } = unanswered();
  const [name, number] = [sides.lookUp('ww', {}), sides.whoseNumber('+86 10 1234 5678')];
  await new Promise((resolve) => setImmediate(resolve));
  pass(4000);
  expect(await name).toMatchObject({ source: 'held', persons: [{ id: 'wang' }] });
  expect(await number).toMatchObject({ source: 'held', persons: [], words: expect.stringContaining('in time') });
  expect(await sides.whoseNumber('030 800122')).toMatchObject({ persons: [{ id: 'zoe2' }], words: '' });
});

test('who asks for what one wrote is given those alone of whom something is written', async () => {
  const { sides } = unanswered();
  const written = async (text: string) =>
    (await sides.lookUpHeld(text, { writtenOnly: true })).persons.map(({ id }) => id);
  expect(await written('bear')).toEqual(['wang']);
  expect(await written('')).toEqual(['ada2', 'wang']);
  expect(await written('zoe')).toEqual([]);
});
