// Which fields a person is shown with, and under what: only those that have a value are shown.

import { fields as table, type FieldName } from '../../../browser/browser.ts';

export interface FieldGroup {
  readonly name: 'numbers' | 'work' | 'place' | 'names';
  readonly fields: readonly FieldName[];
}

const extras = (Object.keys(table) as readonly FieldName[]).filter((name) => name.startsWith('extra'));

/** Of an own contact they are written; of others the name stands large above, and a nickname is what one calls them. */
export const ownNames: readonly FieldName[] = ['name', 'surname', 'givenName'];

export const fieldGroups: readonly FieldGroup[] = [
  {
    name: 'numbers',
    fields: [
      'officeTelephone',
      'mobileTelephone',
      'otherTelephones',
      'homeTelephone',
      'mail',
      'otherMails',
      'sipAddress',
      'fax',
      'webPage',
    ],
  },
  { name: 'work', fields: ['title', 'department', 'company', 'manager', 'employeeNumber', ...extras] },
  { name: 'place', fields: ['office', 'street', 'city', 'region', 'postalCode', 'country'] },
  { name: 'names', fields: [...ownNames, 'chineseName', 'englishName', 'nativeName', 'phoneticName', 'pinyin'] },
];

/** What one may well add to what the company says. */
export const addable: readonly FieldName[] = [
  'officeTelephone',
  'mobileTelephone',
  'homeTelephone',
  'mail',
  'otherMails',
  'sipAddress',
  'title',
  'department',
  'company',
  'office',
  'street',
  'city',
  'country',
  'webPage',
  'englishName',
  'chineseName',
];
