// Message -> octets.

import { concat, utf8 } from '../base/bytes.ts';
import { wireName } from './headers.ts';
import type { HeaderField } from './headers.ts';
import type { Message } from './message.ts';

/**
 * The message with its Content-Length, which need not stand among its headers.
 * @throws TypeError when a value holds a line break: what peers send cannot (the parser refuses it), so the defect is ours
 */
export function printMessage(message: Message): Uint8Array {
  const start =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`;
  const head = utf8(printHead(start, message.headers.fields, message.body.length));
  return message.body.length === 0 ? head : concat([head, message.body]);
}

/** All before the body, with its empty line. */
export function printHead(start: string, fields: readonly HeaderField[], length: number): string {
  let text = oneLine(start);
  for (const [name, value] of fields) {
    if (name !== 'content-length') text += `\r\n${wireName(name)}: ${oneLine(value)}`;
  }
  return `${text}\r\nl: ${length}\r\n\r\n`;
}

/** @throws TypeError when `text` holds a line break */
export function oneLine(text: string): string {
  // Nearly no value holds any of the three; what stands before them is looked at only where one does.
  if (/[\r\n\0]/.test(text) && /[\r\n]|(?<!\\)\0/.test(text))
    throw new TypeError(`a line break in a header: ${JSON.stringify(text)}`);
  return text;
}
