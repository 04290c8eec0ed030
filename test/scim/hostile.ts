// What any text, path and value may do to SCIM's parsers and to a resource: a ScimFault, or what the schema has.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readComplex, readValue, type Complex } from '../../src/scim/attributes.ts';
import { parseFilter, parsePath } from '../../src/scim/filter.ts';
import { resourceTest } from '../../src/scim/matching.ts';
import { patched, readPatch } from '../../src/scim/patch.ts';
import { acceptable } from '../../src/scim/resource.ts';
import { enterpriseSchema } from '../../src/scim/schema.ts';
import { ScimFault } from '../../src/scim/scim-fault.ts';
import type { FuzzProperty } from '../fuzz/property.ts';

function orScimFault<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (fault) {
    assert.ok(fault instanceof ScimFault, String(fault));
    return undefined;
  }
}

const names = [
  'userName',
  'emails',
  'NAME',
  'manager',
  'active',
  'members',
  enterpriseSchema,
  `${enterpriseSchema}:manager`,
  '__proto__',
  'constructor',
  'x',
];
const words = [
  ...names,
  '.value',
  '[',
  ']',
  '(',
  ')',
  ' eq ',
  ' pr',
  ' and ',
  ' or ',
  'not ',
  '"work"',
  'type',
  'true',
  'null',
  '7',
  '.',
  ':',
  '\\',
  '{',
  '}',
  ',',
  ' ',
];
const text = fc.oneof(
  fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ maxLength: 40, unit: 'grapheme' }),
  fc.json(),
);

const resource: Complex = {
  userName: 'ada',
  active: true,
  name: { givenName: 'Ada' },
  emails: [{ type: 'work', value: 'a@b.c' }],
  [enterpriseSchema]: { department: 'Sums', manager: { value: 'boss' } },
};

export const anyTextReads: FuzzProperty = {
  name: 'scim-text',
  property: fc.property(text, (any) => {
    orScimFault(() => readComplex(any));
    orScimFault(() => parsePath(any));
    const filter = orScimFault(() => parseFilter(any));
    if (filter !== undefined) assert.equal(typeof resourceTest(filter, 'User')(resource), 'boolean');
  }),
};

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('True', 'false', '', 'x', null, true, 7),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names, 'value', 'type', 'primary', 'name.givenName'), tie('value'), {
      maxKeys: 4,
    }),
  ),
}));
const path = fc.oneof(
  fc.constantFrom(...names),
  fc
    .tuple(
      fc.constantFrom(...names),
      fc.constantFrom('[type eq "work"]', '[value pr]', '.value', '[type eq "home"].value', '.primary'),
    )
    .map((parts) => parts.join('')),
);
const operation = fc.record({ op: fc.constantFrom('Add', 'remove', 'Replace'), path, value }, { requiredKeys: ['op'] });

export const anyPatchKeepsItsShape: FuzzProperty = {
  name: 'scim-patch',
  property: fc.property(fc.array(operation, { minLength: 1, maxLength: 4 }), (operations) => {
    const after = orScimFault(() =>
      patched('User', resource, readPatch(readComplex(JSON.stringify({ Operations: operations })))),
    );
    if (after === undefined) return;
    assert.equal(typeof after['userName'], 'string');
    assert.ok(after['active'] === undefined || typeof after['active'] === 'boolean');
    assert.deepEqual(acceptable('User', after), after);
    // What is kept is JSON, and is read again as it is.
    assert.deepEqual(readValue(JSON.parse(JSON.stringify(after))), after);
    assert.equal(Object.getPrototypeOf(after), Object.prototype);
  }),
};
