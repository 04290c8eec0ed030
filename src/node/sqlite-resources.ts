// What a provisioning client wrote, in a SQLite file of each source: the resources as they came, and in which order they were
// written, so that whoever follows them reads what is new.

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { wallTime } from '../base/time.ts';
import type { Complex } from '../scim/attributes.ts';
import {
  resourceId,
  type Indexed,
  type Named,
  type ResourceId,
  type ResourceStore,
  type StoredResource,
} from '../scim/resource-store.ts';
import type { ResourceType } from '../scim/schema.ts';
import { inTransaction, openSqliteFile, overFile, type Shape } from './sqlite-file.ts';

const shape: Shape = {
  holds: 'store of SCIM resources',
  applicationId: 0x726f6c63, // 'rolc'
  steps: [
    (db) =>
      db.exec(`
        create table resource (number integer primary key, id text not null unique, type text not null,
          user_name text unique, external_id text, display_name text, attributes text not null,
          created_at integer not null, altered_at integer not null, version integer not null unique) strict;
        create index resource_type on resource (type, number);
        create index resource_external on resource (external_id) where external_id is not null;
        create index resource_display on resource (display_name) where display_name is not null;
        create table removed (version integer primary key, id text not null) strict`),
  ],
};

/** The file of a source, in the data folder. */
export const resourcesFile = (source: string): string => `scim-${source}.sqlite`;
export const isResourcesFile = (name: string): boolean => /^scim-[a-z][a-z0-9-]*\.sqlite$/.test(name);

/** Characters that are read at once. */
const mostCharacters = 4 * 1024 * 1024;

/** What was written, oldest first. */
export type Written =
  | { readonly kind: 'there'; readonly version: number; readonly resource: StoredResource }
  | { readonly kind: 'removed'; readonly version: number; readonly id: ResourceId };

export interface SqliteResources extends ResourceStore, AsyncDisposable {
  /** What was written after `version`, and is the last word of each resource: a part of it where it is much; none where there is none. */
  since(version: number): readonly Written[];
  /** For who reads everything from now on. */
  forgetRemoved(): void;
}

type Row = Record<string, SQLOutputValue>;

const resourceOf = (row: Row): StoredResource => ({
  id: resourceId(String(row['id'])),
  type: String(row['type']) as ResourceType,
  attributes: JSON.parse(String(row['attributes'])) as Complex,
  created: wallTime(Number(row['created_at'])),
  altered: wallTime(Number(row['altered_at'])),
  version: Number(row['version']),
});

const folded = (attributes: Complex, name: Indexed): string | null => {
  const value = attributes[name];
  return typeof value === 'string' ? value.toLowerCase() : null;
};

const columns: Readonly<Record<Indexed, string>> = {
  userName: 'user_name',
  externalId: 'external_id',
  displayName: 'display_name',
};

/**
 * Opens the store in the file at `path`, or makes it; `:memory:` for one that nobody keeps.
 * @throws HostFault when it cannot be opened or written, or is not one of ours
 */
export function openSqliteResources(path: string): SqliteResources {
  const db = openSqliteFile(path, shape);
  const say = statements(db);
  // Each is synchronous underneath; a promise, since another store's is not.
  const over = async <Result>(work: () => Result): Promise<Result> => overFile(path, work);
  const writing = <Result>(work: () => Result): Promise<Result> => over(() => inTransaction(db, 'immediate', work));
  const find = ({ type, id }: Named): StoredResource | undefined => say.find.all(type, id).map(resourceOf)[0];
  const nextVersion = (): number => Number(say.version.get()?.['version']) + 1;
  const isTaken = ({ type, id }: Named, attributes: Complex): boolean =>
    type === 'User' && say.taken.get(folded(attributes, 'userName'), id) !== undefined;
  const write = ({ id, type, attributes, created, altered, version }: StoredResource): void => {
    const userName = type === 'User' ? folded(attributes, 'userName') : null;
    const [externalId, displayName] = [folded(attributes, 'externalId'), folded(attributes, 'displayName')];
    const text = JSON.stringify(attributes);
    say.write.run(id, type, userName, externalId, displayName, text, created, altered, version);
  };
  return {
    add: ({ at, ...named }) =>
      writing(() => {
        if (isTaken(named, named.attributes)) return 'taken';
        const resource: StoredResource = { ...named, created: at, altered: at, version: nextVersion() };
        write(resource);
        return resource;
      }),
    find: (named) => over(() => find(named)),
    alter: ({ at, ...named }, to) =>
      writing(() => {
        const before = find(named);
        if (before === undefined) return 'absent';
        const attributes = to(before);
        if (isTaken(named, attributes)) return 'taken';
        if (JSON.stringify(attributes) === JSON.stringify(before.attributes)) return before;
        const after: StoredResource = { ...before, attributes, altered: at, version: nextVersion() };
        write(after);
        return after;
      }),
    remove: (named, check) =>
      writing(() => {
        const before = find(named);
        if (before === undefined) return false;
        check(before);
        say.note.run(nextVersion(), named.id);
        say.remove.run(named.id);
        return true;
      }),
    having: (type, attribute, value) =>
      over(() => say.having[attribute].all(type, value.toLowerCase()).map(resourceOf)),
    count: (type) => over(() => Number(say.count.get(type)?.['count'])),
    page: (type, { offset, limit }) => over(() => bounded(say.page.iterate(type, limit, offset)).map(resourceOf)),
    since: (version) =>
      overFile(path, () =>
        bounded(say.since.iterate(version, version)).map((row): Written => {
          const at = Number(row['version']);
          if (row['attributes'] !== null) return { kind: 'there', version: at, resource: resourceOf(row) };
          return { kind: 'removed', version: at, id: resourceId(String(row['id'])) };
        }),
      ),
    forgetRemoved: () => overFile(path, () => db.exec('delete from removed')),
    [Symbol.asyncDispose]: () => over(() => db.close()),
  };
}

/** As many as are not too much to have in memory, and one at least. */
function bounded(rows: Iterable<Row>): readonly Row[] {
  const taken: Row[] = [];
  let characters = 0;
  for (const row of rows) {
    taken.push(row);
    characters += String(row['attributes'] ?? '').length;
    if (characters >= mostCharacters) break;
  }
  return taken;
}

const readAtOnce = 500;

const statements = (db: DatabaseSync) => ({
  find: db.prepare('select * from resource where type = ? and id = ?'),
  taken: db.prepare('select 1 from resource where user_name = ? and id <> ?'),
  version: db.prepare(`
    select max(ifnull((select max(version) from resource), 0), ifnull((select max(version) from removed), 0)) as version`),
  write: db.prepare(`
    insert into resource (id, type, user_name, external_id, display_name, attributes, created_at, altered_at, version)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?)
    on conflict (id) do update set user_name = excluded.user_name, external_id = excluded.external_id,
      display_name = excluded.display_name, attributes = excluded.attributes, altered_at = excluded.altered_at,
      version = excluded.version`),
  note: db.prepare('insert into removed values (?, ?)'),
  remove: db.prepare('delete from resource where id = ?'),
  having: Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [
      name,
      db.prepare(`select * from resource where type = ? and ${column} = ? order by number`),
    ]),
  ) as Readonly<Record<Indexed, ReturnType<DatabaseSync['prepare']>>>,
  count: db.prepare('select count(*) as count from resource where type = ?'),
  page: db.prepare('select * from resource where type = ? order by number limit ? offset ?'),
  since: db.prepare(`
    select id, type, attributes, created_at, altered_at, version from resource where version > ?
    union all select id, null, null, null, null, version from removed where version > ?
    order by version limit ${readAtOnce}`),
});
