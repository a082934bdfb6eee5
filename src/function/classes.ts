/** Which class on the driver a travelled class is a copy of. */
import type { AnyFunction } from './portable.js';

const ids = new WeakMap<AnyFunction, string>();
const classes = new Map<string, WeakRef<AnyFunction>>();
const gone = new FinalizationRegistry<string>((id) => classes.delete(id));
let count = 0;

/** The number of a class, the same at each call, different for each class object. */
export function classId(itsClass: AnyFunction): string {
  let id = ids.get(itsClass);
  if (id === undefined) {
    id = `${itsClass.name}#${++count}`;
    ids.set(itsClass, id);
    classes.set(id, new WeakRef(itsClass));
    gone.register(itsClass, id);
  }
  return id;
}

/** The class with this number, if it is still in use. */
export function classById(id: string): AnyFunction | undefined {
  return classes.get(id)?.deref();
}
