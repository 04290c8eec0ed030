// People for a test directory, always the same for the same number.

export interface TestPerson {
  readonly uid: string;
  readonly cn: string;
  readonly password: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const western = [
  'Ada Lovelace',
  'Ben Miller',
  'Carla Gomez',
  'David Olsen',
  'Emma Schmidt',
  'Frank Weber',
  'Grace Kim',
];
const chinese: readonly (readonly [zh: string, pinyin: string])[] = [
  ['王小明', 'Wang Xiaoming'],
  ['李娜', 'Li Na'],
  ['张伟', 'Zhang Wei'],
  ['曾志伟', 'Zeng Zhiwei'],
  ['单雄信', 'Shan Xiongxin'],
  ['欧阳修', 'Ouyang Xiu'],
  ['吕布', 'Lü Bu'],
];
const titles = ['Engineer', 'Accountant', 'Sales Manager', '工程师', '会计', 'Director'];
const departments = ['Research', 'Finance', 'Sales', '研发部', '财务部', 'Operations'];

const pick = <T>(list: readonly T[], index: number): T => {
  const item = list[index % list.length];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
};

/** The person numbered `number`, from 0: every second one has a Chinese name, every tenth manages the nine that follow. */
export function testPerson(number: number, base: string): TestPerson {
  const uid = `p${String(number).padStart(6, '0')}`;
  const round = Math.floor(number / 2);
  const [zh, name] = number % 2 === 0 ? [undefined, pick(western, round)] : pick(chinese, round);
  const [given = '', surname = ''] = zh === undefined ? name.split(' ') : name.split(' ').toReversed();
  const cn = round < 7 ? name : `${name} ${number}`;
  const managerNumber = number - (number % 10);
  const attributes: Record<string, string> = {
    cn,
    sn: surname,
    givenName: given,
    displayName: zh ?? name,
    telephoneNumber: `+86 10 ${String(60_000_000 + number)}`,
    mobile: `+86 138${String(10_000_000 + number * 7)}`,
    title: pick(titles, number),
    departmentNumber: pick(departments, Math.floor(number / 10)),
    ou: pick(departments, Math.floor(number / 10)),
    employeeNumber: String(100_000 + number),
    mail: `${uid}@example.com`,
    roomNumber: `${1 + (number % 9)}.${String(number % 100).padStart(2, '0')}`,
    l: number % 3 === 0 ? '北京' : 'Shenzhen',
  };
  if (zh !== undefined) attributes['cn;lang-zh'] = zh;
  if (managerNumber !== number) attributes['manager'] = `uid=p${String(managerNumber).padStart(6, '0')},${base}`;
  return { uid, cn, password: `password of ${uid}`, attributes };
}

const line = (name: string, value: string): string =>
  // RFC 2849: what is not plain ASCII stands in base64.
  /^[\x21-\x39\x3b-\x7e][\x20-\x7e]*$/.test(value)
    ? `${name}: ${value}`
    : `${name}:: ${Buffer.from(value).toString('base64')}`;

export function personLdif(person: TestPerson, base: string): string {
  const lines = Object.entries(person.attributes).map(([name, value]) => line(name, value));
  return [
    `dn: uid=${person.uid},${base}`,
    'objectClass: inetOrgPerson',
    `uid: ${person.uid}`,
    ...lines,
    line('userPassword', person.password),
    '',
    '',
  ].join('\n');
}
