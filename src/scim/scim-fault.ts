import { Fault } from '../base/fault.ts';

/** RFC 7644 §3.12, table 9; those that this service provider has a use for. */
export type ScimType = 'invalidFilter' | 'invalidPath' | 'invalidSyntax' | 'invalidValue' | 'noTarget' | 'uniqueness';

/** What a client asked for cannot be done; nothing was changed. */
export class ScimFault extends Fault {
  override readonly name = 'ScimFault';
  readonly blame = 'peer';
  /** To answer with. */
  readonly status: number;
  readonly scimType: ScimType | undefined;
  /** With 405: the methods that would be right. */
  readonly allow: string | undefined;

  constructor(status: number, detail: string, more: { readonly scimType?: ScimType; readonly allow?: string } = {}) {
    super(detail);
    this.status = status;
    this.scimType = more.scimType;
    this.allow = more.allow;
  }
}

/** A request that is not as RFC 7644 wants it. */
export const unfit = (scimType: ScimType, detail: string): ScimFault => new ScimFault(400, detail, { scimType });
