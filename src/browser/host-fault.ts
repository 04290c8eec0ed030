import { Fault } from '../base/fault.ts';

/** The browser that we run in failed us: no room, no store, no network. The message says what to do. */
export class HostFault extends Fault {
  override readonly name = 'HostFault';
  readonly blame = 'host';
}
