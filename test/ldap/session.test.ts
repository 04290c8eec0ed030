import { beforeEach, expect, test } from 'vitest';
import { concat, textOf } from '../../src/base/bytes.ts';
import { instant, seconds, type Instant } from '../../src/base/time.ts';
import { Session, type Question, type SessionHeard, type SessionSaid } from '../../src/ldap/session.ts';
import { bindResult, entryMessage, extendedResult, modifyResult, notice, searchDone } from './server-messages.ts';

const options = { startTls: false, patience: seconds(10), mostEntries: 3 };
const search: Question = {
  kind: 'search',
  search: { base: 'dc=com', scope: 'subtree', filter: '(uid=a)', attributes: ['cn'], sizeLimit: 0 },
};
const bind: Question = { kind: 'bind', dn: 'cn=a', password: 'b' };

let now: Instant;
let session: Session;
beforeEach(() => {
  now = instant(0);
  session = new Session(options);
});
const tell = (heard: SessionHeard): readonly SessionSaid[] => session.handle(heard, now);
const ask = (asked: number, question: Question): readonly SessionSaid[] => tell({ kind: 'ask', asked, question });
const receive = (...messages: readonly Uint8Array[]): readonly SessionSaid[] =>
  tell({ kind: 'received', bytes: concat(messages) });
const kinds = (said: readonly SessionSaid[]): readonly string[] => said.map(({ kind }) => kind);
const open = (): void => {
  tell({ kind: 'dialling' });
  expect(tell({ kind: 'connected' })).toEqual([{ kind: 'ready' }]);
};

test('questions that overlap are each answered under their own number', () => {
  open();
  ask(71, search);
  ask(72, { kind: 'modify', dn: 'cn=a', modifications: [] });
  const found = entryMessage(1, { dn: 'uid=a', attributes: { cn: ['Ada'] } });
  const said = receive(found, modifyResult(2), searchDone(1));
  expect(said).toMatchObject([
    { kind: 'answered', asked: 72, answer: { kind: 'done' } },
    { kind: 'answered', asked: 71, answer: { kind: 'found', complete: true, entries: [{ dn: 'uid=a' }] } },
  ]);
});

test('what is found does not keep the received bytes', () => {
  open();
  ask(1, search);
  const bytes = concat([entryMessage(1, { dn: 'uid=a', attributes: { cn: ['Ada'] } }), searchDone(1)]);
  const [said] = tell({ kind: 'received', bytes });
  bytes.fill(0);
  if (said?.kind !== 'answered' || said.answer.kind !== 'found') throw new Error('not found');
  expect(said.answer.entries[0]?.attributes.get('cn')?.map(textOf)).toEqual(['Ada']);
});

test('a search that finds too many is abandoned and answered as incomplete', () => {
  open();
  ask(1, search);
  const said = receive(...[1, 2, 3, 4, 5].map((number) => entryMessage(1, { dn: `uid=${number}` })), searchDone(1));
  expect(kinds(said)).toEqual(['send', 'answered']);
  expect(said[1]).toMatchObject({ answer: { complete: false, entries: { length: 3 } } });
});

test('the server’s size limit makes a search incomplete, not failed', () => {
  open();
  ask(1, search);
  expect(receive(searchDone(1, 4))).toMatchObject([{ kind: 'answered', answer: { complete: false } }]);
});

test('a refusal is a fault with its code, its section and what to do', () => {
  open();
  ask(1, bind);
  const [said] = receive(bindResult(1, 49, 'nope'));
  if (said?.kind !== 'failed') throw new Error('not failed');
  expect(said.fault).toMatchObject({ blame: 'peer', code: 49, section: 'RFC 4511 appendix A' });
  expect(said.fault.message).toMatch(/invalidCredentials \(49\): nope; check the account cn=a/);
});

test('an empty password fails before it reaches the wire (RFC 4513 §5.1.2)', () => {
  open();
  expect(kinds(ask(1, { kind: 'bind', dn: 'cn=a', password: '' }))).toEqual(['failed']);
});

test('a filter that is none fails before it reaches the wire', () => {
  open();
  const bad: Question = { ...search, search: { ...search.search, filter: '(' } };
  expect(kinds(ask(1, bad))).toEqual(['failed']);
});

test('an answer that does not come in time fails, and the question is abandoned', () => {
  open();
  ask(1, search);
  expect(session.deadline()).toBe(10_000);
  expect(session.wake(instant(9999))).toEqual([]);
  expect(kinds(session.wake(instant(10_000)))).toEqual(['failed', 'send']);
  expect(session.deadline()).toBeUndefined();
  expect(receive(searchDone(1))).toEqual([]);
});

test('a bind that is not answered ends the session: who is bound is not known', () => {
  open();
  ask(1, bind);
  ask(2, search);
  expect(kinds(session.wake(instant(10_000)))).toEqual(['failed', 'hang-up', 'failed', 'over']);
});

test('a connection that does not come, or no answer to StartTLS, ends the session', () => {
  tell({ kind: 'dialling' });
  expect(kinds(session.wake(instant(10_000)))).toEqual(['hang-up', 'over']);
  session = new Session({ ...options, startTls: true });
  tell({ kind: 'connected' });
  expect(kinds(session.wake(instant(10_000)))).toEqual(['hang-up', 'over']);
});

test('StartTLS is over before anything is asked; without it nothing goes on', () => {
  session = new Session({ ...options, startTls: true });
  expect(kinds(tell({ kind: 'connected' }))).toEqual(['send']);
  expect(kinds(ask(1, search))).toEqual(['failed']);
  expect(kinds(receive(extendedResult(1), bindResult(2)))).toEqual(['secure']);
  expect(kinds(tell({ kind: 'secured' }))).toEqual(['ready']);
  session = new Session({ ...options, startTls: true });
  tell({ kind: 'connected' });
  expect(kinds(receive(extendedResult(1, 2)))).toEqual(['hang-up', 'over']);
});

test.each([
  ['the server closes', { kind: 'closed', why: 'x' }, ['failed', 'over']],
  ['the server takes its leave', { kind: 'received', bytes: notice(52) }, ['hang-up', 'failed', 'over']],
  ['the server sends what is not LDAP', { kind: 'received', bytes: Uint8Array.of(9) }, ['hang-up', 'failed', 'over']],
  ['the host ends it', { kind: 'end' }, ['send', 'hang-up', 'failed', 'over']],
] as const)('when %s, what is asked fails and nothing more can be', (_, heard, expected) => {
  open();
  ask(1, search);
  expect(kinds(tell(heard))).toEqual(expected);
  expect(kinds(ask(2, search))).toEqual(['failed']);
  expect(receive(searchDone(1))).toEqual([]);
  expect(tell({ kind: 'end' })).toEqual([]);
});
