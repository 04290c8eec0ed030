import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readComplex, type Complex } from '../../src/scim/attributes.ts';
import { patched, readPatch } from '../../src/scim/patch.ts';
import { acceptable } from '../../src/scim/resource.ts';
import { enterpriseSchema, type ResourceType } from '../../src/scim/schema.ts';
import { ScimFault } from '../../src/scim/scim-fault.ts';
import { anyPatchKeepsItsShape, anyTextReads } from './hostile.ts';

const ada: Complex = {
  userName: 'ada@example.com',
  name: { givenName: 'Ada', familyName: 'Byron' },
  emails: [{ type: 'work', value: 'ada@example.com', primary: true }],
  active: true,
};

const after = (resource: Complex, ...operations: readonly unknown[]): Complex => patch('User', resource, operations);
const group = (members: readonly string[], ...operations: readonly unknown[]): readonly unknown[] => {
  const before = { displayName: 'Sales', members: members.map((value) => ({ value })) };
  return (patch('Group', before, operations)['members'] as readonly Complex[] | undefined) ?? [];
};
function patch(type: ResourceType, resource: Complex, operations: readonly unknown[]): Complex {
  const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations };
  return patched(type, acceptable(type, resource), readPatch(readComplex(JSON.stringify(body))));
}
const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (fault) {
    if (fault instanceof ScimFault) return `${fault.status} ${fault.scimType}`;
    throw fault;
  }
  return 'none';
};

describe('as Entra ID writes it', () => {
  test('operations in capitals, and truth as a text', () => {
    expect(after(ada, { op: 'Replace', path: 'active', value: 'False' })).toEqual({ ...ada, active: false });
    expect(after(ada, { op: 'Replace', path: 'active', value: [{ $ref: null, value: 'False' }] })['active']).toBe(
      false,
    );
  });

  test('a part of a value of a list: of the one that is there, of one that is not there yet, and taken away', () => {
    const renamed = after(ada, { op: 'Replace', path: 'emails[type eq "work"].value', value: 'king@example.com' });
    expect(renamed['emails']).toEqual([{ type: 'work', value: 'king@example.com', primary: true }]);
    const mobile = { op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '+1 555 0100' };
    const reached = after(ada, mobile);
    expect(reached['phoneNumbers']).toEqual([{ type: 'mobile', value: '+1 555 0100' }]);
    expect(after(reached, mobile)).toEqual(reached);
    const both = after(reached, { op: 'Add', path: 'addresses[type eq "work"].locality', value: 'Ockham' });
    expect(both['addresses']).toEqual([{ type: 'work', locality: 'Ockham' }]);
    const gone = after(both, { op: 'Remove', path: 'phoneNumbers[type eq "mobile"].value' });
    expect(gone['phoneNumbers']).toEqual([{ type: 'mobile' }]);
    expect(after(gone, { op: 'Remove', path: 'phoneNumbers[type eq "mobile"]' })['phoneNumbers']).toBeUndefined();
  });

  test('several attributes without a path, by dotted names and by names with their schema', () => {
    const value = { displayName: 'Ada King', 'name.familyName': 'King', [`${enterpriseSchema}:employeeNumber`]: '17' };
    expect(after(ada, { op: 'replace', value })).toEqual({
      ...ada,
      displayName: 'Ada King',
      name: { givenName: 'Ada', familyName: 'King' },
      [enterpriseSchema]: { employeeNumber: '17' },
    });
  });

  test.each([
    ['a text', 'boss'],
    ['an object', { value: 'boss' }],
    ['a list of one', [{ $ref: 'https://book.example.com/scim/v2/hr/Users/boss', value: 'boss' }]],
  ])('a manager as %s, with the schema and without', (_, value) => {
    for (const path of [`${enterpriseSchema}:manager`, 'manager']) {
      const managed = after(ada, { op: 'Add', path, value });
      expect(managed[enterpriseSchema]).toMatchObject({ manager: { value: 'boss' } });
      expect(after(managed, { op: 'Remove', path, value })).toEqual(ada);
    }
  });

  test('members are taken away by a list of them, or one by one; twice is as once', () => {
    const remove = { op: 'Remove', path: 'members', value: [{ $ref: null, value: 'a' }, { value: 'nobody' }] };
    expect(group(['a', 'b', 'c'], remove, remove)).toEqual([{ value: 'b' }, { value: 'c' }]);
    const one = { op: 'remove', path: 'members[value eq "b"]' };
    expect(group(['a', 'b', 'c'], one, one)).toEqual([{ value: 'a' }, { value: 'c' }]);
  });
});

describe('as Okta writes it', () => {
  test('who leaves, without a path; and an ID in the value is passed over', () => {
    expect(after(ada, { op: 'replace', value: { active: false } })).toEqual({ ...ada, active: false });
    expect(after(ada, { op: 'replace', value: { id: 'another', meta: {}, password: 'secret' } })).toEqual(ada);
  });

  test('members are added to those that are there, each once, and replaced', () => {
    const add = {
      op: 'add',
      path: 'members',
      value: [
        { value: 'b', display: 'Ben' },
        { value: 'c', display: 'Cai' },
      ],
    };
    expect(group(['a', 'b'], add, add)).toEqual([{ value: 'a' }, { value: 'b' }, { value: 'c', display: 'Cai' }]);
    expect(group(['a', 'b'], { op: 'replace', path: 'members', value: [{ value: 'z' }] })).toEqual([{ value: 'z' }]);
    expect(group(['a', 'b'], { op: 'remove', path: 'members' })).toEqual([]);
  });
});

test('a thousand members who go one by one go at once; what is between them is done in its order', () => {
  const all = Array.from({ length: 1000 }, (_, number) => `m${number}`);
  const goes = (value: string) => ({ op: 'remove', path: `members[value eq "${value}"]` });
  const again = { op: 'add', path: 'members', value: [{ value: 'm7' }] };
  expect(group(all, ...all.map(goes))).toEqual([]);
  expect(group(all, ...all.map(goes), again, goes('m8'))).toEqual([{ value: 'm7' }]);
  expect(group(all, goes('m7'), again, goes('m7'))).toHaveLength(999);
});

describe('as RFC 7644 §3.5.2 has it', () => {
  test('a complex value keeps what is not named; of a list one is primary', () => {
    expect(after(ada, { op: 'replace', path: 'name', value: { familyName: 'King' } })['name']).toEqual({
      givenName: 'Ada',
      familyName: 'King',
    });
    const home = { type: 'home', value: 'ada@ockham.example', primary: true };
    expect(after(ada, { op: 'add', path: 'emails', value: [home] })['emails']).toEqual([
      { type: 'work', value: 'ada@example.com', primary: false },
      home,
    ]);
  });

  test('a whole extension is added to, replaced in and taken away', () => {
    const value = { department: 'Sums' };
    const added = after(
      ada,
      { op: 'add', path: enterpriseSchema, value },
      { op: 'add', value: { [enterpriseSchema]: { division: 'Engine' } } },
    );
    expect(added[enterpriseSchema]).toEqual({ department: 'Sums', division: 'Engine' });
    expect(after(added, { op: 'remove', path: enterpriseSchema })).toEqual(ada);
  });

  test('all operations are done or none; what is wrong says which kind', () => {
    const wrong = (operation: unknown): string =>
      refusal(() => after(ada, { op: 'replace', path: 'title', value: 'x' }, operation));
    expect(wrong({ op: 'move', path: 'title' })).toBe('400 invalidSyntax');
    expect(wrong('replace')).toBe('400 invalidSyntax');
    expect(wrong({ op: 'remove' })).toBe('400 noTarget');
    expect(wrong({ op: 'remove', path: 'userName' })).toBe('400 invalidValue');
    expect(wrong({ op: 'replace', path: 'userName', value: '' })).toBe('400 invalidValue');
    expect(wrong({ op: 'replace', path: 'active', value: 'perhaps' })).toBe('400 invalidValue');
    expect(wrong({ op: 'replace', path: 'title', value: { a: { b: 1 } } })).toBe('400 invalidValue');
    expect(wrong({ op: 'replace', path: 'name', value: 7 })).toBe('400 invalidValue');
    expect(wrong({ op: 'replace', path: 'emails[type', value: 'x' })).toBe('400 invalidPath');
    expect(wrong({ op: 'replace', path: 7, value: 'x' })).toBe('400 invalidPath');
    expect(wrong({ op: 'replace', path: 'emails[value co "nobody"].value', value: 'x' })).toBe('400 noTarget');
    expect(wrong({ op: 'add', value: 'x' })).toBe('400 invalidValue');
    expect(refusal(() => readPatch({ Operations: 'none' }))).toBe('400 invalidSyntax');
    expect(refusal(() => readPatch({}))).toBe('400 invalidSyntax');
    const many = Array.from({ length: 201 }, () => ({ op: 'remove', path: 'title' }));
    expect(refusal(() => readPatch({ Operations: many }))).toBe('413 undefined');
  });

  test('names are the same in great and small letters, and keep the spelling of their schema', () => {
    expect(
      acceptable('User', { USERNAME: 'ada', NAME: { GIVENNAME: 'Ada' }, Active: 'TRUE', Emails: ['a@b.c'] }),
    ).toEqual({
      userName: 'ada',
      name: { givenName: 'Ada' },
      active: true,
      emails: [{ value: 'a@b.c' }],
    });
    expect(after(ada, { OP: 'Replace', PATH: 'Name.GivenName', VALUE: 'Augusta' })['name']).toEqual({
      givenName: 'Augusta',
      familyName: 'Byron',
    });
    expect(refusal(() => readComplex('{"userName":"a","username":"b"}'))).toBe('400 invalidSyntax');
  });
});

test('a member that is called __proto__ is one like any other', () => {
  const given = readComplex('{"userName":"x","__proto__":{"active":false},"name":{"__proto__":"y"}}');
  const resource = acceptable('User', given);
  expect(Object.getPrototypeOf(resource)).toBe(Object.prototype);
  expect(resource['active']).toBeUndefined();
  expect(JSON.stringify(resource)).toContain('"__proto__":{"active":false}');
  expect(({} as Record<string, unknown>)['active']).toBeUndefined();
});

test('any text is read as JSON, filter and path, or refused by a ScimFault', () =>
  fc.assert(anyTextReads.property, { numRuns: 300 }));
test('whatever a PATCH says, what comes of it is as the schema has it, or it is refused', () =>
  fc.assert(anyPatchKeepsItsShape.property, { numRuns: 300 }));
