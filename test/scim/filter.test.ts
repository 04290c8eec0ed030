import { expect, test } from 'vitest';
import type { Complex } from '../../src/scim/attributes.ts';
import { parseFilter, parsePath } from '../../src/scim/filter.ts';
import { resourceTest } from '../../src/scim/matching.ts';
import { enterpriseSchema } from '../../src/scim/schema.ts';
import { ScimFault } from '../../src/scim/scim-fault.ts';

const barbara: Complex = {
  id: '2819c223',
  externalId: 'bJensen',
  userName: 'BJensen@example.com',
  active: true,
  title: 'Tour Guide',
  name: { familyName: 'Jensen', givenName: 'Barbara' },
  emails: [
    { type: 'work', value: 'bjensen@example.com', primary: true },
    { type: 'home', value: 'babs@jensen.org' },
  ],
  [enterpriseSchema]: { department: 'Tours', employeeNumber: '701984', manager: { value: '26118915' } },
  level: 7,
  meta: { resourceType: 'User', lastModified: '2026-05-13T04:42:34.000Z' },
};

const holds = (filter: string): boolean => resourceTest(parseFilter(filter), 'User')(barbara);

test.each([
  // RFC 7644 §3.4.2.2, figure 2
  ['userName eq "bjensen@EXAMPLE.com"', true],
  ['name.familyName co "ENS"', true],
  ['userName sw "J"', false],
  ['urn:ietf:params:scim:schemas:core:2.0:User:userName sw "bj"', true],
  ['title pr', true],
  ['nickName pr', false],
  ['meta.lastModified gt "2011-05-13T04:42:34Z"', true],
  ['meta.lastModified ge "2027-05-13T04:42:34Z"', false],
  ['title pr and userType eq "Employee"', false],
  ['title pr or userType eq "Intern"', true],
  ['userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")', false],
  ['userType ne "Employee" and (emails co "nobody.com" or emails.value co "jensen.org")', true],
  ['emails[type eq "work" and value co "@example.com"]', true],
  ['emails[type eq "work" and value co "@jensen.org"]', false],
  ['emails[type eq "work"] or ims[type eq "xmpp"]', true],
  // What Entra ID and Okta ask
  ['emails[type eq "work"].value eq "bjensen@example.com"', true],
  ['emails[type eq "home"].value eq "bjensen@example.com"', false],
  ['id eq "2819c223" and manager eq "26118915"', true],
  [`${enterpriseSchema}:employeeNumber eq "701984"`, true],
  [`${enterpriseSchema}:manager.value eq "26118915"`, true],
  [`${enterpriseSchema} pr`, true],
  ['active eq true', true],
  ['ACTIVE Eq "True"', true],
  ['not (active eq false) AND userName Pr', true],
  // RFC 7643 §7: identifiers are compared as they are
  ['externalId eq "bJensen"', true],
  ['externalId eq "bjensen"', false],
  ['level gt 6.5 and level lt 1e1 and level le 7', true],
  ['nickName eq null and title ne null', true],
  ['userName ew ".com" and userName ew ".COM"', true],
  [String.raw`title ne "a \"quoted\" and [bracketed] (text)"`, true],
])('%s is %s', (filter, right) => {
  expect(holds(filter)).toBe(right);
});

const refusal = (read: () => unknown): string => {
  try {
    read();
  } catch (fault) {
    if (fault instanceof ScimFault) return `${fault.status} ${fault.scimType} ${fault.message}`;
    throw fault;
  }
  return 'none';
};

const noFilters: readonly (readonly [filter: string, why: string])[] = [
  ['', 'the name of an attribute is missing'],
  ['userName', 'an operator is missing'],
  ['userName eq', 'a value is missing'],
  ['userName eq Babs', 'a value is missing'],
  ['userName eq "Babs', 'a value is missing'],
  [String.raw`userName eq "\x"`, 'is no JSON text'],
  ['userName is "Babs"', 'an operator is missing'],
  ['userName eq "Babs" or', 'more than belongs to it'],
  ['userName eq "Babs" or ', 'the name of an attribute is missing'],
  ['(userName pr', ') is missing'],
  ['userName pr)', 'more than belongs to it'],
  ['emails[type eq "work"', '] is missing'],
  ['emails[type eq "work"].value', 'an operator is missing'],
  ['active gt true', 'gt does not go with true'],
  ['userName eq "a"; drop table', 'more than belongs to it'],
  ['('.repeat(2000), 'nested'],
  ['x['.repeat(1000), 'nested'],
  [`userName eq "${'x'.repeat(5000)}"`, 'longer than 4096'],
];

test('what is no filter is 400 invalidFilter, and says why in few words', () => {
  for (const [filter, why] of noFilters) {
    const said = refusal(() => parseFilter(filter));
    expect(said).toContain('400 invalidFilter');
    expect(said).toContain(why);
    expect(said.length).toBeLessThan(400);
  }
});

test('a path has a schema, a name, which of the values, and which part of them (RFC 7644 figure 7)', () => {
  expect(parsePath('members')).toEqual({ name: 'members' });
  expect(parsePath('name.familyName')).toEqual({ name: 'name', sub: 'familyName' });
  expect(parsePath(`${enterpriseSchema}:manager.displayName`)).toEqual({
    schema: enterpriseSchema,
    name: 'manager',
    sub: 'displayName',
  });
  const filter = { kind: 'compare', path: { name: 'type' }, operator: 'eq', value: 'work' };
  expect(parsePath('addresses[type eq "work"]')).toEqual({ name: 'addresses', filter });
  expect(parsePath('emails[ type eq "work" ].value')).toEqual({ name: 'emails', filter, sub: 'value' });
  expect(refusal(() => parsePath('emails[type eq "work"]value'))).toContain('400 invalidPath');
  expect(refusal(() => parsePath('name..familyName'))).toContain('400 invalidPath');
  expect(refusal(() => parsePath('7'))).toContain('400 invalidPath');
});
