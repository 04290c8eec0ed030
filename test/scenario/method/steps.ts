// S301 to S309.

import { expect } from 'vitest';
import { personsAnswerSchema } from '../../../src/wire/http.ts';
import { parseJson } from '../../../src/wire/problem.ts';
import { altered, bodyOf, field, named, textsOf, type Passing } from './passing.ts';
import {
  always,
  byList,
  byNotice,
  expectTold,
  personsOf,
  telephoneIn,
  telephones,
  watch,
  type Person,
  type Scenario,
} from './scenario.ts';
import type { Choice, Place, Stage } from './stage.ts';

/** Three persons change, of whom the first terminal holds one; the second holds none of them. */
interface Played {
  readonly choice: Choice;
  readonly stage: Stage;
  readonly ben: Place;
  readonly cleo: Place;
  readonly ada: Person;
  /** Held by both, and never altered. */
  readonly other: Person;
  readonly changed: readonly Person[];
  /** The log's revision before the storm, and between storm and peace. */
  readonly revisions: readonly [number, number];
  /** What passed in peace. */
  readonly peace: { readonly ben: readonly Passing[]; readonly cleo: readonly Passing[] };
}

async function played(stage: Stage): Promise<Played> {
  const [ben, cleo] = stage.places;
  const [ada, second, third, other] = await personsOf(stage, 4);
  if (second === undefined || third === undefined || other === undefined) throw new Error('there are too few');
  await ben.keep(ada.id, other.id);
  await cleo.keep(other.id);
  const first = await stage.revision();
  await stage.storm(() => stage.alter(telephones('storm', 0, 1, 2)));
  const revisions = [first, await stage.revision()] as const;
  const [ofBen, ofCleo] = [watch(ben), watch(cleo)];
  await stage.alter(telephones('peace', 0, 1, 2));
  await stage.inStep();
  const peace = { ben: ofBen(), cleo: ofCleo() };
  return { choice: stage.choice, stage, ben, cleo, ada, other, changed: [ada, second, third], revisions, peace };
}

const step = (
  tag: string,
  sentence: string,
  { applies = always, holds }: { applies?: Scenario['applies']; holds: (played: Played) => Promise<void> | void },
): Scenario => ({ tag, sentence, applies, play: async (stage) => holds(await played(stage)) });

const isPushed = ({ delivery }: Choice): boolean => delivery !== 'notice';
const withBody = (messages: readonly string[]): readonly string[] => messages.filter((each) => bodyOf(each) !== '');

function subscribes({ ben, choice }: Played): void {
  const all = textsOf(ben.passed, 'S301');
  expect(all.length).toBeGreaterThan(0);
  for (const message of all) {
    // Within a dialog it goes to where that leads (RFC 3261 §12.2.1.1).
    if (!/\r\n(?:To|t): .*;tag=/i.test(message))
      expect(message).toMatch(/^SUBSCRIBE sip:address-book@example\.com SIP\/2\.0\r\n/);
    expect([field(message, 'Event'), field(message, 'Expires')]).toEqual([
      `address-book;delivery=${choice.delivery}`,
      '3600',
    ]);
  }
  // The first is challenged, those that are taken are signed (RFC 8760: SHA-256).
  expect(field(all[0] ?? '', 'Authorization')).toBeUndefined();
  expect(field(all.at(-1) ?? '', 'Authorization')).toContain('SHA-256');
}

function accepts({ ben }: Played): void {
  const notified = new Set(textsOf(ben.passed, 'S304').map((message) => field(message, 'Call-ID')));
  expect(notified.size).toBeGreaterThan(0);
  for (const call of notified) {
    const ofCall = ben.passed.filter(
      ({ from, step: which, text }) => from === 'server' && which !== undefined && field(text, 'Call-ID') === call,
    );
    expect(ofCall[0]?.step).toBe('S302');
    expect(ofCall[0]?.text).toMatch(/^SIP\/2\.0 200 OK\r\n/);
    expect(field(ofCall[0]?.text ?? '', 'Expires')).toBe('3600');
  }
}

async function isInTheLog({ stage, revisions: [first, between] }: Played): Promise<void> {
  expect([between, await stage.revision()]).toEqual([first + 3, between + 3]);
  for (const number of [0, 1, 2]) expect(await stage.telephone(number)).toBe(telephoneIn('peace', number));
}

async function notifies({
  choice,
  stage,
  ben,
  cleo,
  ada,
  changed,
  revisions: [, between],
  peace,
}: Played): Promise<void> {
  const head = await stage.revision();
  for (const place of [ben, cleo])
    for (const notify of withBody(textsOf(place.passed, 'S304'))) {
      if (!isPushed(choice)) {
        expect(field(notify, 'Content-Type')).toBe('application/vnd.rollcall.notice+json');
        expect(Object.keys(JSON.parse(bodyOf(notify)) as object)).toEqual(['book', 'after', 'upTo']);
        expect(notify).not.toMatch(/\+1 (?:storm|peace)/);
      }
      // Who names whom is held is told of nobody else.
      const strangers = place === ben ? changed.filter(({ id }) => id !== ada.id) : changed;
      if (choice.delivery === 'held') for (const { id } of strangers) expect(bodyOf(notify)).not.toContain(id);
    }
  const told = textsOf(peace.ben, 'S304');
  const standing = Number(/\.(\d+)$/.exec(field(told.at(-1) ?? '', 'SIP-ETag') ?? '')?.[1]);
  // What came after her change concerned nobody of the persons that were named.
  if (choice.delivery === 'held') expect(standing).toBeGreaterThan(between);
  else expect(standing).toBe(head);
  if (isPushed(choice)) expect(told.map(bodyOf).join()).toContain(telephoneIn('peace', 0));
  const others = textsOf(peace.cleo, 'S304');
  if (choice.delivery === 'held') expect(others).toEqual([]);
  else expect(field(others.at(-1) ?? '', 'SIP-ETag')).toMatch(new RegExp(`\\.${head}$`));
}

function answers({ ben, cleo, peace }: Played): void {
  for (const { steps } of [ben, cleo]) {
    const heard = steps.flatMap((each, at) => (each.step === 'S304' ? [at] : []));
    expect(heard.length).toBeGreaterThan(0);
    for (const at of heard) expect(steps[at + 1]).toMatchObject({ step: 'S305', direction: 'sent' });
  }
  const cSeqs = (which: 'S304' | 'S305') => textsOf(peace.ben, which).map((message) => field(message, 'CSeq'));
  expect(cSeqs('S305')).toEqual(cSeqs('S304'));
  const asked = peace.ben.findIndex(({ step: which }) => which === 'S306');
  if (asked !== -1) expect(peace.ben.slice(0, asked).map(({ step: which }) => which)).toContain('S305');
}

const questionShape = {
  list: /^GET \/v1\/changes\?after=\d+ HTTP/,
  entries: /^GET \/v1\/changes\?after=\d+&with=entries HTTP/,
  book: /^GET \/v1\/book HTTP/,
};

function asksForChanges({ choice, ben, cleo, revisions: [, between], peace }: Played): void {
  for (const place of [ben, cleo])
    for (const question of textsOf(place.passed, 'S306')) expect(question).toMatch(questionShape[choice.acquire]);
  for (const passed of [peace.ben, peace.cleo]) {
    const [first = ''] = textsOf(passed, 'S306');
    expect(first).toMatch(questionShape[choice.acquire]);
    if (choice.acquire !== 'book') expect(first).toContain(`/v1/changes?after=${between}`);
  }
}

function answersWithChanges({ choice, ben, cleo, changed, peace }: Played): void {
  const now = textsOf(peace.ben, 'S307');
  if (choice.acquire !== 'list') {
    for (const number of [0, 1, 2]) expect(now.map(bodyOf).join()).toContain(telephoneIn('peace', number));
    return;
  }
  for (const place of [ben, cleo])
    for (const list of textsOf(place.passed, 'S307'))
      expect(['book', 'after', 'upTo', 'altered', 'removed']).toEqual(
        expect.arrayContaining(Object.keys(JSON.parse(bodyOf(list)) as object)),
      );
  expect(new Set(now.flatMap(altered))).toEqual(new Set(changed.map(({ id }) => id)));
  for (const list of now) expect(bodyOf(list)).not.toMatch(/\+1|Telephone/);
}

function namesWhomItHolds({ choice, ben, cleo, ada, other, peace }: Played): void {
  for (const [place, held] of [
    [ben, [ada.id, other.id]],
    [cleo, [other.id]],
  ] as const)
    for (const question of textsOf(place.passed, 'S308'))
      expect(held).toEqual(expect.arrayContaining([...named(question)]));
  const now = textsOf(peace.ben, 'S308');
  if (byList(choice)) expect(now.length).toBeGreaterThan(0);
  else expect(now).toEqual([]);
  // More than once where the list comes in parts: an entry that is newer than a part begins is asked for anew.
  for (const question of now) expect(named(question)).toEqual([ada.id]);
  expect(textsOf(peace.cleo, 'S308')).toEqual([]);
}

async function revises({ choice, ben, cleo, ada, peace }: Played): Promise<void> {
  if (byList(choice)) {
    const answered = textsOf(peace.ben, 'S309').map((text) => parseJson(personsAnswerSchema, bodyOf(text), 'S309'));
    // What is altered since her copy, or, where the server has it no more in memory, all of her; nothing where her copy is right.
    const told = answered.flatMap(({ altered: some, persons }) => [
      ...some.map(({ id, to }) => ({ id, fields: to })),
      ...persons.map(({ id, fields }) => ({ id, fields })),
    ]);
    expect(told.at(-1)).toMatchObject({ id: ada.id, fields: { officeTelephone: telephoneIn('peace', 0) } });
  }
  await expectTold(ben, ada);
  expect(await ben.prompts()).toHaveLength(2);
  expect(await cleo.prompts()).toEqual([]);
}

export const steps: readonly Scenario[] = [
  step('S301', 'the SUBSCRIBE says by its Event that it is for changes of the address book', { holds: subscribes }),
  step('S302', 'the server answers that it has the subscription, before it notifies', { holds: accepts }),
  step('S303', 'a change in the directory is a change in the log, a revision for each person', { holds: isInTheLog }),
  step('S304', 'everyone who subscribed is told, as the delivery has it', { holds: notifies }),
  step('S305', 'the terminal answers each NOTIFY, before it does anything else', { holds: answers }),
  step('S306', 'the terminal asks for what it takes, from where it stands', {
    applies: byNotice,
    holds: asksForChanges,
  }),
  step('S307', 'the change list says who changed and none of their data; changed entries and the whole book have it', {
    applies: byNotice,
    holds: answersWithChanges,
  }),
  step('S308', 'the terminal names whom it holds of those who changed; who holds none of them asks nothing', {
    holds: namesWhomItHolds,
  }),
  step('S309', 'the address book is changed and the employee is prompted, once for each change', { holds: revises }),
];
