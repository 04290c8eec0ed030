// The sources that provisioning clients write, put together.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Config } from '../node/config.ts';
import { tokenHashesOf } from '../node/scim-config.ts';
import { isScimConfig } from '../node/source-config.ts';
import { openSqliteResources, resourcesFile } from '../node/sqlite-resources.ts';
import { ScimProvider } from '../scim/provider.ts';
import { resourceId } from '../scim/resource-store.ts';
import { sourceName, type SourceName } from '../server/change-log.ts';
import type { ScimSource } from '../server/http-scim.ts';

/** @throws HostFault when a store cannot be opened, or a token cannot be read */
export function scimSources(
  { data, sources }: Pick<Config, 'data' | 'sources'>,
  { stack, written }: { readonly stack: AsyncDisposableStack; readonly written: (source: SourceName) => void },
): readonly ScimSource[] {
  return sources.filter(isScimConfig).map((config) => {
    const { name } = config;
    const store = stack.use(openSqliteResources(join(data, resourcesFile(name))));
    const newId = () => resourceId(randomUUID());
    const provider = new ScimProvider({ store, newId, written: () => written(sourceName(name)), turn: setImmediate });
    // Now, too: what is wrong with the file is to be known at the start.
    tokenHashesOf(config);
    return { name, provider, tokenHashes: () => tokenHashesOf(config) };
  });
}
