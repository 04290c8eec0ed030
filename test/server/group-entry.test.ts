import { expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { attributeMap } from '../../src/server/attribute-map.ts';
import { groupOf } from '../../src/server/group-entry.ts';
import { eventOf } from '../../src/server/source.ts';

type Values = Readonly<Record<string, readonly (string | Uint8Array)[]>>;
const entry = (values: Values) => ({
  dn: 'CN=Dev, OU=Groups,DC=example',
  attributes: new Map(
    Object.entries(values).map(([name, all]) => [
      name,
      all.map((value) => (typeof value === 'string' ? utf8(value) : value)),
    ]),
  ),
});
const read = (values: Values, below?: string) => groupOf(entry(values), { memberUidBelow: below });

test.each([
  ['groupOfNames', { member: ['UID=Ada, OU=People,DC=example', 'uid=ada,ou=people,dc=example', ''] }],
  ['groupOfUniqueNames', { uniquemember: ["uid=ada,ou=people,dc=example#'0101'B"] }],
  ['GROUP', { member: ['uid=ada,ou=people,dc=example'], uniquemember: [] }],
  ['posixGroup', { memberuid: ['ada', ''] }],
  ['groupOfMembers', { member: ['uid=ada,ou=people,dc=example'], memberuid: ['ada'] }],
])('of a %s the members are places, each once, without empty ones', (objectClass, values) => {
  const group = read({ objectclass: ['top', objectClass], cn: ['Dev'], ...values }, 'OU=People,DC=example');
  expect(group).toEqual({ name: 'Dev', members: ['uid=ada,ou=people,dc=example'] });
});

test.each(['a,b', 'a+b=c', ' a', '#a', 'a\\b', 'a"<>;', '王'])('a memberUid %j is one value of a name', (uid) => {
  const { members } = read({ objectclass: ['posixGroup'], memberuid: [uid] }, 'dc=x') ?? { members: [] };
  expect(members).toHaveLength(1);
  expect(members[0]).toMatch(/^uid=[^,+]*,dc=x$/);
});

test('without a place to look below, memberUid names nobody', () => {
  expect(read({ objectclass: ['posixGroup'], cn: ['x'], memberuid: ['ada'] })).toEqual({ name: 'x', members: [] });
});

test.each([
  [{ displayname: ['Developers'], cn: ['dev'] }, 'Developers'],
  [{ displayname: ['\u202e \u0007'], cn: [' dev\r\n team '] }, 'dev team'],
  [{ cn: ['x'.repeat(5000)] }, 'x'.repeat(1024)],
  [{}, 'CN=Dev, OU=Groups,DC=example'],
  [{ cn: [Uint8Array.of(0xff, 0xfe)] }, '\ufffd\ufffd'],
])('its name, of %j, is on one line and not too long', (values, name) => {
  expect(read({ objectclass: ['group'], ...values })?.name).toBe(name);
});

test('who is a person too is a person, and without the setting a group is read as before', () => {
  const ada = { objectclass: ['person', 'posixGroup'], cn: ['ada'], memberuid: ['ada'] };
  expect(read(ada)).toBeUndefined();
  expect(read({ cn: ['x'] })).toBeUndefined();
  const said = { kind: 'entry', key: 'k' as never, ...entry({ objectclass: ['groupOfNames'], cn: ['x'] }) } as const;
  expect(eventOf(said, attributeMap()).kind).toBe('person');
  expect(eventOf(said, attributeMap(), {})).toMatchObject({
    kind: 'group',
    key: 'k',
    place: 'cn=dev,ou=groups,dc=example',
  });
});
