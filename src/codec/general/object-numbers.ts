/** Up to so many objects, comparing with each is cheaper than a Map, which gives every object a hash. */
const LINEAR_SEARCH = 12;

/** Numbers the objects of a row in the order in which they are met, so that later ones can refer to earlier ones. */
export class ObjectNumbers {
  #objects: object[] = [];
  #numbers: Map<object, number> | undefined;

  clear(): void {
    if (this.#objects.length > 0) this.#objects = [];
    this.#numbers = undefined;
  }

  /** The number of an object met before; -1 for a new one, which takes the next number. */
  find(object: object): number {
    if (this.#numbers !== undefined) {
      const number = this.#numbers.get(object);
      if (number !== undefined) return number;
      this.#numbers.set(object, this.#numbers.size);
      return -1;
    }
    const number = this.#objects.indexOf(object);
    if (number < 0 && this.#objects.push(object) > LINEAR_SEARCH) {
      this.#numbers = new Map(this.#objects.map((each, i) => [each, i]));
    }
    return number;
  }
}
