// What the resources have (RFC 7643 §4, §8.7): one table, from which resources are checked, and which discovery answers with.
// A client may send more than that, in a schema of its own or none: it is kept and given back as it came.

import { folded } from './attributes.ts';

export type ResourceType = 'User' | 'Group';
export const resourceTypes: readonly ResourceType[] = ['User', 'Group'];

export const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const enterpriseSchema = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

export const coreSchema: Readonly<Record<ResourceType, string>> = { User: userSchema, Group: groupSchema };
export const endpoint: Readonly<Record<ResourceType, string>> = { User: 'Users', Group: 'Groups' };

/** `plural`: a list of complex values, each with a `value` that `type` may tell from others. */
type Kind = 'string' | 'boolean' | 'complex' | 'plural';

export interface Attribute {
  readonly name: string;
  readonly kind: Kind;
  /** Of complex values; all are strings, and `primary` a boolean. */
  readonly subs?: readonly string[];
  readonly required?: true;
  readonly unique?: true;
  readonly caseExact?: true;
  readonly what: string;
}

const text = (name: string, what: string): Attribute => ({ name, kind: 'string', what });
const plural = (name: string, what: string, subs = ['value', 'display', 'type', 'primary']): Attribute => ({
  name,
  kind: 'plural',
  subs,
  what,
});

const externalId: Attribute = {
  name: 'externalId',
  kind: 'string',
  caseExact: true,
  what: "The client's own identifier",
};

const userAttributes: readonly Attribute[] = [
  { name: 'userName', kind: 'string', required: true, unique: true, what: 'What the user logs in by' },
  {
    name: 'name',
    kind: 'complex',
    subs: ['formatted', 'familyName', 'givenName', 'middleName', 'honorificPrefix', 'honorificSuffix'],
    what: 'The parts of the name',
  },
  text('displayName', 'The name to show'),
  text('nickName', 'What the user is called'),
  text('profileUrl', 'A page about the user'),
  text('title', 'The title, such as Vice President'),
  text('userType', 'The relation to the organization, such as Contractor'),
  text('preferredLanguage', 'The language to speak'),
  text('locale', 'How numbers and dates are written'),
  text('timezone', 'The time zone (IANA)'),
  { name: 'active', kind: 'boolean', what: 'False of who has left' },
  plural('emails', 'Mail addresses'),
  plural('phoneNumbers', 'Telephone numbers'),
  plural('ims', 'Instant messaging addresses'),
  plural('photos', 'URLs of photos'),
  plural('addresses', 'Postal addresses', [
    'formatted',
    'streetAddress',
    'locality',
    'region',
    'postalCode',
    'country',
    'type',
    'primary',
  ]),
  plural('entitlements', 'What the user may have'),
  plural('roles', 'The roles of the user'),
  plural('x509Certificates', 'Certificates of the user'),
  externalId,
];

const enterpriseAttributes: readonly Attribute[] = [
  text('employeeNumber', 'The number within the organization'),
  text('costCenter', 'The cost center'),
  text('organization', 'The organization'),
  text('division', 'The division'),
  text('department', 'The department'),
  {
    name: 'manager',
    kind: 'complex',
    subs: ['value', '$ref', 'displayName'],
    what: 'The manager, by the id of the user',
  },
];

const groupAttributes: readonly Attribute[] = [
  { name: 'displayName', kind: 'string', required: true, what: 'The name of the group' },
  plural('members', 'The members, by their ids', ['value', '$ref', 'type', 'display']),
  externalId,
];

interface Schema {
  readonly id: string;
  readonly name: string;
  readonly of: ResourceType;
  readonly attributes: readonly Attribute[];
}

export const schemas: readonly Schema[] = [
  { id: userSchema, name: 'User', of: 'User', attributes: userAttributes },
  { id: enterpriseSchema, name: 'EnterpriseUser', of: 'User', attributes: enterpriseAttributes },
  { id: groupSchema, name: 'Group', of: 'Group', attributes: groupAttributes },
];

const byName = new Map(
  schemas.map(
    ({ id, attributes }) => [folded(id), new Map(attributes.map((each) => [folded(each.name), each]))] as const,
  ),
);

/** Undefined of what the schema does not have. */
export const attributeOf = (schema: string, name: string): Attribute | undefined =>
  byName.get(folded(schema))?.get(folded(name));

/** What is the service provider's to say (RFC 7643 §3.1, §4.1.2), or nobody's to keep: a client's word of it is passed over. */
const passedOver: ReadonlySet<string> = new Set(['id', 'meta', 'schemas', 'groups', 'password']);
export const isPassedOver = (name: string): boolean => passedOver.has(folded(name));

const described = ({ name, kind, subs, required, unique, caseExact, what }: Attribute): object => ({
  name,
  type: kind === 'plural' ? 'complex' : kind,
  multiValued: kind === 'plural',
  description: what,
  required: required ?? false,
  ...(kind === 'string' && { caseExact: caseExact ?? false }),
  mutability: 'readWrite',
  returned: 'default',
  ...(kind === 'string' && { uniqueness: unique === true ? 'server' : 'none' }),
  ...(subs !== undefined && {
    subAttributes: subs.map((sub) =>
      described(
        sub === 'primary'
          ? { name: sub, kind: 'boolean', what: 'The one to take' }
          : { name: sub, kind: 'string', what: `${sub} of ${name}`, ...(sub === '$ref' && { caseExact: true }) },
      ),
    ),
  }),
});

/** RFC 7643 §7. */
export const schemaDocument = ({ id, name, attributes }: Schema, base: string): object => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
  id,
  name,
  description: name,
  attributes: attributes.map(described),
  meta: { resourceType: 'Schema', location: `${base}/Schemas/${id}` },
});

/** RFC 7643 §6. */
export const typeDocument = (type: ResourceType, base: string): object => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
  id: type,
  name: type,
  endpoint: `/${endpoint[type]}`,
  description: type,
  schema: coreSchema[type],
  ...(type === 'User' && { schemaExtensions: [{ schema: enterpriseSchema, required: false }] }),
  meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${type}` },
});

/** RFC 7643 §5. */
export const configDocument = (mostResults: number, base: string): object => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: mostResults },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: true },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Bearer token',
      description: 'The token of this source, which its administrator made (RFC 6750)',
      primary: true,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
});
