// What a directory has, as its people are told of it: transforms, scripts, numbers to dial and the organisation, against a
// real slapd.

import { afterEach, describe, expect, test } from 'vitest';
import { departmentsAnswerSchema, lookUpAnswerSchema, organisationAnswerSchema } from '../../src/wire/http.ts';
import { parseJson } from '../../src/wire/problem.ts';
import { skipWithout } from '../peers/installed.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';
import { dnOf } from './directory.ts';
import { until } from './waiting.ts';
import { World } from './world.ts';

const people = 20;

const alter = (slapd: Slapd, number: number, lines: readonly string[]): Promise<void> =>
  slapd.change([`dn: ${dnOf(slapd, number)}`, 'changetype: modify', ...lines, '', ''].join('\n'));

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('the mapping of a directory', () => {
  let opened = new AsyncDisposableStack();
  afterEach(async () => {
    await opened.disposeAsync();
    opened = new AsyncDisposableStack();
  });

  test('is as the settings say, when it is loaded and live, and people are found by what it makes', async () => {
    const slapd = opened.use(await startSlapd({ people }));
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    await alter(slapd, 1, ['replace: telephoneNumber', 'telephoneNumber: 010-88888001']);
    await alter(slapd, 2, [
      'add: cn;lang-ru',
      `cn;lang-ru:: ${base64('Анна Иванова')}`,
      '-',
      'add: seeAlso',
      'seeAlso: ou=R\\2BD,dc=example',
    ]);
    const source = {
      telephone: { country: 'CN' },
      attributes: {
        title: { attribute: 'seeAlso', transform: 'rdn' },
        mail: { attribute: 'mail', transform: 'lowerCase' },
      },
    };
    const world = opened.use(await World.open({ slapd, source }, people));
    const ask = async (path: string): Promise<string> => {
      const headers = { authorization: `Bearer ${world.administratorToken}` };
      return await (await fetch(`${world.url}/v1/${path}`, { headers })).text();
    };
    const found = async (text: string): Promise<unknown> =>
      parseJson(lookUpAnswerSchema, await ask(`persons?search=${encodeURIComponent(text)}`), 'look-up').persons.map(
        ({ fields }) => fields.employeeNumber,
      );
    expect((await world.find(1))?.fields).toMatchObject({
      officeTelephone: '010-88888001',
      officeTelephoneUri: 'tel:+861088888001',
    });
    expect((await world.find(2))?.fields).toMatchObject({ title: 'R+D', nativeName: 'Анна Иванова' });
    for (const text of ['+86 10 8888 8001', '01088888001']) expect(await found(text)).toEqual(['100001']);
    expect(await found('иванова')).toEqual(['100002']);

    await alter(slapd, 1, ['replace: telephoneNumber', 'telephoneNumber: 8001']);
    const altered = await until(
      'the other number',
      () => world.find(1),
      (person) => person?.fields.officeTelephone === '8001',
    );
    expect(altered?.fields).not.toHaveProperty('officeTelephoneUri');

    await alter(slapd, 1, ['replace: telephoneNumber', 'telephoneNumber: 88888001']);
    await until(
      'a number without its area',
      () => world.find(1),
      (person) => person?.fields.officeTelephone === '88888001',
    );
    await world.restart('stop', { telephone: { country: 'CN', area: '010' } });
    await until(
      'its URI by other settings, without a change in the directory',
      () => world.find(1),
      (person) => person?.fields.officeTelephoneUri === 'tel:+861088888001',
    );

    const manager = await world.person(10);
    const answer = parseJson(organisationAnswerSchema, await ask(`organisation?person=${manager}`), 'organisation');
    expect(answer).toMatchObject({ managers: [], total: 9, complete: true });
    const top = parseJson(organisationAnswerSchema, await ask('organisation'), 'organisation');
    expect(top.persons.map(({ reports }) => reports)).toEqual([9, 9]);
    const { departments } = parseJson(departmentsAnswerSchema, await ask('departments'), 'departments');
    expect(departments.map(({ persons }) => persons)).toEqual([10, 10]);
  });
});
