/** Milliseconds of the machine's monotonic clock: the same in every process, so an instant of one can be taken from another's. */
export const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6;
