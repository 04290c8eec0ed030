import { describe, expect, test } from 'vitest';
import { instant, milliseconds, minutes, seconds, wallTime } from '../../src/base/time.ts';
import { bookId, revision, type Change } from '../../src/book/change.ts';
import type { ChangeList } from '../../src/book/change-list.ts';
import type { Fields } from '../../src/book/person.ts';
import { personId, type PersonId } from '../../src/book/person-id.ts';
import { Hourly } from '../../src/terminal/hourly.ts';
import { arrivedBy, welcomes, type OwnDepartment } from '../../src/terminal/newcomers.ts';

const book = bookId('0b0e0a52-6a0d-4d8e-9d0e-6a5c2a6f1d01');
const [me, ada, cleo, dan] = ['meee', 'adaa', 'cleoo', 'dannn'].map((id) => personId(id)) as [
  PersonId,
  PersonId,
  PersonId,
  PersonId,
];
const own: OwnDepartment = { person: me, at: { book, revision: revision(5) }, name: 'Research' };
const list = (...changes: readonly Change[]): ChangeList => ({
  book,
  after: revision(5),
  upTo: revision(5 + changes.length),
  changes,
});
const added = (person: PersonId, fields: Fields): Change => ({ kind: 'added', person, fields });
const moved = (person: PersonId, from: string | undefined, to: string | undefined): Change => ({
  kind: 'altered',
  person,
  from: from === undefined ? {} : { department: from },
  to: to === undefined ? {} : { department: to },
});
const come = (changes: readonly Change[], known = own) => {
  const { to, arrived } = arrivedBy(list(...changes), known);
  return { department: to.name, former: to.former, upTo: to.at.revision, who: [...arrived.keys()] };
};

describe('who is new in a department', () => {
  test('is whoever is added in it or moves to it, not who is elsewhere, goes, or changes otherwise, and not oneself', () => {
    const changes: Change[] = [
      added(ada, { name: 'Ada', department: 'Research' }),
      moved(cleo, 'Works', 'Research'),
      added(dan, { name: 'Dan', department: 'Works' }),
      added(me, { name: 'Me', department: 'Research' }),
      { kind: 'altered', person: personId('evee'), from: { title: 'x' }, to: { title: 'y' } },
      moved(personId('finn'), 'Research', undefined),
      { kind: 'removed', person: personId('guyy') },
    ];
    expect(come(changes)).toEqual({ department: 'Research', former: undefined, upTo: 12, who: [ada, cleo] });
    expect(come([moved(ada, undefined, 'Research')]).who).toEqual([ada]);
    expect(come([])).toMatchObject({ upTo: 5, who: [] });
  });

  test('is nobody who came and went on within one list', () => {
    expect(come([moved(ada, 'Works', 'Research'), moved(ada, 'Research', 'Board')]).who).toEqual([]);
    expect(come([added(ada, { department: 'Research' }), { kind: 'removed', person: ada }]).who).toEqual([]);
  });

  test('is no colleague whose department only has another name now, whoever of the two moves first', () => {
    const both = come([moved(ada, 'Research', 'R&D'), moved(me, 'Research', 'R&D'), moved(cleo, 'Works', 'R&D')]);
    expect(both).toMatchObject({ department: 'R&D', former: 'Research', who: [cleo] });
    expect(come([moved(ada, 'Research', 'R&D')]).who).toEqual([]);
    const { to } = arrivedBy(list(moved(me, 'Research', 'R&D')), own);
    const next = { ...list(moved(cleo, 'Research', 'R&D'), moved(dan, 'Works', 'R&D')), after: to.at.revision };
    expect([...arrivedBy(next, to).arrived.keys()]).toEqual([dan]);
  });

  test('is nobody for whom is in no department', () => {
    const { to } = arrivedBy(list(moved(me, 'Research', undefined)), own);
    expect(to).toEqual({ person: me, at: { book, revision: 6 }, former: 'Research' });
    expect(come([moved(ada, 'Works', undefined), added(cleo, {})], to).who).toEqual([]);
    expect(come([{ kind: 'removed', person: me }, added(ada, { department: 'Research' })]).who).toEqual([]);
  });

  test('is told unless the employee holds who it is, of whom the entry tells', () => {
    const newcomers = [
      { person: ada, name: 'Ada' },
      { person: cleo, name: 'Cleo' },
    ];
    expect(welcomes({ from: undefined, to: own, newcomers }, (person) => person === ada, wallTime(9))).toEqual([
      { person: cleo, name: 'Cleo', fact: { kind: 'joined', department: 'Research' }, at: 9 },
    ]);
  });
});

describe('an hourly look', () => {
  const hour = minutes(60);
  const at = (time: number) => instant(time);

  test('is at once, then each hour, and not while offline', () => {
    const hourly = new Hourly(1);
    expect(hourly.deadline()).toBeUndefined();
    expect(hourly.handle({ kind: 'online' }, at(0))).toEqual(['look']);
    expect(hourly.deadline()).toBeUndefined();
    expect(hourly.handle({ kind: 'looked' }, at(100))).toEqual([]);
    expect(hourly.deadline()).toBe(100 + hour);
    expect(hourly.wake(at(99 + hour))).toEqual([]);
    expect(hourly.wake(at(100 + hour))).toEqual(['look']);
    expect(hourly.handle({ kind: 'offline' }, at(200 + hour))).toEqual([]);
    expect(hourly.handle({ kind: 'looked' }, at(200 + hour))).toEqual([]);
    expect(hourly.deadline()).toBeUndefined();
    expect(hourly.handle({ kind: 'online' }, at(300 + hour))).toEqual(['look']);
  });

  test('comes again at once where something was missed, during a look once after it', () => {
    const hourly = new Hourly(1);
    hourly.handle({ kind: 'online' }, at(0));
    for (const _ of [1, 2, 3]) expect(hourly.handle({ kind: 'missed' }, at(10))).toEqual([]);
    expect(hourly.handle({ kind: 'looked' }, at(20))).toEqual(['look']);
    expect(hourly.handle({ kind: 'looked' }, at(30))).toEqual([]);
    expect(hourly.handle({ kind: 'missed' }, at(40))).toEqual(['look']);
  });

  test('that fails comes again with the back-off, not sooner than the server asks, whatever is missed meanwhile', () => {
    const hourly = new Hourly(1);
    hourly.handle({ kind: 'online' }, at(0));
    hourly.handle({ kind: 'not-now', retryAfter: undefined }, at(0));
    expect(hourly.deadline()).toBeLessThanOrEqual(seconds(2));
    expect(hourly.handle({ kind: 'missed' }, at(1))).toEqual([]);
    expect(hourly.wake(at(seconds(2)))).toEqual(['look']);
    hourly.handle({ kind: 'not-now', retryAfter: seconds(300) }, at(0));
    expect(hourly.deadline()).toBeGreaterThanOrEqual(seconds(300));
    expect(hourly.wake(at(seconds(400)))).toEqual(['look']);
    hourly.handle({ kind: 'looked' }, at(0));
    expect(hourly.deadline()).toBe(milliseconds(hour));
  });

  test('that is not let in waits for the next log-in', () => {
    const hourly = new Hourly(1);
    hourly.handle({ kind: 'online' }, at(0));
    expect(hourly.handle({ kind: 'not-let-in' }, at(0))).toEqual([]);
    expect(hourly.handle({ kind: 'missed' }, at(1))).toEqual([]);
    expect(hourly.deadline()).toBeUndefined();
    expect(hourly.handle({ kind: 'online' }, at(2))).toEqual(['look']);
  });
});
