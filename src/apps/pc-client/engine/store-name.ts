/** The name of the personal address book in IndexedDB: all tabs share one engine over it. */
export const storeName = 'rollcall';
