import assert from 'node:assert/strict';

/** `[0, 1, … count - 1]` */
export const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** As `assert.rejects`, of anything that can be awaited. */
export async function rejects(work: PromiseLike<unknown>, expected: assert.AssertPredicate): Promise<void> {
  await assert.rejects(async () => await work, expected);
}

/** What `work` rejects with. */
export async function errorOf(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  return assert.fail('it did not reject');
}
