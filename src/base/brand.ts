declare const brand: unique symbol;

/** A `T` that only the one function which checks it may make, so that two kinds of string or number cannot be swapped. */
export type Branded<T, Name extends string> = T & { readonly [brand]: Name };
