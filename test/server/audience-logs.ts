// Logs of audiences in memory, which outlive a server that is started again with them.

import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';
import type { AudienceRule, Condition } from '../../src/server/audience.ts';
import type { AudienceLogs } from '../../src/server/circles.ts';
import type { ChangeLog } from '../../src/server/change-log.ts';
import { fieldNames, fields, type FieldName } from '../../src/book/field.ts';

export class LogsInMemory implements AudienceLogs {
  readonly opened = new Map<string, ChangeLog>();
  /** How often each was made anew. */
  readonly made = new Map<string, number>();

  async open(audience: string): Promise<ChangeLog> {
    const log = this.opened.get(audience) ?? openSqliteChangeLog({ path: ':memory:' });
    this.opened.set(audience, log);
    return log;
  }

  async only(names: readonly string[]): Promise<void> {
    for (const name of this.opened.keys()) if (!names.includes(name)) this.opened.delete(name);
  }

  async anew(audience: string, old: ChangeLog): Promise<ChangeLog> {
    await old[Symbol.asyncDispose]();
    this.opened.delete(audience);
    this.made.set(audience, (this.made.get(audience) ?? 0) + 1);
    return this.open(audience);
  }
}

type Wanted = Readonly<Partial<Record<FieldName | 'group', readonly string[]>>>;

const conditions = (wanted: Wanted): readonly Condition[] =>
  Object.entries(wanted).map(([name, values]) =>
    name === 'group' ? { kind: 'group', groups: values } : { kind: 'field', field: name as FieldName, values },
  );

export const rule = (
  name: string,
  parts: {
    readonly readers?: Wanted;
    readonly persons?: Wanted;
    readonly same?: readonly FieldName[];
    readonly fields?: readonly FieldName[];
  },
): AudienceRule => ({
  name,
  readers: conditions(parts.readers ?? {}),
  persons: conditions(parts.persons ?? {}),
  same: parts.same ?? [],
  fields: parts.fields ?? fieldNames.filter((field) => fields[field].class !== 'restricted'),
});
