// Things by what they have in common: subscriptions by their flow, or by their user. Nearly always there is
// one, and a Set for each would take 200 octets of the 2,500 that a subscription may have; so one stands alone.

export class Groups<Key, Member extends object> {
  readonly #byKey = new Map<Key, Member | Set<Member>>();

  add(key: Key, member: Member): void {
    const there = this.#byKey.get(key);
    if (there instanceof Set) there.add(member);
    else this.#byKey.set(key, there === undefined || there === member ? member : new Set([there, member]));
  }

  delete(key: Key, member: Member): void {
    const there = this.#byKey.get(key);
    if (there instanceof Set) {
      there.delete(member);
      if (there.size === 0) this.#byKey.delete(key);
    } else if (there === member) this.#byKey.delete(key);
  }

  /** How many keys have members. */
  get count(): number {
    return this.#byKey.size;
  }

  has(key: Key): boolean {
    return this.#byKey.has(key);
  }

  /** In the order in which they were added. */
  of(key: Key): readonly Member[] {
    const there = this.#byKey.get(key);
    if (there === undefined) return [];
    return there instanceof Set ? [...there] : [there];
  }
}
