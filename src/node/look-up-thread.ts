// The thread that answers look-ups (decision 0043): it has its own connection to each log's file and its own memory, so that
// neither a book of a million nor a look-up that fits half of it makes SIP wait.

import { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { HostFault } from './host-fault.ts';
import { LookUpReader } from './look-up-reader.ts';
import { answerBy, type LookUpFile, type LookUpReply, type LookUpRequest } from './sqlite-look-up.ts';
import { busyFor, overFile } from './sqlite-file.ts';

/** How often it looks whether a log has moved on, when nobody asks. */
const everyMilliseconds = 1000;

interface Opened {
  readonly db: DatabaseSync;
  readonly reader: LookUpReader;
}

/** By path. */
const files = new Map<string, Opened>();

function readerOf({ path, ...options }: LookUpFile): LookUpReader {
  const opened = files.get(path);
  if (opened !== undefined) return opened.reader;
  const db = new DatabaseSync(path, { readOnly: true, timeout: busyFor });
  try {
    const reader = new LookUpReader(db, options);
    files.set(path, { db, reader });
    return reader;
  } catch (cause) {
    db.close();
    throw new HostFault(`${path}: it is no log that can be read: ${(cause as Error).message}`, { cause });
  }
}

function replyTo({ number, file, asked }: LookUpRequest & { kind: 'ask' }): LookUpReply {
  try {
    return { kind: 'answer', number, answer: overFile(file.path, () => answerBy(readerOf(file), asked)) };
  } catch (error) {
    const { message } = error as Error;
    return { kind: 'failed', number, blame: error instanceof HostFault ? 'host' : 'ours', message };
  }
}

function hear(request: LookUpRequest): void {
  if (request.kind === 'ask') return parentPort?.postMessage(replyTo(request), []);
  files.get(request.path)?.db.close();
  files.delete(request.path);
}

parentPort?.on('message', hear);

for (;;) {
  let more = false;
  for (const { reader } of files.values())
    try {
      more = reader.work() || more;
    } catch {
      // The next question tells of it.
    }
  await (more ? turn() : sleep(everyMilliseconds));
}
