// nginx with the very configuration that docs/operations.md shows, on an address of this machine.

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { programPath } from './installed.ts';
import { Program } from './program.ts';

export const nginxIsInstalled = (): boolean => programPath('nginx') !== undefined;

export interface NginxOptions {
  /** Where it listens for HTTPS, on 127.0.0.1. */
  readonly port: number;
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Where Rollcall listens, e.g. `http://127.0.0.1:8080`. */
  readonly upstream: string;
}

const document = join(import.meta.dirname, '../../docs/operations.md');

function configuration({ port, certificateFile, keyFile, upstream }: NginxOptions): string {
  const shown = /```nginx\n(.*?)```/s.exec(readFileSync(document, 'utf8'))?.[1];
  if (shown === undefined) throw new Error(`${document} shows no configuration of nginx`);
  const server = shown
    .replaceAll('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
    .replaceAll('book.example.com;', 'localhost;')
    .replaceAll('/etc/ssl/book.example.com.pem', certificateFile)
    .replaceAll('/etc/ssl/book.example.com.key', keyFile)
    .replaceAll('http://127.0.0.1:8080', upstream);
  // Its folder is this account's alone, so its workers must be this account's too.
  return `user ${userInfo().username};
pid nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
    access_log off;
    ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`).join(' ')}
    ${server}
}
`;
}

/** Resolves when it answers. Ended by SIGTERM, which closes what is open: `await using`, or `Symbol.asyncDispose`. */
export async function startNginx(options: NginxOptions): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(mkdtempSync(join(tmpdir(), 'nginx-')), (path) => rmSync(path, { recursive: true }));
  writeFileSync(join(folder, 'nginx.conf'), configuration(options));
  const words = ['-p', folder, '-e', 'stderr', '-c', 'nginx.conf', '-g', 'daemon off;'];
  const program = stack.use(new Program('nginx', words, folder));
  for (let tries = 0; tries < 200; tries += 1) {
    if (await accepts(options.port)) {
      const whole = stack.move();
      return { [Symbol.asyncDispose]: () => whole.disposeAsync() };
    }
    if (!program.isRunning) throw new Error(`nginx ended at once: ${program.said}`);
    await sleep(50);
  }
  throw new Error(`nginx did not answer within 10 s: ${program.said}`);
}

function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy());
}
