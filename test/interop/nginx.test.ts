// Rollcall behind nginx, which speaks TLS, with the configuration that docs/operations.md shows.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { openTerminal, type TerminalEvent } from '../../src/node/terminal.ts';
import { makeCertificates, type Certificates } from '../peers/certificates.ts';
import { skipWithout } from '../peers/installed.ts';
import { nginxIsInstalled, startNginx, type NginxOptions } from '../peers/nginx.ts';
import { freePort } from '../peers/program.ts';
import { domain, openRollcall, type Rollcall } from './rollcall.ts';

describe.skipIf(skipWithout('nginx', nginxIsInstalled))('behind nginx', () => {
  const opened = new AsyncDisposableStack();
  const folder = opened.adopt(mkdtempSync(join(tmpdir(), 'nginx-test-')), (path) => rmSync(path, { recursive: true }));
  let certificates: Certificates;
  let rollcall: Rollcall;
  let options: NginxOptions;
  let running: AsyncDisposable;
  let publicUrl: string;

  beforeAll(async () => {
    certificates = makeCertificates(folder);
    const port = await freePort(['127.0.0.1']);
    const inner = await freePort(['127.0.0.1']);
    publicUrl = `https://localhost:${port}`;
    const http = { 'http.port': inner, 'http.publicUrl': publicUrl, 'http.trustProxy': ['127.0.0.1'] };
    rollcall = opened.use(await openRollcall(http));
    options = { ...certificates, port, upstream: `http://127.0.0.1:${inner}` };
    running = await startNginx(options);
    opened.defer(() => running[Symbol.asyncDispose]());
  });
  afterAll(() => opened.disposeAsync());

  test('our terminal logs in by HTTPS, subscribes over WSS, hears of a change, and comes back when nginx starts again', async () => {
    const store = join(folder, 'terminal.sqlite');
    await using terminal = await openTerminal({ store, server: publicUrl, delivery: 'notice', ca: certificates.ca });
    await terminal.logIn({ user: 'ben', password: 'carter123' });
    const events = terminal.events();
    await terminal.keep(rollcall.ada);
    await until(events, isLive);
    await rollcall.change();
    await until(events, isPrompt);
    await running[Symbol.asyncDispose]();
    await until(events, (event) => event.kind === 'state' && event.state.kind === 'offline');
    await rollcall.change();
    running = await startNginx(options);
    await until(events, isPrompt);
    await until(events, isLive);
  });

  test('a page of the same site may open the WebSocket, another site’s may not (RFC 6455 §10.2)', async () => {
    expect(await upgraded(publicUrl)).toBe('sip');
    expect(await upgraded('https://elsewhere.example')).toBe('403');
  });

  test('wrong passwords are counted by the address that nginx saw, whatever X-Forwarded-For a client makes up', async () => {
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 7; attempt += 1) {
      const headers = { 'x-forwarded-for': `192.0.2.${attempt}` };
      const { status } = await ask('POST /v1/session', { user: 'ada', password: 'wrong' }, headers);
      statuses.push(status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  test('an import of several megabytes passes, and a whole book comes compressed', async () => {
    const rows = Array.from({ length: 40_000 }, (_, at) => `Person ${at},person${at}@${domain},${'x'.repeat(60)}`);
    const authorization = `Bearer ${rollcall.administratorToken}`;
    const csv = { authorization, 'content-type': 'text/csv' };
    const imported = await ask('POST /v1/admin/import', ['name,mail,title', ...rows].join('\n'), csv);
    expect(imported.status, imported.body).toBe(200);
    expect(JSON.parse(imported.body)).toMatchObject({ rows: 40_000, rejected: [] });
    const { token } = await rollcall.session();
    const book = await ask('GET /v1/book', undefined, { authorization: `Bearer ${token}`, 'accept-encoding': 'gzip' });
    expect([book.status, book.coding]).toEqual([200, 'gzip']);
  });

  interface Got {
    readonly status: number;
    readonly coding: string | undefined;
    readonly body: string;
  }

  async function ask(what: string, body?: object | string, headers: Record<string, string> = {}): Promise<Got> {
    const [method = '', path = ''] = what.split(' ');
    const type = { 'content-type': 'application/json', ...headers };
    // Not from the address that nginx has itself, which is believed.
    const from = { localAddress: '127.0.0.2', family: 4 };
    const request = https.request(publicUrl + path, { method, ca: certificates.ca, headers: type, ...from });
    request.end(typeof body === 'object' ? JSON.stringify(body) : body);
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    const coding = answer.headers['content-encoding'];
    return { status: answer.statusCode ?? 0, coding, body: await text(answer) };
  }

  /** The subprotocol that was agreed on, or the status of the refusal. */
  async function upgraded(origin: string): Promise<string> {
    const socket = new WebSocket(`${publicUrl.replace('https', 'wss')}/sip`, ['sip'], { origin, ca: certificates.ca });
    const said = await Promise.race([
      once(socket, 'open').then(() => socket.protocol),
      once(socket, 'unexpected-response').then((came) => String((came[1] as { statusCode: number }).statusCode)),
    ]);
    socket.on('error', () => undefined); // an upgrade that was refused ends so
    socket.terminate();
    return said;
  }
});

const isPrompt = (event: TerminalEvent): boolean => event.kind === 'prompted';
const isLive = (event: TerminalEvent): boolean => event.kind === 'state' && event.state.kind === 'live';

async function until(events: AsyncIterator<TerminalEvent>, wanted: (event: TerminalEvent) => boolean): Promise<void> {
  for (;;) {
    const next = await events.next();
    if (next.done === true) throw new Error('the events ended');
    if (wanted(next.value)) return;
  }
}
