import type { Branded } from '../base/brand.ts';
import type { WallTime } from '../base/time.ts';
import type { Complex } from './attributes.ts';
import type { ResourceType } from './schema.ts';

/** Names a resource for life; the service provider makes it. */
export type ResourceId = Branded<string, 'ResourceId'>;
export const resourceId = (text: string): ResourceId => text as ResourceId;

export interface StoredResource {
  readonly id: ResourceId;
  readonly type: ResourceType;
  /** As the client wrote them. */
  readonly attributes: Complex;
  readonly created: WallTime;
  readonly altered: WallTime;
  /** Rises with each writing to the store. */
  readonly version: number;
}

/** By which resources are found at once. */
export type Indexed = 'userName' | 'externalId' | 'displayName';

export interface Named {
  readonly type: ResourceType;
  readonly id: ResourceId;
}

/** The resources of one source. Each verb is one whole, atomic thing; what it gave is durable. */
export interface ResourceStore {
  /** `taken`: another user has the userName, in great or small letters. */
  add(resource: Named & { readonly attributes: Complex; readonly at: WallTime }): Promise<StoredResource | 'taken'>;
  find(named: Named): Promise<StoredResource | undefined>;
  /**
   * Writes what `to` makes of the resource, with nobody else writing in between. Where it gives the resource's own attributes
   * nothing is written; what it throws comes out, and nothing is written.
   */
  alter(
    named: Named & { readonly at: WallTime },
    to: (before: StoredResource) => Complex,
  ): Promise<StoredResource | 'absent' | 'taken'>;
  /** False where there is none. What `check` throws comes out, and nothing is removed. */
  remove(named: Named, check: (before: StoredResource) => void): Promise<boolean>;
  /** Those that may have the value, compared without regard to great and small letters. */
  having(type: ResourceType, attribute: Indexed, value: string): Promise<readonly StoredResource[]>;
  count(type: ResourceType): Promise<number>;
  /** In the order in which they were added; fewer than `limit` where they are large, one at least where there is one. */
  page(
    type: ResourceType,
    part: { readonly offset: number; readonly limit: number },
  ): Promise<readonly StoredResource[]>;
}
