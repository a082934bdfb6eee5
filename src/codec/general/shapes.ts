/** The key lists of a block's objects, each stored once. */

/** Objects used as dictionaries have no shape in common; past this many, new ones are not looked for any more. */
const MAX_SHAPES = 4096;
/** Of shapes that begin with the same key, which are searched one after the other. */
const MAX_ALIKE = 32;

export const NEW_SHAPE = -1;
export const LONE_SHAPE = -2;

interface Shape {
  readonly keys: readonly string[];
  readonly number: number;
}

export class ShapeTable {
  readonly #byFirstKey = new Map<string, Shape[]>();
  #size = 0;
  #last: Shape | undefined;

  get size(): number {
    return this.#size;
  }

  /** The number of the shape with these keys in this order; NEW_SHAPE, which takes the next number, or LONE_SHAPE, which takes none. */
  find(keys: readonly string[]): number {
    if (this.#last !== undefined && sameKeys(keys, this.#last.keys)) return this.#last.number;
    const first = keys.length === 0 ? '' : keys[0]!;
    const shapes = this.#byFirstKey.get(first);
    for (const shape of shapes ?? []) {
      if (!sameKeys(keys, shape.keys)) continue;
      this.#last = shape;
      return shape.number;
    }
    if (this.#size >= MAX_SHAPES || (shapes !== undefined && shapes.length >= MAX_ALIKE)) return LONE_SHAPE;
    const shape = { keys, number: this.#size++ };
    if (shapes === undefined) this.#byFirstKey.set(first, [shape]);
    else shapes.push(shape);
    return NEW_SHAPE;
  }
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
