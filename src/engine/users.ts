import type { Engine } from './engine.js';

/** How many pools use an engine: it is stopped with the last of them. */
const users = new WeakMap<Engine, number>();

export function enterEngine(engine: Engine): void {
  users.set(engine, (users.get(engine) ?? 0) + 1);
}

/** One pool leaves. The last one closes the engine. */
export async function leaveEngine(engine: Engine): Promise<void> {
  users.set(engine, users.get(engine)! - 1);
  if (users.get(engine) === 0) await engine.close();
}

/** One pool leaves at once. Where it is the last one, whatever it still has running is stopped. */
export async function abandonEngine(engine: Engine, hasLeft: boolean): Promise<void> {
  if (!hasLeft) users.set(engine, users.get(engine)! - 1);
  if (users.get(engine) === 0) await engine.terminate();
}
