// What a NOTIFY says (S304), read once at the door.

import type { Body } from '../sip/transaction-user.ts';
import { parseChangeList, parseEntityTag, parseNotice } from '../wire/change-list.ts';
import { WireFault } from '../wire/problem.ts';
import { changesType, noticeType } from '../wire/protocol-version.ts';
import type { Notification } from './hearing.ts';

export function notificationOf(etag: string | undefined, body: Body | undefined): Notification {
  return { etag: etag === undefined ? undefined : parseEntityTag(etag), body: readBody(body) };
}

function readBody(body: Body | undefined): Notification['body'] {
  if (body === undefined || body.text === '') return { kind: 'none' };
  const type = body.type.split(';', 1)[0]?.trim().toLowerCase();
  try {
    if (type === changesType) return { kind: 'changes', list: parseChangeList(body.text) };
    if (type === noticeType) return { kind: 'notice', notice: parseNotice(body.text) };
    return { kind: 'unreadable', words: `its type is ${body.type}` };
  } catch (fault) {
    // The peer's fault: the notification still says that something may be new.
    if (!(fault instanceof WireFault)) throw fault;
    return { kind: 'unreadable', words: fault.message };
  }
}
