// The steps S301 to S309 of the method as they really pass, so that they can be shown and counted.

/** `S301` the SUBSCRIBE, `S302` its answer, `S304` NOTIFY, `S305` its answer, `S306`-`S309` over HTTP. S303 is the change itself. */
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

const longestFirstLine = 500;

/** The SIP message in `bytes` as a step; undefined for what is none of the method (keep-alives, other methods). */
export function ladderStep(bytes: Uint8Array, direction: LadderStep['direction']): LadderStep | undefined {
  let firstLine = '';
  for (const octet of bytes.subarray(0, longestFirstLine)) {
    if (octet === 13 || octet === 10) break;
    firstLine += String.fromCharCode(octet);
  }
  const step = stepOf(firstLine, direction);
  return step === undefined ? undefined : { step, direction, firstLine, bytes: bytes.length };
}

function stepOf(firstLine: string, direction: LadderStep['direction']): MethodStep | undefined {
  if (firstLine.startsWith('SIP/2.0 ')) return direction === 'sent' ? 'S305' : 'S302';
  if (direction === 'sent' && firstLine.startsWith('SUBSCRIBE ')) return 'S301';
  return direction === 'received' && firstLine.startsWith('NOTIFY ') ? 'S304' : undefined;
}
