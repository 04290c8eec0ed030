// Who publishes the resources that Kamailio tells of, as far as `sip` needs it (RFC 3903), over UDP. Each state is a
// publication of its own: with SIP-If-Match Kamailio 5.6 found no such tag under load, and once it fell over.

import { resourceOf } from './load-plan.ts';

export interface Way {
  readonly address: string;
  readonly send: (text: string) => void;
}

/** RFC 3261 §17.1.2.1: among the answers of all subscribers many a PUBLISH gets lost. */
const timerE = { firstMilliseconds: 500, longestMilliseconds: 4000 };

export class Publishers {
  /** What waits for an answer, by its Call-ID. */
  readonly #again = new Map<string, NodeJS.Timeout>();
  #sent = 0;

  publish(resource: number, note: string, { address, send }: Way): void {
    this.#sent += 1;
    const callId = `p${this.#sent}`;
    const text = print(resourceOf(resource), { note, callId, address });
    const sendAgain = (waitMilliseconds: number): void => {
      send(text);
      const next = Math.min(2 * waitMilliseconds, timerE.longestMilliseconds);
      this.#again.set(
        callId,
        setTimeout(() => sendAgain(next), waitMilliseconds),
      );
    };
    sendAgain(timerE.firstMilliseconds);
  }

  answered(callId: string): void {
    clearTimeout(this.#again.get(callId));
    this.#again.delete(callId);
  }
}

function print(
  entity: string,
  { note, callId, address }: { readonly note: string; readonly callId: string; readonly address: string },
): string {
  const body = `<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="${entity}"><tuple id="a"><status><basic>open</basic></status><note>${note}</note></tuple></presence>`;
  return [
    `PUBLISH ${entity} SIP/2.0`,
    `Via: SIP/2.0/UDP ${address};branch=z9hG4bK${callId};rport`,
    'Max-Forwards: 70',
    `From: <${entity}>;tag=${callId}`,
    `To: <${entity}>`,
    `Call-ID: ${callId}`,
    'CSeq: 1 PUBLISH',
    'Event: presence',
    'Expires: 3600',
    'Content-Type: application/pidf+xml',
    `Content-Length: ${body.length}`,
    `\r\n${body}`,
  ].join('\r\n');
}
