// `rollcall directory import` of large files: what it shows on its way, and what it says when it is cut off.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, afterEach, expect, test } from 'vitest';
import { AdminClient } from '../../src/apps/admin-client.ts';
import { importFile, type ImportOptions } from '../../src/apps/directory-import.ts';
import type { Output } from '../../src/apps/output.ts';
import type { Progress } from '../../src/apps/progress.ts';
import { openHttpHost } from '../../src/node/http.ts';
import { administratorToken, openWorld, type World } from '../server/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-import-'));
afterAll(() => rmSync(folder, { recursive: true }));
let opened = new AsyncDisposableStack();
afterEach(async () => {
  process.exitCode = undefined;
  await opened.disposeAsync();
  opened = new AsyncDisposableStack();
});

const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const tokenFile = file('token', administratorToken);
const csv = (rows: number): string =>
  `name,mail\n${Array.from({ length: rows }, (_, at) => `Person ${at},p${at}@example.com\n`).join('')}`;
const ldif = (rows: number): string =>
  Array.from({ length: rows }, (_, at) => `dn: cn=${at}\nobjectClass: person\ncn: P ${at}\nmail: p${at}@x\n\n`).join(
    '',
  );

async function openHost(): Promise<{ readonly world: World; readonly url: string }> {
  const world = opened.use(await openWorld({ writable: true }));
  const failed = (error: unknown): never => {
    throw error;
  };
  const answer = world.server.answer.bind(world.server);
  const host = opened.use(await openHttpHost({ answer, failed, listen: { host: '127.0.0.1', port: 0 } }));
  return { world, url: `http://127.0.0.1:${host.address.port}` };
}

type Shown = Parameters<Progress['show']>;

interface Ran {
  readonly shown: readonly Shown[];
  readonly told: unknown;
}

/** The command against a server, with all that it shows; `onShow` is called with each. */
async function run(
  url: string,
  path: string,
  { onShow = () => undefined, ...options }: ImportOptions & { readonly onShow?: (words: string) => void } = {},
): Promise<Ran> {
  const shown: Shown[] = [];
  let told: unknown;
  const output: Output = {
    json: true,
    tell: (_, value) => void (told = value),
    remark: () => undefined,
    during: (work) =>
      work({
        show: (...what) => {
          shown.push(what);
          onShow(what[0]);
        },
      }),
  };
  await importFile(new AdminClient({ data: folder, server: url, tokenFile }), output, path, options);
  return { shown, told };
}

const stagesOf = (shown: readonly Shown[]): readonly string[] => [...new Set(shown.map(([words]) => words))];
const revisionOf = async (world: World): Promise<number> => (await world.changeLog.head()).revision;

test.each([
  ['people.csv', csv(3000)],
  ['people.ldif', ldif(3000)],
])(
  '%s: octets that are sent, rows that are read and compared are counted, then all is applied at once',
  async (name, content) => {
    const { world, url } = await openHost();
    const path = file(name, content);
    const { shown, told } = await run(url, path, { apply: true });
    expect(stagesOf(shown)).toEqual([
      `reading ${path}`,
      'sending octets',
      'reading rows',
      'comparing rows',
      'applying 3,000 changes at once',
    ]);
    const counts = (words: string): readonly (number | undefined)[] =>
      shown.filter(([each]) => each === words).map(([, done]) => done);
    expect(shown.find(([words]) => words === 'sending octets')).toEqual(['sending octets', 0, content.length]);
    expect(counts('sending octets')).toHaveLength(Math.ceil(content.length / 65_536) + 1);
    expect(counts('reading rows').length).toBeGreaterThan(3);
    expect(shown.findLast(([words]) => words === 'comparing rows')).toMatchObject([
      'comparing rows',
      expect.any(Number),
      3000,
    ]);
    expect(told).toMatchObject({ rows: 3000, done: { after: 0, upTo: 3000 } });
    expect(await revisionOf(world)).toBe(3000);
  },
);

test('what the server refuses is said in its words, on its way too', async () => {
  const { world, url } = await openHost();
  await expect(run(url, file('wrong.csv', 'shoe size\n42\n'))).rejects.toThrow(/is no field/);
  const rows = `${csv(1200)}No Mail,not a mail address\n`;
  await expect(run(url, file('one-wrong.csv', rows), { apply: true })).rejects.toThrow(/1 of 1201 rows are wrong/);
  expect(await revisionOf(world)).toBe(0);
});

test('a file that is too large is not sent at all', async () => {
  const path = file('huge.csv', `name\n${'x'.repeat(64 * 1024 * 1024)}`);
  await expect(run('http://127.0.0.1:2', path)).rejects.toThrow(/at most 67108864 are taken/);
});

test('a large file and a wrong token: refused, as with a small one', async () => {
  const { url } = await openHost();
  const client = new AdminClient({ data: folder, server: url, tokenFile: file('wrong-token', 'wrong') });
  const output: Output = {
    json: true,
    tell: () => undefined,
    remark: () => undefined,
    during: (work) => work({ show: () => undefined }),
  };
  const path = file('large.csv', csv(400_000));
  await expect(importFile(client, output, path, {})).rejects.toThrow(/does not take the administrator's token/);
});

test('stopped while it is compared, it changes nothing, says so, and holds nobody up', async () => {
  const { world, url } = await openHost();
  const stopped = run(url, file('stopped.csv', csv(20_000)), {
    apply: true,
    onShow: (words) => void (words === 'comparing rows' && process.emit('SIGINT')),
  });
  await expect(stopped).rejects.toThrow(/broke off: .*Nothing of it was applied/);
  expect(await revisionOf(world)).toBe(0);
  const body = { fields: { name: 'Ada' } };
  const added = await world.ask('POST', '/v1/admin/persons', { token: administratorToken, body });
  expect(added.status).toBe(201);
});

type Act = (request: IncomingMessage, response: ServerResponse, body: string) => Promise<void>;

/** A proxy whose first request goes as `first` says, and all others through. */
async function openProxy(to: string, first: Act): Promise<{ readonly url: string; readonly close: () => void }> {
  let requests = 0;
  const server = http.createServer((request, response) => {
    requests += 1;
    const number = requests;
    void textOf(request).then((body) => (number === 1 ? first : passing(to))(request, response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  opened.defer(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

const forward = (to: string, { method, url, headers }: IncomingMessage, body: string): Promise<Response> =>
  fetch(to + url, {
    method: method ?? 'GET',
    headers: { authorization: headers.authorization ?? '', 'content-type': headers['content-type'] ?? '' },
    body,
  });

const passing =
  (to: string): Act =>
  async (request, response, body) => {
    const answer = await forward(to, request, body);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  };

/** Begins an answer, does what is given, and breaks the connection. */
const cutting =
  (meanwhile: (request: IncomingMessage, body: string) => Promise<unknown>): Act =>
  async (request, response, body) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.write('{"kind":"reading","rows":1}\n{"kind":"compar');
    await meanwhile(request, body);
    response.destroy();
  };

test('cut off before it was applied: the book is looked at, and nothing of it was', async () => {
  const { world, url } = await openHost();
  const proxy = await openProxy(
    url,
    cutting(async () => undefined),
  );
  await expect(run(proxy.url, file('a.csv', csv(3)), { apply: true })).rejects.toThrow(/Nothing of it was applied$/);
  expect(await revisionOf(world)).toBe(0);
});

test('cut off after it was applied: the book is looked at, and all of it was', async () => {
  const { world, url } = await openHost();
  const proxy = await openProxy(
    url,
    cutting((request, body) => forward(url, request, body)),
  );
  await expect(run(proxy.url, file('b.csv', csv(3)), { apply: true })).rejects.toThrow(/All of it was applied$/);
  expect(await revisionOf(world)).toBe(3);
});

test('cut off for good: it says that this cannot be seen, and how to see it', async () => {
  const { url } = await openHost();
  const proxy = await openProxy(
    url,
    cutting(async () => proxy.close()),
  );
  await expect(run(proxy.url, file('c.csv', csv(3)), { apply: true })).rejects.toThrow(
    /cannot be seen .* without --apply tells; it is all or nothing$/,
  );
});

test('a preview that is cut off changed nothing', async () => {
  const { url } = await openHost();
  const proxy = await openProxy(
    url,
    cutting(async () => undefined),
  );
  await expect(run(proxy.url, file('d.csv', csv(3)))).rejects.toThrow(/broke off: .*Nothing was changed$/);
});

test.each([
  ['no JSON', 'hello\n'],
  ['an unknown line', '{"kind":"dancing"}\n'],
  ['a report of another shape', '{"kind":"report","report":{}}\n'],
])('an answer with %s is said to be none', async (_, line) => {
  const { url } = await openHost();
  const proxy = await openProxy(url, async (_request, response) => void response.end(line));
  await expect(run(proxy.url, file('e.csv', csv(3)))).rejects.toThrow(/the answer of http/);
});

test('over HTTP, who does not ask for lines gets the report alone; who goes away meanwhile changes nothing', async () => {
  const { world, url } = await openHost();
  const headers = { authorization: `Bearer ${administratorToken}`, 'content-type': 'text/csv' };
  const ask = (apply: boolean, more: RequestInit): Promise<Response> =>
    fetch(`${url}/v1/admin/import?apply=${apply}`, { method: 'POST', headers, body: csv(5000), ...more });
  expect(await (await ask(false, {})).json()).toMatchObject({ rows: 5000, rejected: [] });
  const stop = new AbortController();
  const lines = { ...headers, accept: 'application/x-ndjson' };
  const answer = await ask(true, { headers: lines, signal: stop.signal });
  expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
  const reader = answer.body?.getReader();
  const first = new TextDecoder().decode((await reader?.read())?.value).split('\n', 1)[0];
  expect(JSON.parse(first ?? '')).toEqual({ kind: 'reading', rows: 500 });
  stop.abort();
  const body = { fields: { name: 'Ada' } };
  // Whoever writes waits for the turn of the one who went away.
  await world.ask('POST', '/v1/admin/persons', { token: administratorToken, body });
  expect(await revisionOf(world)).toBe(1);
});
