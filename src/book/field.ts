// The one table of fields. Everything that maps, shows, searches, prints or parses a person reads
// this table, so a new field is one row here. Attribute names: RFC 4519, RFC 2798 (inetOrgPerson),
// and for AD its schema with that of Exchange; an attribute with an option is RFC 3866's language tag, or 389-DS's `phonetic`.
// Where several attributes are named, the first that has a value is taken; of a list, all of them.

export type FieldKind = 'text' | 'list' | 'telephone' | 'uris' | 'mail' | 'sip' | 'person' | 'photo';

/** Who may see it: everyone in the enterprise (`public`, `internal`) or nobody unless the administrator says so (`restricted`). */
export type FieldClass = 'public' | 'internal' | 'restricted';

/** What is made of a value of an attribute; what it does not fit is not the field's. */
export const transforms = {
  lowerCase: 'in lower case',
  postalLines: 'of an address whose lines are parted by `$` (RFC 4517 §3.3.28): one line, with commas',
  rdn: 'of a DN: the value of its first component',
  units:
    'of a DN, such as the own one (`dn`): its organizational units below the base, the topmost first, parted by departmentSeparator; without one the nearest alone',
  primaryMail: 'of proxyAddresses: the mail address after `SMTP:`',
  otherMail: 'of proxyAddresses: a mail address after `SMTP:` or `smtp:`',
  sipAddress: 'of proxyAddresses: the SIP address after `sip:`',
  latin: 'only if it is in Latin letters',
  notLatin: 'only if it is not in Latin letters',
} as const;

export type Transform = keyof typeof transforms;

/** An attribute, in lower case, and what is made of its values. */
export interface TakenAttribute {
  readonly attribute: string;
  readonly transform?: Transform;
}

export type Label = Readonly<Record<'en' | 'zh', string>>;

export interface Field {
  readonly label: Label;
  readonly kind: FieldKind;
  readonly class: FieldClass;
  /** Attributes of OpenLDAP and 389-DS, in order. */
  readonly ldap: readonly TakenAttribute[];
  /** Attributes of Active Directory, in order. */
  readonly ad: readonly TakenAttribute[];
  /** Attributes of SCIM (RFC 7643), in order: a part after a dot, a value of a list by its type. */
  readonly scim: readonly TakenAttribute[];
  /** vCard 4 property with its parameters (RFC 6350, RFC 9554), or a component as `PROPERTY#index`. */
  readonly vcard: string;
  /** Path in a JSContact Card (RFC 9553). */
  readonly jscontact: string;
}

interface Maps extends Pick<Field, 'vcard' | 'jscontact'> {
  readonly ldap: readonly Written[];
  readonly ad: readonly Written[];
  readonly scim?: readonly Written[];
}

type Written = string | readonly [attribute: string, transform: Transform];

const taken = (written: Written): TakenAttribute =>
  typeof written === 'string' ? { attribute: written } : { attribute: written[0], transform: written[1] };

const row = (
  [en, zh]: readonly [en: string, zh: string],
  [kind, fieldClass]: readonly [FieldKind, FieldClass],
  { ldap, ad, scim = [], vcard, jscontact }: Maps,
): Field => ({
  label: { en, zh },
  kind,
  class: fieldClass,
  ldap: ldap.map(taken),
  ad: ad.map(taken),
  scim: scim.map(taken),
  vcard,
  jscontact,
});

/** A field that is made of another (`uriFields`), and goes with it to whoever may see that. */
const toDial = ([en, zh]: readonly [en: string, zh: string], fieldClass: FieldClass): Field =>
  row([`${en}, to dial`, `${zh}（拨号）`], ['uris', fieldClass], { ldap: [], ad: [], vcard: '', jscontact: '' });

/** What the enterprise has beyond the others, under a label of its own; Exchange's own attributes have the same number. */
const extra = (number: number): Field =>
  row([`Extra ${number}`, `附加 ${number}`], ['text', 'restricted'], {
    ldap: [],
    ad: [`extensionattribute${number}`],
    vcard: `X-EXTRA-${number}`,
    jscontact: `rollcall.invalid:extra${number}`,
  });

export type FieldName =
  | 'name'
  | 'surname'
  | 'givenName'
  | 'chineseName'
  | 'englishName'
  | 'pinyin'
  | 'nativeName'
  | 'phoneticName'
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
  | 'webPage'
  | 'officeTelephoneUri'
  | 'mobileTelephoneUri'
  | 'faxUri'
  | 'homeTelephoneUri'
  | 'otherTelephonesUris'
  | ExtraName;

type ExtraName = `extra${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15}`;

const enterprise = (name: string): string => `urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:${name}`;

/** Of the address for work, or the only one that has no type. */
const atWork = (part: string): readonly string[] => [`addresses.work.${part}`, `addresses.${part}`];

/** Languages whose people are known by a name in another script too; Chinese and English have fields of their own. */
const nativeLanguages = ['ja', 'ko', 'ru', 'uk', 'el', 'ar', 'fa', 'he', 'hi', 'th'];

export const fields: Readonly<Record<FieldName, Field>> = {
  name: row(['Name', '姓名'], ['text', 'public'], {
    ldap: ['displayname', 'cn'],
    ad: ['displayname', 'cn'],
    scim: ['displayname', 'name.formatted'],
    vcard: 'FN',
    jscontact: 'name/full',
  }),
  surname: row(['Surname', '姓'], ['text', 'public'], {
    ldap: ['sn'],
    ad: ['sn'],
    scim: ['name.familyname'],
    vcard: 'N#0',
    jscontact: 'name/components/surname',
  }),
  givenName: row(['Given name', '名'], ['text', 'public'], {
    ldap: ['givenname'],
    ad: ['givenname'],
    scim: ['name.givenname'],
    vcard: 'N#1',
    jscontact: 'name/components/given',
  }),
  chineseName: row(['Chinese name', '中文姓名'], ['text', 'public'], {
    ldap: [
      'cn;lang-zh',
      'displayname;lang-zh',
      'cn;lang-zh-cn',
      'cn;lang-zh-hans',
      'cn;lang-zh-hant',
      'cn;lang-zh-tw',
      'cn;lang-zh-hk',
    ],
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
    ad: [['msds-phoneticdisplayname', 'latin']],
    vcard: 'FN;LANGUAGE=zh-Latn-pinyin',
    jscontact: 'localizations/zh-Latn-pinyin/name~1full',
  }),
  nativeName: row(['Name in its own script', '原文姓名'], ['text', 'public'], {
    ldap: nativeLanguages.map((language) => `cn;lang-${language}`),
    ad: [],
    vcard: 'X-NATIVE-NAME',
    jscontact: 'rollcall.invalid:nativeName',
  }),
  phoneticName: row(['Name as it is read', '姓名读音'], ['text', 'public'], {
    ldap: ['cn;lang-ja;phonetic', 'displayname;lang-ja;phonetic', 'cn;phonetic', 'displayname;phonetic'],
    ad: [['msds-phoneticdisplayname', 'notLatin']],
    vcard: 'X-PHONETIC-NAME',
    jscontact: 'rollcall.invalid:phoneticName',
  }),
  title: row(['Title', '职务'], ['text', 'public'], {
    ldap: ['title'],
    ad: ['title'],
    scim: ['title'],
    vcard: 'TITLE',
    jscontact: 'titles/title/name',
  }),
  department: row(['Department', '部门'], ['text', 'public'], {
    ldap: ['departmentnumber', 'ou'],
    ad: ['department'],
    scim: [enterprise('department')],
    vcard: 'ORG#1',
    jscontact: 'organizations/org/units/0/name',
  }),
  company: row(['Company', '公司'], ['text', 'public'], {
    ldap: ['o'],
    ad: ['company'],
    scim: [enterprise('organization')],
    vcard: 'ORG#0',
    jscontact: 'organizations/org/name',
  }),
  employeeNumber: row(['Employee number', '工号'], ['text', 'internal'], {
    ldap: ['employeenumber'],
    ad: ['employeeid', 'employeenumber'],
    scim: [enterprise('employeenumber')],
    vcard: 'X-EMPLOYEE-NUMBER',
    jscontact: 'rollcall.invalid:employeeNumber',
  }),
  officeTelephone: row(['Office telephone', '办公电话'], ['telephone', 'public'], {
    ldap: ['telephonenumber'],
    ad: ['telephonenumber'],
    scim: ['phonenumbers.work', 'phonenumbers'],
    vcard: 'TEL;TYPE=work',
    jscontact: 'phones/office/number',
  }),
  mobileTelephone: row(['Mobile telephone', '手机'], ['telephone', 'internal'], {
    ldap: ['mobile'],
    ad: ['mobile'],
    scim: ['phonenumbers.mobile'],
    vcard: 'TEL;TYPE=cell',
    jscontact: 'phones/mobile/number',
  }),
  fax: row(['Fax', '传真'], ['telephone', 'public'], {
    ldap: ['facsimiletelephonenumber'],
    ad: ['facsimiletelephonenumber'],
    scim: ['phonenumbers.fax'],
    vcard: 'TEL;TYPE=fax',
    jscontact: 'phones/fax/number',
  }),
  homeTelephone: row(['Home telephone', '家庭电话'], ['telephone', 'restricted'], {
    ldap: ['homephone'],
    ad: ['homephone'],
    scim: ['phonenumbers.home'],
    vcard: 'TEL;TYPE=home',
    jscontact: 'phones/home/number',
  }),
  otherTelephones: row(['Other telephones', '其他电话'], ['list', 'internal'], {
    ldap: [],
    ad: ['othertelephone', 'othermobile'],
    scim: ['phonenumbers.other'],
    vcard: 'TEL',
    jscontact: 'phones/other/number',
  }),
  sipAddress: row(['SIP address', 'SIP 地址'], ['sip', 'public'], {
    ldap: ['sipuri', 'sipidentitysipuri', 'ipphone'],
    ad: ['msrtcsip-primaryuseraddress', ['proxyaddresses', 'sipAddress'], 'ipphone'],
    scim: ['ims.sip'],
    vcard: 'IMPP',
    jscontact: 'onlineServices/sip/uri',
  }),
  mail: row(['Mail', '邮箱'], ['mail', 'public'], {
    ldap: ['mail'],
    ad: ['mail', ['proxyaddresses', 'primaryMail']],
    scim: ['emails.work', 'emails'],
    vcard: 'EMAIL',
    jscontact: 'emails/mail/address',
  }),
  otherMails: row(['Other mail addresses', '其他邮箱'], ['list', 'internal'], {
    ldap: [],
    ad: [['proxyaddresses', 'otherMail']],
    scim: ['emails.other'],
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
    ldap: ['street', ['postaladdress', 'postalLines']],
    ad: ['streetaddress'],
    scim: atWork('streetaddress'),
    vcard: 'ADR#2',
    jscontact: 'addresses/office/components/name',
  }),
  city: row(['City', '城市'], ['text', 'public'], {
    ldap: ['l'],
    ad: ['l'],
    scim: atWork('locality'),
    vcard: 'ADR#3',
    jscontact: 'addresses/office/components/locality',
  }),
  region: row(['Region', '省份'], ['text', 'public'], {
    ldap: ['st'],
    ad: ['st'],
    scim: atWork('region'),
    vcard: 'ADR#4',
    jscontact: 'addresses/office/components/region',
  }),
  postalCode: row(['Postal code', '邮编'], ['text', 'public'], {
    ldap: ['postalcode'],
    ad: ['postalcode'],
    scim: atWork('postalcode'),
    vcard: 'ADR#5',
    jscontact: 'addresses/office/components/postcode',
  }),
  country: row(['Country', '国家'], ['text', 'public'], {
    ldap: ['c', 'co'],
    ad: ['co', 'c'],
    scim: atWork('country'),
    vcard: 'ADR#6',
    jscontact: 'addresses/office/components/country',
  }),
  manager: row(['Manager', '上级'], ['person', 'public'], {
    ldap: ['manager'],
    ad: ['manager'],
    scim: [enterprise('manager')],
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
    scim: ['profileurl'],
    vcard: 'URL',
    jscontact: 'links/page/uri',
  }),
  officeTelephoneUri: toDial(['Office telephone', '办公电话'], 'public'),
  mobileTelephoneUri: toDial(['Mobile telephone', '手机'], 'internal'),
  faxUri: toDial(['Fax', '传真'], 'public'),
  homeTelephoneUri: toDial(['Home telephone', '家庭电话'], 'restricted'),
  otherTelephonesUris: toDial(['Other telephones', '其他电话'], 'internal'),
  extra1: extra(1),
  extra2: extra(2),
  extra3: extra(3),
  extra4: extra(4),
  extra5: extra(5),
  extra6: extra(6),
  extra7: extra(7),
  extra8: extra(8),
  extra9: extra(9),
  extra10: extra(10),
  extra11: extra(11),
  extra12: extra(12),
  extra13: extra(13),
  extra14: extra(14),
  extra15: extra(15),
};

export type TelephoneField = 'officeTelephone' | 'mobileTelephone' | 'fax' | 'homeTelephone' | 'otherTelephones';

/** Where the `tel:` URIs of a field's numbers are, of those that do not say it themselves (`telephone.ts`). */
export const uriFields: Readonly<Record<TelephoneField, FieldName>> = {
  officeTelephone: 'officeTelephoneUri',
  mobileTelephone: 'mobileTelephoneUri',
  fax: 'faxUri',
  homeTelephone: 'homeTelephoneUri',
  otherTelephones: 'otherTelephonesUris',
};

export const telephoneFields: readonly TelephoneField[] = Object.keys(uriFields) as TelephoneField[];

export const fieldNames: readonly FieldName[] = Object.keys(fields) as FieldName[];
export const extraFields: readonly FieldName[] = fieldNames.filter((name) => name.startsWith('extra'));
export const isFieldName = (text: string): text is FieldName => Object.hasOwn(fields, text);
export const isTelephoneField = (name: FieldName): name is TelephoneField => Object.hasOwn(uriFields, name);

export type FieldClasses = Readonly<Record<FieldName, FieldClass>>;

/** The class of each field: as the administrator says, or else the table; what is made of a telephone number has its class. */
export function classesInEffect(own: Readonly<Partial<Record<FieldName, FieldClass>>> = {}): FieldClasses {
  const classes = Object.fromEntries(fieldNames.map((name) => [name, own[name] ?? fields[name].class])) as {
    -readonly [Name in FieldName]: FieldClass;
  };
  for (const name of telephoneFields) classes[uriFields[name]] = classes[name];
  return classes;
}

/** What the administrator calls fields, where that is not as the table does. */
export type FieldLabels = Readonly<Partial<Record<FieldName, Label>>>;

export const labelOf = (name: FieldName, labels: FieldLabels = {}): Label => labels[name] ?? fields[name].label;
