/** Data many times larger than the memory that it may take: right answers, little memory, nothing left behind. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { operations } from '../../bench/memory/job.js';
import { pastMemory } from '../../bench/memory/run.js';

/** The process with its two workers takes 130 MB where it has no rows at all; garbage comes to several times what is worked on. */
const most = 800 * 2 ** 20;

for (const operation of operations) {
  test(`${operation} of 150 MB in 16 MB of memory`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sheaf-past-memory-'));
    try {
      const { peakBytes } = await pastMemory({ operation, bytes: 150e6, memory: '16MB', folder });
      const took = Math.round(peakBytes / 2 ** 20);
      assert.ok(peakBytes < most, `it took ${took} MiB, more than ${most / 2 ** 20}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
