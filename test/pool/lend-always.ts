/** Imported before Sheaf: arrays of any size are lent to workers, wherever that may be. */
process.env.SHEAF_LOANS = 'always';

/** How many shared buffers have been made; those that arrays are lent in among them. */
export const shared = { made: 0 };
globalThis.SharedArrayBuffer = new Proxy(SharedArrayBuffer, {
  construct(target, args, newTarget) {
    shared.made++;
    return Reflect.construct(target, args, newTarget);
  },
});
