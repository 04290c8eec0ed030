import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Shape } from './sqlite-file.ts';
import { placeNumber } from './sqlite-place.ts';

// `person.number` and `link.number` are SQLite row IDs: small and rising. `fields` and `body` are JSON. Times are milliseconds since 1970 in UTC.
const first = `
  create table meta (
    one integer primary key check (one = 1),
    book text not null,
    revision integer not null,
    oldest integer not null
  ) strict;
  create table source (
    number integer primary key,
    name text not null unique,
    cookie text,
    living integer not null default 0
  ) strict;
  create table person (
    number integer primary key,
    id text not null unique,
    revision integer not null,
    left_at integer,
    sort_key text not null,
    folded text not null,
    fields text not null
  ) strict;
  create index person_left on person (left_at) where left_at is not null;
  create table link (
    number integer primary key,
    source integer not null references source (number),
    key text not null,
    person integer not null references person (number),
    place text not null,
    manager_place text,
    unique (source, key)
  ) strict;
  create index link_place on link (place) where place <> '';
  create index link_manager_place on link (manager_place) where manager_place is not null;
  create table change (
    revision integer primary key,
    at integer not null,
    source integer not null references source (number),
    person text not null,
    kind text not null check (kind in ('added', 'altered', 'removed')),
    body text not null,
    approved integer not null
  ) strict;
  create index change_removed on change (source, at) where kind = 'removed' and approved = 0;
  create table hold (
    id text primary key,
    source integer not null references source (number),
    reason text not null,
    at integer not null
  ) strict, without rowid;
  create table removal (
    source integer not null references source (number),
    key text not null,
    person text not null,
    since integer not null,
    hold text references hold (id),
    primary key (source, key)
  ) strict, without rowid;
  create index removal_hold on removal (hold) where hold is not null;
`;

// A photo's `number` is for the foreign key: 64 characters in each bearer's row would be more than the rest of it.
const photos = `
  create table photo (
    number integer primary key,
    hash text not null unique,
    type text not null,
    bytes blob not null
  ) strict;
  create table bearer (
    person integer primary key references person (number),
    photo integer not null references photo (number)
  ) strict;
  create index bearer_photo on bearer (photo);
`;

/** Places are found by numbers (`placeNumber`), not by their texts. */
const placesByNumber = `
  alter table link add column place_number integer;
  alter table link add column manager_number integer;
  update link set place_number = case place when '' then null else number_of_place(place) end,
    manager_number = number_of_place(manager_place);
  drop index link_place;
  drop index link_manager_place;
  create index link_place on link (place_number) where place_number is not null;
  create index link_manager on link (manager_number) where manager_number is not null;
`;

// The places that persons left and nobody took since, and what persons are kept below. A file of the first shape has
// neither: they are filled as the directory tells of them, everything within a day.
const places = `
  create table former (
    source integer not null references source (number),
    place text not null,
    link integer not null references link (number) on delete cascade,
    primary key (source, place)
  ) strict, without rowid;
  create index former_link on former (link);
  create table container (
    source integer not null references source (number),
    key text not null,
    place text not null,
    primary key (source, key)
  ) strict, without rowid;
`;

/** Fields that are held, each with the persons who keep it. */
const heldFields = `
  alter table hold add column field text;
  create table emptying (
    source integer not null references source (number),
    key text not null,
    field text not null,
    person text not null,
    hold text not null references hold (id),
    primary key (source, key, field)
  ) strict, without rowid;
  create index emptying_hold on emptying (hold);
`;

/** What persons are found by is made of their fields when it is needed, and kept in memory alone. */
const nothingFolded = `
  alter table person drop column sort_key;
  alter table person drop column folded;
`;

// A person may have links in several sources. `link.fields` is what its source says, where the person has or had another link; else
// that is `person.fields`. A photo that only such fields name is in `spare`. A person lives as long as one of the links is not left.
const severalLinks = `
  alter table link add column fields text;
  alter table link add column left_at integer;
  alter table link add column left_approved integer not null default 0;
  update link set left_at = (select left_at from person where person.number = link.person);
  create index link_person on link (person);
  create index link_left on link (source, left_at) where left_at is not null;
  create table spare (
    link integer primary key references link (number) on delete cascade,
    photo integer not null references photo (number)
  ) strict;
  create index spare_photo on spare (photo);
`;

/** Whom an administrator had removed, by hold. */
const approvedHolds = `
  create table approved (
    hold text not null,
    source integer not null references source (number),
    key text not null,
    reason text not null,
    at integer not null,
    primary key (hold, source, key)
  ) strict, without rowid;
`;

// Groups, and the places of their members. A group that is forgotten and comes back is another: its number is not given again.
const groups = `
  create table grouping (
    number integer primary key autoincrement,
    source integer not null references source (number),
    key text not null,
    name text not null,
    place text not null,
    place_number integer not null,
    stamp text,
    unique (source, key)
  ) strict;
  create index grouping_place on grouping (place_number);
  create table membership (
    grouping integer not null references grouping (number) on delete cascade,
    place text not null,
    place_number integer not null,
    link integer references link (number) on delete set null,
    nested integer references grouping (number) on delete set null,
    primary key (grouping, place)
  ) strict, without rowid;
  create index membership_place on membership (place_number);
  create index membership_link on membership (link) where link is not null;
  create index membership_nested on membership (nested) where nested is not null;
  create index membership_inside on membership (grouping, nested) where nested is not null;
`;

/** 'Roll' as a number. */
const applicationId = 0x526f6c6c;

export const changeLogShape: Shape = {
  holds: 'change log',
  applicationId,
  steps: [
    (db: DatabaseSync): void => {
      db.exec(first);
      db.prepare('insert into meta (one, book, revision, oldest) values (1, ?, 0, 0)').run(randomUUID());
    },
    (db: DatabaseSync): void => {
      db.exec(photos);
      // What a source says from its cookie on is not who had a photo before: each is read once from the start.
      db.exec('update source set cookie = null');
    },
    (db: DatabaseSync): void => {
      db.function('number_of_place', (place) => (typeof place === 'string' ? placeNumber(place) : null));
      db.exec(placesByNumber);
    },
    (db: DatabaseSync): void => db.exec(places),
    (db: DatabaseSync): void => db.exec('alter table link add column stamp text'),
    (db: DatabaseSync): void => db.exec(nothingFolded),
    (db: DatabaseSync): void => db.exec(severalLinks),
    (db: DatabaseSync): void => db.exec(heldFields),
    (db: DatabaseSync): void => db.exec(approvedHolds),
    (db: DatabaseSync): void => db.exec(groups),
    // None: they are taken as they are at the next start.
    (db: DatabaseSync): void => db.exec('alter table source add column settings text'),
    // See `ChangeLog.membershipsAt`.
    (db: DatabaseSync): void => db.exec('alter table meta add column memberships integer not null default 0'),
  ],
};
