import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textOf, utf8 } from '../../src/base/bytes.ts';
import { contactOf, viaOf } from '../../src/sip/answers.ts';
import { parties, routed, type Dialog } from '../../src/sip/dialog.ts';
import { Headers, type HeaderField } from '../../src/sip/headers.ts';
import { NotifyPrinter, widestHead, type Content, type Notified } from '../../src/sip/notify-printer.ts';
import { parseMessage } from '../../src/sip/parse.ts';
import { printMessage } from '../../src/sip/print.ts';
import { flow, type FlowPath } from '../../src/sip/transaction-user.ts';

/** Field by field, as any other message. */
function plainly({ dialog, path, event, charging }: Notified, { branch, state, notice }: Content): string {
  const route = routed(dialog);
  const fields: HeaderField[] = [
    viaOf(path, branch),
    ...route.fields,
    ...parties(dialog),
    ['cseq', `${dialog.localCSeq} NOTIFY`],
    ['max-forwards', '70'],
    contactOf(path),
    ['event', event],
    ['subscription-state', state],
    ...(charging === undefined ? [] : [['p-charging-vector', charging] as const]),
    ['sip-etag', notice.etag],
    ...(notice.body === undefined ? [] : [['content-type', notice.body.type] as const]),
  ];
  const body = utf8(notice.body?.text ?? '');
  return textOf(
    printMessage({ kind: 'request', method: 'NOTIFY', uri: route.uri, headers: new Headers(fields), body }),
  );
}

const word = fc.stringMatching(/^[A-Za-z0-9.-]{1,20}$/);
const uri = fc
  .tuple(word, fc.constantFrom('example.com', '[2001:db8::7]:5062', '10.0.0.12:5062;transport=udp', 'münchen'))
  .map(([user, host]) => `sip:${user}@${host}`);
const route = fc.constantFrom('<sip:p1.example.com;lr>', '"A" <sip:p2.example.com;lr;x=y>', '<sip:strict.example.com>');
const dialog: fc.Arbitrary<Dialog> = fc.record({
  callId: word,
  local: fc.record({ uri, tag: word }),
  remote: fc.record({ uri, tag: word }),
  localCSeq: fc.nat(2 ** 31 - 1),
  remoteCSeq: fc.nat(2 ** 31 - 1),
  routes: fc.array(route, { maxLength: 3 }),
  target: uri,
});
const address = fc.record({
  host: fc.constantFrom('10.0.0.1', '2001:db8::1'),
  port: fc.constantFrom(0, 80, 443, 5060, 5061, 5070),
});
const path: fc.Arbitrary<FlowPath> = fc.record({
  flow: word.map(flow),
  transport: fc.constantFrom('UDP', 'TCP', 'TLS', 'WS', 'WSS'),
  local: address,
  remote: address,
});
const subscription: fc.Arbitrary<Notified> = fc.record({
  dialog,
  path,
  event: fc.constantFrom('address-book', 'x-book;id=7', 'address-book;id="a b"'),
  charging: fc.constantFrom(undefined, 'icid-value="a b"'),
});
const notice = fc.record({
  etag: word,
  body: fc.option(
    fc.record({ type: fc.constantFrom('text/plain', 'application/json'), text: fc.string({ unit: 'grapheme' }) }),
    { nil: undefined },
  ),
});
const state = fc.constantFrom('active;expires=3600', 'active;expires=0;max-rate=0.5', 'terminated;reason=deactivated');

test('whatever is told to whom, and in whichever order, a NOTIFY is the same as one that is printed field by field', () =>
  fc.assert(
    fc.property(
      fc.array(notice, { minLength: 1, maxLength: 3 }),
      fc.array(fc.tuple(subscription, word, state, fc.nat(2)), { maxLength: 12 }),
      (notices, told) => {
        const printer = new NotifyPrinter();
        const printed = told.map(([to, branch, how, which]) => {
          const content = {
            branch,
            state: how,
            notice: notices[which % notices.length] ?? { etag: '', body: undefined },
          };
          return { octets: printer.print(to, content), plain: plainly(to, content) };
        });
        // Looked at last: what is printed later leaves it as it was.
        for (const { octets, plain } of printed) expect(textOf(octets)).toBe(plain);
      },
    ),
  ));

const local = { host: '10.0.0.1', port: 5060 };
const ben: Notified = {
  dialog: {
    callId: 'c',
    local: { uri: 'sip:book@example.com', tag: 'l' },
    remote: { uri: 'sip:ben@example.com', tag: 'r' },
    localCSeq: 1,
    remoteCSeq: 1,
    routes: [],
    target: 'sip:ben@10.0.0.12',
  },
  path: { flow: flow('f'), transport: 'TCP', local, remote: local },
  event: 'address-book',
  charging: undefined,
};

test('the widest head is as long as one that is printed at its widest', () =>
  fc.assert(
    fc.property(subscription, word, (to, branch) => {
      const dialog = { ...to.dialog, localCSeq: 4_294_967_295 };
      const widest = { etag: 'e'.repeat(64), body: { type: 't'.repeat(64), text: '-'.repeat(1000) } };
      const content = { branch, state: 'active;expires=4294967295;max-rate=1', notice: widest };
      const printed = new NotifyPrinter().print({ ...to, dialog }, content);
      expect(widestHead({ ...to, rates: ';max-rate=1' }, branch)).toBe(printed.length - 1000);
    }),
  ));

test('a body larger than the printer’s pieces goes out whole, and so does what follows it', () => {
  const printer = new NotifyPrinter();
  for (const length of [100_000, 10, 16_000, 16_384, 0]) {
    const body = { type: 'text/plain', text: 'é'.repeat(length) };
    const content: Content = { branch: 'z9hG4bK1', state: 'active;expires=60', notice: { etag: 'b.1', body } };
    const message = parseMessage(printer.print(ben, content));
    expect(message.kind === 'request' && textOf(message.body)).toBe(body.text);
  }
});

test('an entity tag or a media type with a line break is a defect of ours', () => {
  const printer = new NotifyPrinter();
  const print = (etag: string, type: string): unknown =>
    printer.print(ben, { branch: 'b', state: 's', notice: { etag, body: { type, text: '' } } });
  expect(() => print('a\r\nX: 1', 'text/plain')).toThrow(TypeError);
  expect(() => print('a', 'text/plain\nX: 1')).toThrow(TypeError);
});
