// The thread that answers look-ups (decision 0043): it has its own connection to the log's file and its own memory, so that
// neither a book of a million nor a look-up that fits half of it makes SIP wait.

import { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { HostFault } from './host-fault.ts';
import { LookUpReader } from './look-up-reader.ts';
import { answerBy, type LookUpReply, type LookUpRequest, type LookUpThreadOptions } from './sqlite-look-up.ts';
import { busyFor, overFile } from './sqlite-file.ts';

/** How often it looks whether the log has moved on, when nobody asks. */
const everyMilliseconds = 1000;

const { path, ...options } = workerData as LookUpThreadOptions;
const reader = overFile(
  path,
  () => new LookUpReader(new DatabaseSync(path, { readOnly: true, timeout: busyFor }), options),
);

function replyTo({ number, asked }: LookUpRequest): LookUpReply {
  try {
    return { kind: 'answer', number, answer: overFile(path, () => answerBy(reader, asked)) };
  } catch (error) {
    const { message } = error as Error;
    return { kind: 'failed', number, blame: error instanceof HostFault ? 'host' : 'ours', message };
  }
}

parentPort?.on('message', (request: LookUpRequest) => parentPort?.postMessage(replyTo(request), []));

for (;;) {
  let more = false;
  try {
    more = reader.work();
  } catch {
    // The next question tells of it.
  }
  await (more ? turn() : sleep(everyMilliseconds));
}
