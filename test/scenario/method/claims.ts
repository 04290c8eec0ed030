// Claims 1 to 10.

import { expect } from 'vitest';
import { altered, bodyOf, field, named, textsOf, type Passing } from './passing.ts';
import {
  always,
  altering,
  byList,
  byNotice,
  entryOf,
  expectTold,
  factsOf,
  personsOf,
  telephoneIn,
  telephones,
  watch,
  type Person,
  type Scenario,
} from './scenario.ts';
import type { Place, Stage } from './stage.ts';

/** Altered in the storm, and again in peace; what passed then between `place` and the server. */
async function alteredTwice(stage: Stage, place: Place, ...numbers: readonly number[]): Promise<readonly Passing[]> {
  await stage.storm(() => stage.alter(telephones('storm', ...numbers)));
  const peace = watch(place);
  await stage.alter(telephones('peace', ...numbers));
  await stage.inStep();
  return peace();
}

const overSip = (passed: readonly Passing[]): readonly Passing[] => passed.filter(({ over }) => over !== 'HTTP');
const asked = (passed: readonly Passing[]): readonly string[] =>
  passed.filter(({ from, over }) => from === 'terminal' && over === 'HTTP').map(({ text }) => text);

async function appliedDirectly(stage: Stage): Promise<void> {
  const [ben] = stage.places;
  const [ada] = await personsOf(stage, 1);
  await ben.keep(ada.id);
  const peace = await alteredTwice(stage, ben, 0);
  const questions = asked(peace);
  if (stage.choice.delivery === 'notice') {
    expect(questions.length).toBeGreaterThan(0);
    for (const question of questions) expect(question).toMatch(/^GET \/v1\/book HTTP/);
  } else expect(questions).toEqual([]);
  expect(textsOf(peace, 'S304').length).toBeGreaterThan(0);
  await expectTold(ben, ada);
}

async function changedEntries(stage: Stage): Promise<void> {
  const [ben] = stage.places;
  const [ada] = await personsOf(stage, 1);
  await ben.keep(ada.id);
  const peace = await alteredTwice(stage, ben, 0, 1);
  const questions = asked(peace);
  expect(questions.length).toBeGreaterThan(0);
  for (const question of questions) expect(question).toMatch(/^GET \/v1\/changes\?after=\d+&with=entries HTTP/);
  const entries = textsOf(peace, 'S307').map(bodyOf).join();
  for (const number of [0, 1]) expect(entries).toContain(telephoneIn('peace', number));
  await expectTold(ben, ada);
}

async function heldOfMany(stage: Stage): Promise<void> {
  const [ben] = stage.places;
  const [ada, , , , last, still] = await personsOf(stage, 6);
  if (last === undefined || still === undefined) throw new Error('there are too few');
  await ben.keep(ada.id, last.id, still.id);
  const peace = await alteredTwice(stage, ben, 1, 0, 2, 3, 4);
  expect(new Set(textsOf(peace, 'S308').flatMap(named))).toEqual(new Set([ada.id, last.id]));
  await expectTold(ben, ada);
  expect((await factsOf(ben, last)).at(-1)).toEqual(altering(telephoneIn('storm', 4), telephoneIn('peace', 4)));
}

async function ofItsOwnAccord(stage: Stage): Promise<void> {
  const [ada] = await personsOf(stage, 1);
  for (const place of stage.places) await place.keep(ada.id);
  await stage.storm(() => stage.alter(telephones('storm', 0)));
  const peace = stage.places.map(watch);
  await stage.alter(telephones('peace', 0));
  await stage.inStep();
  for (const [at, place] of stage.places.entries()) {
    expect(peace[at]?.()[0]).toMatchObject({ from: 'server', step: 'S304' });
    await expectTold(place, ada);
  }
}

async function noBookNoSubscription(stage: Stage): Promise<void> {
  const [ben, cleo] = stage.places;
  const [ada] = await personsOf(stage, 1);
  await ben.keep(ada.id);
  await stage.storm(async () => {
    await stage.alter(telephones('storm', 0));
    await ben.remove(ada.id);
  });
  expect(overSip(cleo.passed)).toEqual([]);
  expect([ben.state, cleo.state]).toEqual(['offline', 'offline']);
  const first = watch(ben);
  await stage.alter(telephones('peace', 0));
  await ben.keep(ada.id);
  // The change of before the entry was made is told to nobody who was not there.
  const [said] = first().filter(({ from, step }) => from === 'terminal' && (step === 'S301' || step === 'S306'));
  expect(said?.step).toBe('S301');
  const second = watch(ben);
  await ben.remove(ada.id);
  await stage.inStep();
  expect(textsOf(second(), 'S301').map((message) => field(message, 'Expires'))).toContain('0');
  const states = textsOf(second(), 'S304').map((message) => field(message, 'Subscription-State'));
  expect(states.at(-1)).toMatch(/^terminated/);
  const third = watch(ben);
  await stage.alter(telephones('later', 0));
  await stage.inStep();
  expect(third()).toEqual([]);
  expect(ben.state).toBe('offline');
}

async function seesEntriesAtStart(stage: Stage): Promise<void> {
  const [ben, cleo] = stage.places;
  const [ada] = await personsOf(stage, 1);
  await ben.keep(ada.id);
  await stage.storm(async () => {
    await ben.restart();
    await stage.alter(telephones('storm', 0));
    await cleo.restart();
  });
  const peace = watch(ben);
  await ben.restart();
  await stage.inStep();
  // The farewell of the program that ended comes first.
  const subscribe = textsOf(peace(), 'S301').find((message) => field(message, 'Expires') !== '0') ?? '';
  const tag = /^[0-9a-f-]{36}\.(\d+)$/.exec(field(subscribe, 'Suppress-If-Match') ?? '');
  expect(Number(tag?.[1])).toBe(await stage.revision());
  expect(overSip(cleo.passed)).toEqual([]);
  await expectTold(ben, ada, ['storm']);
}

async function fromItsOwnRevision(stage: Stage): Promise<void> {
  const [ben] = stage.places;
  const [ada] = await personsOf(stage, 1);
  await ben.keep(ada.id);
  await stage.storm(() => stage.alter(telephones('storm', 0)));
  for (const round of ['peace', 'later']) {
    const before = await stage.revision();
    const passed = watch(ben);
    await stage.alter(telephones(round, 0));
    await stage.inStep();
    const steps = passed();
    const notice = JSON.parse(bodyOf(textsOf(steps, 'S304').at(-1) ?? '')) as { readonly after: number };
    expect(notice.after).toBe(before);
    expect(textsOf(steps, 'S306').map((question) => /after=(\d+)/.exec(question)?.[1])).toEqual([String(before)]);
    expect(steps.findIndex(({ step }) => step === 'S306')).toBeGreaterThan(
      steps.findIndex(({ step }) => step === 'S305'),
    );
  }
  await expectTold(ben, ada, ['storm', 'peace', 'later']);
}

async function comparesAndNames(stage: Stage): Promise<void> {
  const [ben, cleo] = stage.places;
  const [ada, second, third] = await personsOf(stage, 3);
  if (second === undefined || third === undefined) throw new Error('there are too few');
  await ben.keep(ada.id);
  await cleo.keep(second.id);
  await stage.storm(() => stage.alter(telephones('storm', 0, 1, 2)));
  const peace = stage.places.map(watch);
  await stage.alter(telephones('peace', 0, 1, 2));
  await stage.inStep();
  for (const [at, held] of [ada, second].entries()) {
    const passed = peace[at]?.() ?? [];
    const everyone = new Set([ada, second, third].map(({ id }) => id));
    expect(new Set(textsOf(passed, 'S307').flatMap(altered))).toEqual(everyone);
    const questions = textsOf(passed, 'S308');
    expect(questions.length).toBeGreaterThan(0);
    for (const question of questions) expect(named(question)).toEqual([held.id]);
  }
  await expectTold(ben, ada);
}

const written = {
  nickname: 'Chief',
  note: 'tea, no sugar',
  groups: ['friends'],
  favourite: true,
  numbers: [{ label: 'boat', number: '+1 555 0100' }],
  values: { city: 'Kashgar' },
} as const;

async function leavesWhatIsOwn(stage: Stage): Promise<void> {
  const [ben] = stage.places;
  const [ada] = await personsOf(stage, 1);
  await ben.keep(ada.id);
  await ben.write(ada.id, written);
  const before = await entryOf(ben, ada);
  expect(before.own).toMatchObject(written);
  for (const round of ['storm', 'peace']) {
    if (round === 'storm') await stage.storm(() => stage.alter(telephones(round, 0)));
    else await stage.alter(telephones(round, 0));
    await stage.inStep();
    const after = await entryOf(ben, ada);
    const base = { ...before.base, officeTelephone: telephoneIn(round, 0) };
    expect(after).toEqual({ ...before, base, revision: after.revision });
    expect(after.revision).toBeGreaterThan(before.revision);
  }
  expect((await ben.prompts()).map(({ name }) => name)).toEqual(['Chief', 'Chief']);
  await expectTold(ben, ada);
}

interface Book {
  readonly persons: readonly (readonly string[])[];
}

async function answersAndTellsSubscribers(stage: Stage): Promise<void> {
  const [ben, cleo] = stage.places;
  const everyone = await personsOf(stage, 6);
  const [ada] = everyone;
  await ben.keep(ada.id);
  await stage.storm(() => stage.alter(telephones('storm', 0)));
  const before = await stage.revision();
  const peace = watch(ben);
  await stage.alter(telephones('peace', 0));
  await stage.inStep();
  expect(textsOf(peace(), 'S304').length).toBeGreaterThan(0);
  expect(overSip(cleo.passed)).toEqual([]);
  await expectAnswers(cleo, [ada, before]);
  const { persons } = (await cleo.ask('/v1/book')) as Book;
  expect(persons.find(([id]) => id === ada.id)).toContain(telephoneIn('peace', 0));
  expect(persons.map(([id]) => id)).toEqual(expect.arrayContaining(everyone.map(({ id }) => id)));
}

async function expectAnswers(place: Place, [ada, after]: readonly [Person, number]): Promise<void> {
  const now = { officeTelephone: telephoneIn('peace', 0) };
  expect(await place.ask(`/v1/changes?after=${after}`)).toMatchObject({ altered: [ada.id] });
  expect(await place.ask(`/v1/changes?after=${after}&with=entries`)).toMatchObject({
    changes: [{ kind: 'altered', person: ada.id, to: now }],
  });
  expect(await place.ask('/v1/persons', { ids: [ada.id] })).toMatchObject({
    persons: [{ id: ada.id, fields: now }],
  });
}

const claim = (
  number: number,
  sentence: string,
  [applies, play]: readonly [Scenario['applies'], Scenario['play']],
) => ({
  tag: `claim ${number}`,
  sentence,
  applies,
  play,
});

export const claims: readonly Scenario[] = [
  claim(1, 'what changed is pushed with the notification, or the whole book is fetched, and is applied directly', [
    ({ delivery, acquire }) => delivery !== 'notice' || acquire === 'book',
    appliedDirectly,
  ]),
  claim(2, 'the changed entries are fetched with the data of all that changed, and applied directly', [
    ({ delivery, acquire }) => delivery === 'notice' && acquire === 'entries',
    changedEntries,
  ]),
  claim(3, 'of a change list only the persons that are held are asked for, by their IDs', [byList, heldOfMany]),
  claim(4, 'the server notifies every subscriber of a change of its own accord', [always, ofItsOwnAccord]),
  claim(5, 'a terminal without a personal address book sends no SUBSCRIBE; the last entry removed ends it', [
    always,
    noBookNoSubscription,
  ]),
  claim(6, 'the subscription module sees that entries are there, and subscribes with their revision', [
    always,
    seesEntriesAtStart,
  ]),
  claim(7, 'the acquisition module asks upon a notification, from its own revision', [
    (choice) => byNotice(choice) && choice.acquire !== 'book',
    fromItsOwnRevision,
  ]),
  claim(8, 'the processing module compares the change list with the entries, and names nobody else', [
    byList,
    comparesAndNames,
  ]),
  claim(9, 'the revision module changes the enterprise’s part of an entry alone, and prompts', [
    always,
    leavesWhatIsOwn,
  ]),
  claim(
    10,
    'the server answers for book, changes, list and persons, and sends the update message to subscribers alone',
    [always, answersAndTellsSubscribers],
  ),
];
