// The one table of fields. Everything that maps, shows, searches, prints or parses a person reads
// this table, so a new field is one row here. Attribute names: RFC 4519, RFC 2798 (inetOrgPerson),
// and for AD its schema; an attribute with an option is RFC 3866's language tag. Where several
// attributes are named, the first that has a value is taken; of a list, all of them.

export type FieldKind = 'text' | 'list' | 'telephone' | 'mail' | 'sip' | 'person' | 'photo';

/** Who may see it: everyone in the enterprise (`public`, `internal`) or nobody unless the administrator says so (`restricted`). */
export type FieldClass = 'public' | 'internal' | 'restricted';

export interface Field {
  readonly label: { readonly en: string; readonly zh: string };
  readonly kind: FieldKind;
  readonly class: FieldClass;
  /** Attributes of OpenLDAP and 389-DS, in order. */
  readonly ldap: readonly string[];
  /** Attributes of Active Directory, in order. */
  readonly ad: readonly string[];
  /** vCard 4 property with its parameters (RFC 6350, RFC 9554), or a component as `PROPERTY#index`. */
  readonly vcard: string;
  /** Path in a JSContact Card (RFC 9553). */
  readonly jscontact: string;
}

const row = (
  [en, zh]: readonly [en: string, zh: string],
  [kind, fieldClass]: readonly [FieldKind, FieldClass],
  maps: Pick<Field, 'ldap' | 'ad' | 'vcard' | 'jscontact'>,
): Field => ({ label: { en, zh }, kind, class: fieldClass, ...maps });

export type FieldName =
  | 'name'
  | 'surname'
  | 'givenName'
  | 'chineseName'
  | 'englishName'
  | 'pinyin'
  | 'title'
  | 'department'
  | 'company'
  | 'employeeNumber'
  | 'officeTelephone'
  | 'mobileTelephone'
  | 'fax'
  | 'homeTelephone'
  | 'otherTelephones'
  | 'sipAddress'
  | 'mail'
  | 'otherMails'
  | 'office'
  | 'street'
  | 'city'
  | 'region'
  | 'postalCode'
  | 'country'
  | 'manager'
  | 'photo'
  | 'webPage';

export const fields: Readonly<Record<FieldName, Field>> = {
  name: row(['Name', '姓名'], ['text', 'public'], {
    ldap: ['displayname', 'cn'],
    ad: ['displayname', 'cn'],
    vcard: 'FN',
    jscontact: 'name/full',
  }),
  surname: row(['Surname', '姓'], ['text', 'public'], {
    ldap: ['sn'],
    ad: ['sn'],
    vcard: 'N#0',
    jscontact: 'name/components/surname',
  }),
  givenName: row(['Given name', '名'], ['text', 'public'], {
    ldap: ['givenname'],
    ad: ['givenname'],
    vcard: 'N#1',
    jscontact: 'name/components/given',
  }),
  chineseName: row(['Chinese name', '中文姓名'], ['text', 'public'], {
    ldap: ['cn;lang-zh', 'displayname;lang-zh', 'cn;lang-zh-cn', 'cn;lang-zh-hans'],
    ad: [],
    vcard: 'FN;LANGUAGE=zh',
    jscontact: 'localizations/zh/name~1full',
  }),
  englishName: row(['English name', '英文姓名'], ['text', 'public'], {
    ldap: ['cn;lang-en', 'displayname;lang-en'],
    ad: [],
    vcard: 'FN;LANGUAGE=en',
    jscontact: 'localizations/en/name~1full',
  }),
  pinyin: row(['Pinyin', '拼音'], ['text', 'public'], {
    ldap: ['cn;lang-zh-pinyin', 'cn;lang-zh-latn'],
    ad: ['msds-phoneticdisplayname'],
    vcard: 'FN;LANGUAGE=zh-Latn-pinyin',
    jscontact: 'localizations/zh-Latn-pinyin/name~1full',
  }),
  title: row(['Title', '职务'], ['text', 'public'], {
    ldap: ['title'],
    ad: ['title'],
    vcard: 'TITLE',
    jscontact: 'titles/title/name',
  }),
  department: row(['Department', '部门'], ['text', 'public'], {
    ldap: ['departmentnumber', 'ou'],
    ad: ['department'],
    vcard: 'ORG#1',
    jscontact: 'organizations/org/units/0/name',
  }),
  company: row(['Company', '公司'], ['text', 'public'], {
    ldap: ['o'],
    ad: ['company'],
    vcard: 'ORG#0',
    jscontact: 'organizations/org/name',
  }),
  employeeNumber: row(['Employee number', '工号'], ['text', 'internal'], {
    ldap: ['employeenumber'],
    ad: ['employeeid', 'employeenumber'],
    vcard: 'X-EMPLOYEE-NUMBER',
    jscontact: 'rollcall.invalid:employeeNumber',
  }),
  officeTelephone: row(['Office telephone', '办公电话'], ['telephone', 'public'], {
    ldap: ['telephonenumber'],
    ad: ['telephonenumber'],
    vcard: 'TEL;TYPE=work',
    jscontact: 'phones/office/number',
  }),
  mobileTelephone: row(['Mobile telephone', '手机'], ['telephone', 'internal'], {
    ldap: ['mobile'],
    ad: ['mobile'],
    vcard: 'TEL;TYPE=cell',
    jscontact: 'phones/mobile/number',
  }),
  fax: row(['Fax', '传真'], ['telephone', 'public'], {
    ldap: ['facsimiletelephonenumber'],
    ad: ['facsimiletelephonenumber'],
    vcard: 'TEL;TYPE=fax',
    jscontact: 'phones/fax/number',
  }),
  homeTelephone: row(['Home telephone', '家庭电话'], ['telephone', 'restricted'], {
    ldap: ['homephone'],
    ad: ['homephone'],
    vcard: 'TEL;TYPE=home',
    jscontact: 'phones/home/number',
  }),
  otherTelephones: row(['Other telephones', '其他电话'], ['list', 'internal'], {
    ldap: [],
    ad: ['othertelephone', 'othermobile'],
    vcard: 'TEL',
    jscontact: 'phones/other/number',
  }),
  sipAddress: row(['SIP address', 'SIP 地址'], ['sip', 'public'], {
    ldap: ['sipuri', 'sipidentitysipuri', 'ipphone'],
    ad: ['msrtcsip-primaryuseraddress', 'proxyaddresses', 'ipphone'],
    vcard: 'IMPP',
    jscontact: 'onlineServices/sip/uri',
  }),
  mail: row(['Mail', '邮箱'], ['mail', 'public'], {
    ldap: ['mail'],
    ad: ['mail', 'proxyaddresses'],
    vcard: 'EMAIL',
    jscontact: 'emails/mail/address',
  }),
  otherMails: row(['Other mail addresses', '其他邮箱'], ['list', 'internal'], {
    ldap: [],
    ad: ['proxyaddresses'],
    vcard: 'EMAIL',
    jscontact: 'emails/other/address',
  }),
  office: row(['Office', '办公室'], ['text', 'public'], {
    ldap: ['roomnumber', 'physicaldeliveryofficename'],
    ad: ['physicaldeliveryofficename'],
    vcard: 'ADR#1',
    jscontact: 'addresses/office/components/room',
  }),
  street: row(['Street', '街道'], ['text', 'public'], {
    ldap: ['street', 'postaladdress'],
    ad: ['streetaddress'],
    vcard: 'ADR#2',
    jscontact: 'addresses/office/components/name',
  }),
  city: row(['City', '城市'], ['text', 'public'], {
    ldap: ['l'],
    ad: ['l'],
    vcard: 'ADR#3',
    jscontact: 'addresses/office/components/locality',
  }),
  region: row(['Region', '省份'], ['text', 'public'], {
    ldap: ['st'],
    ad: ['st'],
    vcard: 'ADR#4',
    jscontact: 'addresses/office/components/region',
  }),
  postalCode: row(['Postal code', '邮编'], ['text', 'public'], {
    ldap: ['postalcode'],
    ad: ['postalcode'],
    vcard: 'ADR#5',
    jscontact: 'addresses/office/components/postcode',
  }),
  country: row(['Country', '国家'], ['text', 'public'], {
    ldap: ['c', 'co'],
    ad: ['co', 'c'],
    vcard: 'ADR#6',
    jscontact: 'addresses/office/components/country',
  }),
  manager: row(['Manager', '上级'], ['person', 'public'], {
    ldap: ['manager'],
    ad: ['manager'],
    vcard: 'RELATED;TYPE=x-manager',
    jscontact: 'relatedTo',
  }),
  photo: row(['Photo', '照片'], ['photo', 'internal'], {
    ldap: ['jpegphoto'],
    ad: ['thumbnailphoto', 'jpegphoto'],
    vcard: 'PHOTO',
    jscontact: 'media/photo/uri',
  }),
  webPage: row(['Web page', '网页'], ['text', 'public'], {
    ldap: ['labeleduri'],
    ad: ['wwwhomepage', 'url'],
    vcard: 'URL',
    jscontact: 'links/page/uri',
  }),
};

export const fieldNames: readonly FieldName[] = Object.keys(fields) as FieldName[];
export const isFieldName = (text: string): text is FieldName => Object.hasOwn(fields, text);
