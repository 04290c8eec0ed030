import type { PracticePerson } from '../node/practice-directory.ts';
import { sampleEnterprise } from '../server/sample-enterprise.ts';

/** The sample enterprise as entries of a practice directory. */
export function practicePeople(count: number): readonly PracticePerson[] {
  const people = sampleEnterprise(count);
  return people.map(({ logIn, fields, manager }) => {
    const managerUid = manager === undefined ? undefined : people[manager]?.logIn;
    return { uid: logIn, fields, ...(managerUid !== undefined && { managerUid }) };
  });
}
