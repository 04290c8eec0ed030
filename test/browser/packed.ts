// Values on their way between a test and its page: maps and sets as lists. The rest crosses as it is.

interface Packed {
  readonly map?: unknown;
  readonly set?: unknown;
}

const isPacked = (value: unknown): value is Packed =>
  typeof value === 'object' && value !== null && (Object.hasOwn(value, 'map') || Object.hasOwn(value, 'set'));

export function pack(value: unknown): unknown {
  if (value instanceof Map) return { map: [...value].map((each) => pack(each)) } satisfies Packed;
  if (value instanceof Set) return { set: [...value].map((each) => pack(each)) } satisfies Packed;
  return within(value, pack);
}

export function unpack(value: unknown): unknown {
  // Lists of all kinds have a method `map`.
  const { map, set } = isPacked(value) ? value : {};
  if (map !== undefined) return new Map(unpack(map) as [unknown, unknown][]);
  if (set !== undefined) return new Set(unpack(set) as unknown[]);
  return within(value, unpack);
}

function within(value: unknown, each: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(each);
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, each(part)]));
}
