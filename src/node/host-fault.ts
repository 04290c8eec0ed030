import { Fault } from '../base/fault.ts';

/** The machine that we run on failed us: disk, network, memory, configuration. The message says what to do. */
export class HostFault extends Fault {
  override readonly name = 'HostFault';
  readonly blame = 'host';
}
