// From one directory to another, over two real slapds: everybody keeps the person ID, whatever is killed on the way.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { AdminClient, jsonBody } from '../../src/apps/admin-client.ts';
import { doneSchema, doublesSchema, healthSchema, holdsSchema, sourcesSchema } from '../../src/wire/admin.ts';
import { lookUpAnswerSchema, sessionSchema } from '../../src/wire/http.ts';
import { skipWithout } from '../peers/installed.ts';
import { personLdif, testPerson } from '../peers/people.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';
import { addAgain, numbers, remove, setTelephone } from './directory.ts';
import { runCommand, spawnServer, type Spawned } from './server-process.ts';
import { until } from './waiting.ts';

const people = 2200; // more than one batch

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('moving from one directory to another', () => {
  let opened = new AsyncDisposableStack();
  afterEach(async () => {
    await opened.disposeAsync();
    opened = new AsyncDisposableStack();
  });

  class Company {
    readonly data: string;
    readonly #folder: string;
    #server: Spawned | undefined;

    constructor(folder: string) {
      this.#folder = folder;
      this.data = join(folder, 'data');
    }

    /** A server that follows these, the first of which has the first word. */
    async serve(...sources: readonly (readonly [name: string, slapd: Slapd])[]): Promise<void> {
      await this.end('stop');
      const file = join(this.#folder, 'rollcall.yaml');
      const settings = {
        data: this.data,
        http: { port: 0 },
        sip: { port: 0 },
        sources: sources.map(([name, { url, people: base, sync }]) => ({
          name,
          kind: 'openldap',
          url,
          base,
          bindDn: sync.dn,
          password: sync.password,
          matchBy: 'employeeNumber',
          brake: { count: 5, percent: 2, settleSeconds: 1 },
        })),
      };
      writeFileSync(file, JSON.stringify(settings));
      this.#server = await spawnServer(file);
    }

    async end(how: 'stop' | 'kill'): Promise<void> {
      await this.#server?.[how]();
      this.#server = undefined;
    }

    get admin(): AdminClient {
      return new AdminClient({ data: this.data });
    }

    async sources(): Promise<Readonly<Record<string, string>>> {
      const { sources } = await this.admin.ask({ method: 'GET', path: '/v1/admin/sources', answer: sourcesSchema });
      return Object.fromEntries(sources.map(({ source, state, persons }) => [source, `${state} ${persons}`]));
    }

    until(what: Readonly<Record<string, string>>): Promise<unknown> {
      const wanted = Object.entries(what);
      return until(
        JSON.stringify(what),
        () => this.sources(),
        (found) => wanted.every(([source, state]) => found[source] === state),
      );
    }

    logIn(number: number): Promise<unknown> {
      const { uid: user, password } = testPerson(number, '');
      const body = jsonBody({ user, password });
      return this.admin.ask({ method: 'POST', path: '/v1/session', body, answer: sessionSchema });
    }

    /** Person IDs and office telephones by employee number. */
    async persons(): Promise<Map<string, { readonly id: string; readonly telephone: string | undefined }>> {
      const found = new Map<string, { readonly id: string; readonly telephone: string | undefined }>();
      let after = '';
      for (;;) {
        const path = `/v1/persons?search=&limit=200${after}`;
        const answer = await this.admin.ask({ method: 'GET', path, answer: lookUpAnswerSchema });
        // The index is being made: those who are not in it yet are on none of the pages.
        if (!answer.complete) {
          await sleep(50);
          return this.persons();
        }
        const { persons, next } = answer;
        for (const { id, fields } of persons)
          found.set(fields.employeeNumber ?? id, { id, telephone: fields.officeTelephone });
        if (next === undefined) return found;
        after = `&after=${encodeURIComponent(next)}`;
      }
    }
  }

  const company = (): Company => {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-migration-'));
    opened.defer(() => rmSync(folder, { recursive: true }));
    const made = new Company(folder);
    opened.defer(() => made.end('kill'));
    return made;
  };

  const employeeNumber = (number: number): string => testPerson(number, '').attributes['employeeNumber'] ?? '';
  const idsOf = (persons: ReadonlyMap<string, { readonly id: string }>) =>
    new Map([...persons].map(([number, { id }]) => [number, id]));

  test('all keep their IDs and log in through the second directory’s first load, kill -9 in it, and the end of the first', async () => {
    const [old, young] = await Promise.all([startSlapd({ people }), startSlapd({ people })]);
    opened.use(old);
    opened.use(young);
    const firm = company();
    await firm.serve(['old', old]);
    await firm.until({ old: `following ${people}` });
    const before = await firm.persons();
    await setTelephone(young, 3, '8103');

    await firm.serve(['young', young], ['old', old]);
    await until(
      'the first of them',
      () => firm.sources(),
      ({ young: state }) => state !== 'connecting 0' && state !== 'loading 0',
    );
    await firm.end('kill');
    await firm.serve(['young', young], ['old', old]);
    await firm.until({ young: `following ${people}`, old: `following ${people}` });
    const both = await firm.persons();
    expect(idsOf(both)).toEqual(idsOf(before));
    expect(both.get(employeeNumber(3))?.telephone).toBe('8103');
    // They log in by either directory.
    const { id: person } = both.get(employeeNumber(1)) ?? {};
    expect(await firm.logIn(1)).toMatchObject({ person });
    await young.stop();
    expect(await firm.logIn(1)).toMatchObject({ person });
    await young.start();
    await firm.until({ young: `following ${people}` });

    // Of the old one only few may go without a word, though all of them are known by the other.
    await remove(old, ...numbers(100, 50));
    await until(
      'a hold',
      () => firm.admin.ask({ method: 'GET', path: '/v1/admin/holds', answer: holdsSchema }),
      ({ holds }) => holds.some(({ source, removals }) => source === 'old' && removals.length === 50),
    );
    // One is made anew in the young one, with another entryUUID; another leaves it.
    await remove(young, 5);
    await addAgain(young, 5);
    await remove(young, 7);
    await firm.until({ young: `following ${people - 1}` });

    await firm.serve(['young', young]);
    await firm.until({ young: `following ${people - 1}`, old: `former ${people}` });
    expect(idsOf(await firm.persons())).toEqual(idsOf(before));
    const forget = (...more: readonly string[]) =>
      runCommand(['directory', '--data', firm.data, 'forget', 'old', ...more]);
    expect(await forget()).toMatchObject({ code: 3, complaints: expect.stringContaining('--removing 1') });
    expect(await forget('--removing', '1')).toMatchObject({ code: 0 });
    const after = await firm.persons();
    before.delete(employeeNumber(7));
    expect(idsOf(after)).toEqual(idsOf(before));
    expect(await firm.sources()).toEqual({ embedded: 'ready 0', young: `following ${people - 1}` });

    // A second entry with a number is a person apart, until the directory is mended and the administrator joins them.
    const twin = personLdif(testPerson(people + 1, young.people), young.people)
      .replace('\n', '\nchangetype: add\n')
      .replace(employeeNumber(people + 1), employeeNumber(3));
    await young.change(twin);
    await firm.until({ young: `following ${people}` });
    const doubles = () => firm.admin.ask({ method: 'GET', path: '/v1/admin/doubles', answer: doublesSchema });
    expect(await doubles()).toMatchObject({
      doubles: [{ value: employeeNumber(3), joinable: false, persons: [{}, {}] }],
    });
    const health = await firm.admin.ask({ method: 'GET', path: '/health', answer: healthSchema });
    expect(health).toMatchObject({ ok: true, doubles: 1 });
    const [one, other] = (await doubles()).doubles[0]?.persons ?? [];
    const path = `/v1/admin/persons/${one?.person}/join`;
    const body = jsonBody({ other: other?.person });
    await expect(firm.admin.ask({ method: 'POST', path, body, answer: doneSchema })).rejects.toThrow(/mend that there/);
    expect((await runCommand(['directory', '--data', firm.data, 'doubles'])).said).toContain(one?.person);
  });
});
