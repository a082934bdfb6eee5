/** Which class on the driver a travelled class is a copy of. */

const ids = new WeakMap<Function, string>();
const classes = new Map<string, WeakRef<Function>>();
const gone = new FinalizationRegistry<string>((id) => classes.delete(id));
let count = 0;

/** The number of a class, the same at each call, different for each class object. */
export function classId(constructor: Function): string {
  let id = ids.get(constructor);
  if (id === undefined) {
    id = `${constructor.name}#${++count}`;
    ids.set(constructor, id);
    classes.set(id, new WeakRef(constructor));
    gone.register(constructor, id);
  }
  return id;
}

/** The class with this number, if it is still in use. */
export function classById(id: string): Function | undefined {
  return classes.get(id)?.deref();
}
