// The settings of a source, by its kind.

import * as v from 'valibot';
import { directoryKinds, directorySchema, type DirectoryConfig } from './directory-config.ts';
import { filesSchema, type FilesConfig } from './files-config.ts';
import { scimSchema, type ScimConfig } from './scim-config.ts';
import { said } from './setting-schema.ts';

export type SourceConfig = DirectoryConfig | FilesConfig | ScimConfig;

export const isScimConfig = (config: SourceConfig): config is ScimConfig => config.kind === 'scim';
export const isFilesConfig = (config: SourceConfig): config is FilesConfig => config.kind === 'files';
export const isDirectoryConfig = (config: SourceConfig): config is DirectoryConfig =>
  !isScimConfig(config) && !isFilesConfig(config);

const kind = v.looseObject({
  kind: v.picklist(
    [...directoryKinds, 'files', 'scim'],
    said(
      "'openldap' (any server with the syncprov overlay), '389ds' (389 Directory Server), 'ad' (Active Directory), 'ldap' (any other, compared every so often), 'files' (a folder of CSV, LDIF and vCard files) or 'scim' (a provisioning client writes it)",
    ),
  ),
});

export const sourceSchema: v.GenericSchema<unknown, SourceConfig> = v.lazy((given) => {
  const read = v.safeParse(kind, given);
  // It says itself what is wrong.
  if (!read.success) return v.pipe(kind, v.never());
  if (read.output.kind === 'files') return filesSchema;
  return read.output.kind === 'scim' ? scimSchema : directorySchema;
});

/** Whose attributes it has. */
export function tableOf(of: SourceConfig['kind']): 'ad' | 'ldap' | 'scim' {
  return of === 'ad' || of === 'scim' ? of : 'ldap';
}
