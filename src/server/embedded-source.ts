import { sourceName, type SourceName } from './change-log.ts';

/** The administrator's own book. */
export const embeddedSource: SourceName = sourceName('embedded');
