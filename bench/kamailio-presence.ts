// Kamailio's presence module, in memory, beside which `sip` is measured: two workers on UDP, no digest.

import { cpSync, globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { programPath } from '../test/peers/installed.ts';
import { freePort, Program } from '../test/peers/program.ts';

const tables = '/usr/share/kamailio/dbtext/kamailio';

export const presenceMissing = (): string | undefined =>
  programPath('kamailio') !== undefined && globSync('/usr/lib{,/*}/kamailio/modules/presence_xml.so').length > 0
    ? undefined
    : 'not installed (Debian: kamailio, kamailio-presence-modules)';

export interface Presence extends AsyncDisposable {
  /** `host:port` of SIP over UDP. */
  readonly udp: string;
  /** User and system time of all its processes. */
  cpuMicroseconds(): number;
}

const configuration = (udp: string, folder: string): string => `#!KAMAILIO
debug=-1
log_stderror=yes
children=2
disable_tcp=yes
listen=udp:${udp}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "db_text.so"
loadmodule "presence.so"
loadmodule "presence_xml.so"
modparam("presence", "db_url", "text://${folder}/tables")
modparam("presence", "subs_db_mode", 0)
modparam("presence", "publ_cache", 2)
modparam("presence_xml", "db_url", "text://${folder}/tables")
modparam("presence_xml", "force_active", 1)
request_route {
  if (!t_newtran()) { sl_reply_error(); exit; }
  if (is_method("SUBSCRIBE")) { handle_subscribe(); t_release(); exit; }
  if (is_method("PUBLISH")) { handle_publish(); t_release(); exit; }
  t_reply("501", "Not Implemented");
}
`;

/** Resolves when it listens. */
export async function startPresence(folder: string): Promise<Presence> {
  const udp = `127.0.0.1:${await freePort(['127.0.0.1'])}`;
  cpSync(tables, join(folder, 'tables'), { recursive: true });
  const file = join(folder, 'kamailio.cfg');
  writeFileSync(file, configuration(udp, folder));
  // -b: the same receive buffer as ours. 2 GB are shared among its processes; with 512 MB it answered a PUBLISH to 20,000 with 500.
  const words = ['-f', file, '-DD', '-E', '-m', '2048', '-M', '16', '-b', '4194304', '-Y', folder];
  const program = new Program('kamailio', [...words, '-P', join(folder, 'pid')], folder);
  for (let tries = 0; !listens(udp); tries += 1) {
    if (!program.isRunning || tries === 200) throw new Error(`kamailio does not listen: ${program.said}`);
    await sleep(50);
  }
  const first = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  return { udp, cpuMicroseconds: () => cpuOf(first), [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

function listens(udp: string): boolean {
  const port = Number(udp.split(':')[1]).toString(16).toUpperCase().padStart(4, '0');
  return readFileSync('/proc/net/udp', 'utf8').includes(`:${port} 00000000:0000`);
}

/** Of a process and its children, in ticks of 10 ms (`proc_pid_stat(5)`). */
function cpuOf(first: number): number {
  let ticks = 0;
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const fields = statOf(name);
    if (Number(name) === first || Number(fields[1]) === first) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * 10_000;
}

/** What follows the name of the program; nothing where the process has ended meanwhile. */
function statOf(process: string): readonly string[] {
  try {
    const text = readFileSync(`/proc/${process}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
