import assert from 'node:assert/strict';
import fc from 'fast-check';
import { attributeMap } from '../../src/server/attribute-map.ts';
import { readImport } from '../../src/server/import-file.ts';
import { resultOf } from './ended.ts';
import type { FuzzProperty } from '../fuzz/property.ts';

const map = attributeMap();

const parts = [
  'a',
  '"',
  ',',
  ';',
  '\n',
  '\r',
  '\t',
  ' ',
  ':',
  '<',
  '-',
  '#',
  '=',
  '姓名',
  'name',
  'dn: ',
  'cn: ',
  '\ufeff',
  '\0',
];

/** Any text is read as CSV or LDIF, or refused, and nothing else happens. */
export const anyTextImports: FuzzProperty = {
  name: 'import',
  property: fc.property(fc.string({ unit: fc.constantFrom(...parts), maxLength: 200 }), (text) => {
    for (const format of ['csv', 'ldif'] as const)
      assert.ok(['rows', 'refused'].includes(resultOf(readImport({ format, text }, map)).kind));
  }),
};
