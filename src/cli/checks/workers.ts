/** Workers: one of each kind is started and made to work. */
import { local, Pool } from '../../index.js';
import type { Check } from './check.js';

export const workers: readonly Check[] = (['thread', 'process'] as const).map((isolation) => ({
  name: isolation === 'thread' ? 'Threads' : 'Processes',
  async look() {
    const began = performance.now();
    const pool = new Pool({ engine: local({ workers: 1, isolation }) });
    try {
      const factor = 6;
      const answer = await pool.run((n: number) => n * factor, [7]);
      if (answer !== 42) return { status: 'failed', detail: `6 times 7 is ${answer} there` };
      return {
        status: 'ok',
        detail: `a function has run in one, ${Math.round(performance.now() - began)} ms after it was asked for`,
      };
    } finally {
      await pool.terminate();
    }
  },
}));
