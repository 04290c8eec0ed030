// The tables of a personal address book in SQLite, and how a file of an earlier program is brought up.

import { photoTable } from './held-photos.ts';
import type { Shape } from './sqlite-file.ts';

const withheldTable =
  'create table withheld (person text primary key references entry on delete cascade) strict, without rowid';

export const addressBookShape: Shape = {
  holds: 'personal address book',
  applicationId: 0x52_43_50_42, // "RCPB"
  steps: [
    (db) => {
      db.exec(`
        create table note (name text primary key, value text not null) strict, without rowid;
        create table entry (
          person text primary key, base text not null, revision integer not null,
          state text not null check (state in ('held', 'left', 'kept')), own text not null
        ) strict, without rowid;
        ${withheldTable};
        create table prompt (
          id integer primary key autoincrement, person text not null, name text not null, fact text not null,
          at integer not null, seen integer not null default 0, undone integer not null default 0
        ) strict;
        create index prompt_unseen on prompt (id) where seen = 0;
      `);
    },
    (db) => {
      db.exec(photoTable);
    },
    // Own contacts. What refers to the entries would go with the old table.
    (db) => {
      db.exec(`
        create table entry_now (
          person text primary key, base text not null, revision integer not null,
          state text not null check (state in ('held', 'left', 'kept', 'own')), own text not null
        ) strict, without rowid;
        insert into entry_now select * from entry;
        create temp table withheld_before as select person from withheld;
        drop table withheld;
        drop table entry;
        alter table entry_now rename to entry;
        ${withheldTable};
        insert into withheld select person from withheld_before;
        drop table withheld_before;
        create index prompt_person on prompt (person, id);
        create table looked_up (person text primary key, score real not null) strict, without rowid;
        create index looked_up_score on looked_up (score);
      `);
    },
  ],
};
