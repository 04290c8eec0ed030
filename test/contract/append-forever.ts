// A process of its own for the test that kills it: appends three persons a commit and says each revision.

import { writeSync } from 'node:fs';
import { wallTime } from '../../src/base/time.ts';
import { makePersonIds } from '../../src/node/person-ids.ts';
import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';
import { photo } from '../peers/pictures.ts';
import { sourceKey, sourceName } from '../../src/server/change-log.ts';

const log = openSqliteChangeLog({ path: process.argv[2] ?? '' });
const nextId = makePersonIds(() => Date.now());
let at: number = (await log.head()).revision;
for (;;) {
  const persons = [1, 2, 3].map((step) => ({ person: nextId(), key: sourceKey(`key-${at + step}`) }));
  const photos = persons.map((_, index) => photo(at + index, 20_000));
  at += persons.length;
  await log.append({
    source: sourceName('headquarters'),
    at: wallTime(Date.now()),
    changes: persons.map(({ person, key }, index) => ({
      kind: 'added',
      person,
      fields: { name: `Person ${key}`, photo: photos[index]?.hash ?? '' },
    })),
    photos,
    links: persons.map(({ person, key }) => ({ key, person, place: key })),
    cookie: `at-${at}`,
  });
  writeSync(1, `${at}\n`);
}
