// The steps S301 to S309 of the method as they really pass, so that they can be shown and counted.

import { octetText } from '../base/bytes.ts';
import type { Flow, FlowPath } from '../sip/transaction-user.ts';

/** `S301` the SUBSCRIBE, `S302` its answer, `S304` NOTIFY, `S305` its answer, `S306` to `S309` over HTTP. S303 is the change itself. */
export type MethodStep = 'S301' | 'S302' | 'S304' | 'S305' | 'S306' | 'S307' | 'S308' | 'S309';

/** One message of the method, sent or received. */
export interface LadderStep {
  readonly step: MethodStep;
  readonly direction: 'sent' | 'received';
  /** The request line or status line. */
  readonly firstLine: string;
  /** Of the whole message with its header, as it went over the flow. */
  readonly bytes: number;
}

/** Which step answers a question over HTTP. */
export const answering: Readonly<Record<'S306' | 'S308', MethodStep>> = { S306: 'S307', S308: 'S309' };

const blankLine = '\r\n\r\n';
const mostWaiting = 300_000;

/** Watches what passes by SIP. A stream is cut into messages here once more, since sizes are the endpoint's secret. */
export class Ladder {
  readonly #waiting = new Map<Flow, string>();

  sent(bytes: Uint8Array): LadderStep | undefined {
    return ladderStep(octetText(bytes), 'sent');
  }

  received(path: FlowPath, bytes: Uint8Array): readonly LadderStep[] {
    const text = octetText(bytes);
    const isStream = path.transport === 'TCP' || path.transport === 'TLS';
    const messages = isStream ? this.#cut(path.flow, text) : [text];
    return messages.flatMap((message) => ladderStep(message, 'received') ?? []);
  }

  #cut(flow: Flow, text: string): readonly string[] {
    let rest = (this.#waiting.get(flow) ?? '') + text;
    const messages: string[] = [];
    for (;;) {
      rest = rest.replace(/^(?:\r\n)+/, '');
      const headEnd = rest.indexOf(blankLine);
      if (headEnd === -1) break;
      const length = /\r\n(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})/i.exec(rest.slice(0, headEnd))?.[1];
      const end = headEnd + blankLine.length + Number(length ?? 0);
      if (rest.length < end) break;
      messages.push(rest.slice(0, end));
      rest = rest.slice(end);
    }
    if (rest === '' || rest.length > mostWaiting) this.#waiting.delete(flow);
    else this.#waiting.set(flow, rest);
    return messages;
  }
}

function ladderStep(message: string, direction: LadderStep['direction']): LadderStep | undefined {
  const firstLine = message.split('\r\n', 1)[0] ?? '';
  const step = stepOf(firstLine, direction);
  return step === undefined ? undefined : { step, direction, firstLine, bytes: message.length };
}

function stepOf(firstLine: string, direction: LadderStep['direction']): MethodStep | undefined {
  if (firstLine.startsWith('SIP/2.0 ')) return direction === 'sent' ? 'S305' : 'S302';
  if (direction === 'sent' && firstLine.startsWith('SUBSCRIBE ')) return 'S301';
  return direction === 'received' && firstLine.startsWith('NOTIFY ') ? 'S304' : undefined;
}
