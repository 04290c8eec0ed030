// A generated enterprise, so that a newcomer has something to see and a benchmark something to carry:
// the same persons for the same count, about half with Chinese and half with Western names, in
// departments, with managers. Nobody in it exists; mail and SIP addresses end in a reserved domain.

import type { Fields } from '../book/person.ts';

export interface SamplePerson {
  /** Unique; also a fit password for practice. */
  readonly logIn: string;
  /** Without the manager. */
  readonly fields: Fields;
  /** Where in the list the manager is; absent for the first, who has none. */
  readonly manager?: number;
}

/** RFC 2606 §3. */
export const sampleDomain = 'example.com';

const reportsOfOne = 9;

const departments = [
  'Research',
  'Sales',
  'Finance',
  'Operations',
  'Customer Care',
  'Human Resources',
  'Marketing',
  'Legal',
  'Information Technology',
];
const titles = [
  'Engineer',
  'Senior Engineer',
  'Analyst',
  'Consultant',
  'Specialist',
  'Coordinator',
  'Planner',
  'Assistant',
];
const offices = [
  { street: '1 Analytical Street', city: 'London', country: 'United Kingdom', tower: 'L' },
  { street: '88 Century Avenue', city: 'Shanghai', country: 'China', tower: 'S' },
  { street: '8 Chaoyang Road', city: 'Beijing', country: 'China', tower: 'B' },
] as const;

const westernGiven =
  'Alice Andrew Anna Brian Clara Daniel David Elena Emma Eric Frank Grace Hannah Henry Irene Isaac Jack Jane John Julia Karen Kevin Laura Leo Lucy Maria Mark Martin Nora Oliver Paul Peter Rachel Robert Ruth Samuel Sarah Simon Sophie Thomas Victor Wendy'.split(
    ' ',
  );
const westernSurnames =
  'Adams Baker Bell Brooks Brown Clark Cole Cooper Cox Davies Dean Evans Fisher Ford Fox Gray Green Hall Harris Hill Hughes Hunt James Jones King Lewis Long Marsh Mason Miller Moore Morgan Murphy Palmer Parker Price Reed Rose Scott Shaw Stone Taylor Turner Walker Ward Watson West White Wood Young'.split(
    ' ',
  );

/** Each with its reading; among them surnames whose reading is not that of the character elsewhere. */
const chineseSurnames =
  '王Wang 李Li 张Zhang 刘Liu 陈Chen 杨Yang 黄Huang 赵Zhao 吴Wu 周Zhou 徐Xu 孙Sun 马Ma 朱Zhu 胡Hu 郭Guo 何He 林Lin 高Gao 罗Luo 曾Zeng 单Shan 仇Qiu 解Xie 欧阳Ouyang 司马Sima 吕Lü 任Ren'.split(
    ' ',
  );
const chineseGiven =
  '伟Wei 芳Fang 娜Na 敏Min 静Jing 丽Li 强Qiang 磊Lei 军Jun 洋Yang 勇Yong 艳Yan 杰Jie 娟Juan 涛Tao 明Ming 超Chao 秀英Xiuying 霞Xia 平Ping 刚Gang 桂英Guiying 文Wen 志强Zhiqiang 建国Jianguo 雨桐Yutong 子涵Zihan 思远Siyuan 梓萱Zixuan 浩然Haoran 欣怡Xinyi 嘉禾Jiahe'.split(
    ' ',
  );

const first: readonly { readonly logIn: string; readonly fields: Fields }[] = [
  {
    logIn: 'ada',
    fields: {
      ...western('Ada', 'Lovelace'),
      title: 'Chief Executive',
      department: 'Management',
      officeTelephone: '8001',
    },
  },
  { logIn: 'ben', fields: { ...western('Ben', 'Carter'), title: 'Head of Research' } },
];

/** `count` persons; the first two are Ada Lovelace (`ada`) and Ben Carter (`ben`). */
export function sampleEnterprise(count: number): readonly SamplePerson[] {
  const people: SamplePerson[] = [];
  const logIns = new Map<string, number>();
  for (let at = 0; at < count; at += 1) {
    const chance = chanceOf(at);
    const known = first[at];
    const name = known?.fields ?? nameOf(chance);
    const logIn = known?.logIn ?? unique(logInOf(name), logIns);
    const manager = at === 0 ? undefined : Math.floor((at - 1) / reportsOfOne);
    const above = manager === undefined ? undefined : people[manager];
    const fields = { ...circumstances(at, { chance, logIn, above: above?.fields.department }), ...name };
    people.push(manager === undefined ? { logIn, fields } : { logIn, fields, manager });
  }
  return people;
}

interface Circumstances {
  readonly chance: () => number;
  readonly logIn: string;
  readonly above: string | undefined;
}

function circumstances(at: number, { chance, logIn, above }: Circumstances): Fields {
  const department =
    above === undefined || above === 'Management'
      ? (departments[(at - 1) % departments.length] ?? 'Management')
      : above;
  const office = offices[at % offices.length] ?? offices[0];
  const floor = 1 + Math.floor(chance() * 20);
  return {
    title: at <= reportsOfOne ? `Head of ${department}` : pick(titles, chance),
    department,
    company: 'Example Enterprise',
    employeeNumber: `E${100_000 + at}`,
    officeTelephone: String(8100 + at),
    mobileTelephone: mobile(office.country, chance),
    sipAddress: `sip:${logIn}@${sampleDomain}`,
    mail: `${logIn}@${sampleDomain}`,
    office: `${office.tower}${floor}-${String(1 + Math.floor(chance() * 40)).padStart(2, '0')}`,
    street: office.street,
    city: office.city,
    country: office.country,
  };
}

function mobile(country: string, chance: () => number): string {
  const digits = (count: number): string => String(Math.floor(chance() * 10 ** count)).padStart(count, '0');
  // Ofcom keeps 07700 900000 to 900999 for drama; China has no such range.
  return country === 'China' ? `+86 138 ${digits(4)} ${digits(4)}` : `+44 7700 900${digits(3)}`;
}

function nameOf(chance: () => number): Fields {
  if (chance() < 0.5) return western(pick(westernGiven, chance), pick(westernSurnames, chance));
  const [surname, surnameRead] = parted(pick(chineseSurnames, chance));
  const [given, givenRead] = parted(pick(chineseGiven, chance));
  const name = `${surname}${given}`;
  return { name, surname, givenName: given, chineseName: name, pinyin: `${surnameRead} ${givenRead}` };
}

function western(given: string, surname: string): Fields {
  return { name: `${given} ${surname}`, surname, givenName: given };
}

/** Characters and their reading. */
function parted(word: string): readonly [string, string] {
  const at = word.search(/[A-Za-z]/);
  return [word.slice(0, at), word.slice(at)];
}

const logInOf = (name: Fields): string =>
  (name.pinyin ?? name.name ?? '').toLowerCase().replaceAll('ü', 'v').split(' ').join('.');

function unique(logIn: string, taken: Map<string, number>): string {
  const before = taken.get(logIn) ?? 0;
  taken.set(logIn, before + 1);
  return before === 0 ? logIn : `${logIn}${before + 1}`;
}

const pick = (list: readonly string[], chance: () => number): string => list[Math.floor(chance() * list.length)] ?? '';

/** Numbers from 0 to 1 that are the same for the same person, however many persons there are (mulberry32). */
function chanceOf(at: number): () => number {
  let state = (at * 0x9e3779b1 + 0x2545f491) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
