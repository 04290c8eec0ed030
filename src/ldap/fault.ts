import { Fault } from '../base/fault.ts';

/**
 * The LDAP peer broke the protocol, refused, or cannot be reached. `code` is its result code (RFC 4511
 * §4.1.9) where it gave one; `section` is what to read; the message says what to do about it.
 */
export class LdapFault extends Fault {
  override readonly name = 'LdapFault';
  readonly blame = 'peer';
  readonly code: number | undefined;
  readonly section: string;

  constructor(message: string, about: { readonly section: string; readonly code?: number; readonly cause?: unknown }) {
    super(message, 'cause' in about ? { cause: about.cause } : undefined);
    this.code = about.code;
    this.section = about.section;
  }
}
