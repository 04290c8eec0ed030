import fc from 'fast-check';

/** One of `seeds` with a few octets changed. */
export const edited = (seeds: readonly Uint8Array[], most = 12): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: most }))
    .map(([seed, edits]) => {
      const copy = Uint8Array.from(seed);
      for (const [at, octet] of edits) copy[at % copy.length] = octet;
      return copy;
    });

/** The beginning of one of `seeds`. */
export const cut = (seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc.tuple(fc.constantFrom(...seeds), fc.nat()).map(([seed, at]) => seed.slice(0, at % (seed.length + 1)));

/** `whole` in pieces of these lengths, over and over; each piece is a copy. */
export function inPieces(whole: Uint8Array, lengths: readonly number[]): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < whole.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    pieces.push(whole.slice(at, at + length));
    at += length;
  }
  return pieces;
}
